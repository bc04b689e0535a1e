-- Which model of a cohort has which alignment and property: scores of one set of weights in two
-- snapshots (of several keys of one set of weights the lowest), and the recovered fives of seed 002,
-- whose alignment was never published.
with pairs as (
    select * from {{ ref('alignment_properties') }}
),

scores as (
    select * from {{ ref('fct_scores') }}
    where score_directed is not null
),

models as (
    select * from {{ ref('dim_models') }}
),

members as (
    select * from {{ ref('bridge_cohort_models') }}
    where cohort_id = 'timm_2022_491' and is_member
),

fives as (
    select * from {{ ref('seed002_fives') }}
),

placed as (
    select
        snapshot_id,
        benchmark_id,
        model_id,
        source_model_name,
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
    inner join models on properties.model_id = models.model_id
    left join single as covariates
        on
            properties.model_id = covariates.model_id
            and pairs.property_snapshot_id = covariates.snapshot_id
            and pairs.covariate_id = covariates.benchmark_id
    where
        not models.is_untrained
        and (pairs.covariate_id is null or covariates.score_directed is not null)
),

listed as (
    select
        members.model_id,
        members.source_model_name,
        scores.benchmark_id,
        scores.score_directed
    from members
    inner join scores
        on
            members.snapshot_id = scores.snapshot_id
            and members.source_model_key = scores.source_model_key
            and members.variant_id = scores.variant_id
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
    cross join (select distinct metric from fives) as metrics
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
