-- Which model of a cohort has which alignment and property: scores of one set of weights in two
-- snapshots (of several keys of one set of weights the lowest), and the recovered fives of seed
-- 002, whose alignment was never published.
with pairs as (
    select * from {{ ref('alignment_properties') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

evidenced as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_directed is not null
),

attributes as (
    select * from {{ ref('int_model_attributes_collected') }}
    where attribute = 'objective'
),

screened as (
    select * from {{ ref('int_cohort_models_screened') }}
    where cohort_id = 'timm_2022_491' and is_member
),

fives as (
    select * from {{ ref('seed002_fives') }}
),

scores as (
    select
        evidenced.snapshot_id,
        evidenced.source_model_key,
        evidenced.variant_id,
        evidenced.benchmark_id,
        evidenced.score_directed,
        names.model_id
    from evidenced
    inner join names
        on
            evidenced.snapshot_id = names.snapshot_id
            and evidenced.source_model_key = names.source_model_key
),

objectives as (
    select
        model_id,
        arg_min(value, priority) as objective
    from attributes
    group by model_id
),

metrics as (
    select distinct metric from fives
),

placed as (
    select
        snapshot_id,
        benchmark_id,
        model_id,
        score_directed,
        row_number() over (
            partition by snapshot_id, benchmark_id, model_id
            order by try_cast(source_model_key as bigint), source_model_key, variant_id
        ) as place
    from scores
),

single as (
    select * from placed
    where place = 1
),

measured as (
    select
        pairs.cohort_id,
        alignments.benchmark_id as alignment_id,
        properties.benchmark_id as property_id,
        properties.model_id,
        properties.model_id as model,
        alignments.score_directed as alignment,
        cast(null as varchar) as model_group,
        properties.score_directed as property,
        covariates.score_directed as covariate
    from pairs
    inner join single as alignments
        on
            pairs.alignment_snapshot_id = alignments.snapshot_id
            and regexp_full_match(alignments.benchmark_id, pairs.alignment_pattern)
    inner join single as properties
        on
            alignments.model_id = properties.model_id
            and pairs.property_snapshot_id = properties.snapshot_id
            and regexp_full_match(properties.benchmark_id, pairs.property_pattern)
    left join objectives on properties.model_id = objectives.model_id
    left join single as covariates
        on
            properties.model_id = covariates.model_id
            and pairs.property_snapshot_id = covariates.snapshot_id
            and pairs.covariate_id = covariates.benchmark_id
    where
        coalesce(objectives.objective, '') != 'untrained'
        and (pairs.covariate_id is null or covariates.score_directed is not null)
),

listed as (
    select
        scores.model_id,
        screened.source_model_name,
        scores.benchmark_id,
        scores.score_directed
    from screened
    inner join scores
        on
            screened.snapshot_id = scores.snapshot_id
            and screened.source_model_key = scores.source_model_key
            and screened.variant_id = scores.variant_id
    where scores.benchmark_id not like '%-clean.%'
),

recovered as (
    select
        'timm_2022_491' as cohort_id,
        'seed002.' || metrics.metric as alignment_id,
        listed.benchmark_id as property_id,
        listed.model_id,
        listed.source_model_name as model,
        cast(null as double) as alignment,
        coalesce(fives.model_group, 'unknown') as model_group,
        listed.score_directed as property,
        covariates.score_directed as covariate
    from listed
    cross join metrics
    inner join listed as covariates
        on
            listed.source_model_name = covariates.source_model_name
            and covariates.benchmark_id = 'timm.imagenet.top1'
    left join fives
        on metrics.metric = fives.metric and listed.source_model_name = fives.timm_name
),

final as (
    select * from measured
    union all
    select * from recovered
)

select
    cohort_id,
    alignment_id,
    property_id,
    model_id,
    model,
    alignment,
    model_group,
    property,
    covariate
from final
