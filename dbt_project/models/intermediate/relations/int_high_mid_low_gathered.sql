-- Which unit of a cohort has which alignment and property, for every pair of the relation grid; and
-- the recovered fives of Sucholutsky & Griffiths (2023), whose alignment was never published.
with pairs as (
    select * from {{ ref('int_relation_pairs_declared') }}
    where not is_part_of_whole
),

scores as (select * from {{ ref('int_relation_scores_gathered') }}),

evidenced as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_directed is not null and benchmark_id not like '%-clean.%'
),

screened as (
    select * from {{ ref('int_cohort_models_screened') }}
    where cohort_id = 'timm_2022_491' and is_member
),

fives as (select * from {{ ref('sucholutsky2023_fives') }}),

metrics as (
    select distinct metric from fives
),

measured as (
    select
        pairs.cohort_id,
        pairs.alignment_id,
        pairs.property_id,
        alignments.unit_id,
        alignments.unit_name,
        alignments.score as alignment,
        properties.score as property,
        if(pairs.is_covariate_side, null, alignments.imagenet_top1) as covariate
    from pairs
    inner join scores as alignments
        on
            pairs.cohort_id = alignments.cohort_id
            and pairs.alignment_id = alignments.benchmark_id
    inner join scores as properties
        on
            pairs.cohort_id = properties.cohort_id
            and pairs.property_id = properties.benchmark_id
            and alignments.unit_id = properties.unit_id
),

listed as (
    select
        screened.source_model_key,
        screened.source_model_name,
        evidenced.benchmark_id,
        evidenced.score_directed
    from screened
    inner join evidenced using (snapshot_id, source_model_key, variant_id)
),

recovered as (
    select
        'timm_2022_491' as cohort_id,
        'sucholutsky2023.' || metrics.metric as alignment_id,
        listed.benchmark_id as property_id,
        listed.source_model_key as unit_id,
        listed.source_model_name as unit_name,
        coalesce(fives.model_group, 'unknown') as model_group,
        listed.score_directed as property,
        if(listed.benchmark_id = 'timm.imagenet.top1', null, covariates.score_directed)
            as covariate
    from listed
    cross join metrics
    inner join listed as covariates
        on
            listed.source_model_key = covariates.source_model_key
            and covariates.benchmark_id = 'timm.imagenet.top1'
    left join fives
        on metrics.metric = fives.metric and listed.source_model_name = fives.timm_name
),

final as (
    select * from measured
    union all by name
    select * from recovered
)

select * from final
