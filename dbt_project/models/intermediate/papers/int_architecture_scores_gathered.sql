-- The two sides of each note on architecture: pairs of networks, or named networks and all others
-- of the 491.
with claims as (select * from {{ ref('architecture_claims') }}),
pairs as (select * from {{ ref('architecture_pairs') }}),

screened as (
    select * from {{ ref('int_cohort_models_screened') }}
    where cohort_id = 'timm_2022_491' and is_member
),

evidenced as (
    select * from {{ ref('int_scores_evidenced') }}
    where
        score_directed is not null
        and benchmark_id like '%.top1'
        and benchmark_id not like '%-clean.%'
),

names_resolved as (select * from {{ ref('int_model_names_resolved') }}),
families as (select * from {{ ref('int_model_families_matched') }}),

scores as (
    select
        screened.source_model_name,
        families.family,
        evidenced.benchmark_id as property_id,
        evidenced.score_directed as score
    from screened
    inner join evidenced using (snapshot_id, source_model_key, variant_id)
    inner join names_resolved using (snapshot_id, source_model_key)
    inner join families using (model_id)
),

names as (
    select distinct source_model_name from scores
),

paired as (
    select
        claim_id,
        'paired' as comparison,
        timm_name || ' > ' || compared_with as pair,
        unnest([true, false]) as is_treated,
        unnest([timm_name, compared_with]) as source_model_name
    from pairs
),

grouped as (
    select
        claims.claim_id,
        claims.comparison,
        cast(null as varchar) as pair,
        regexp_matches(names.source_model_name, claims.name_pattern) as is_treated,
        names.source_model_name
    from claims
    cross join names
    where claims.comparison = 'group'
),

sides as (
    select * from paired
    union all
    select * from grouped
),

final as (
    select *
    from sides
    inner join scores using (source_model_name)
)

select * from final
