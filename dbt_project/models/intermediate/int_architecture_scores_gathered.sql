-- The two sides of each note on architecture: pairs of networks, or named networks and all others
-- of the 491.
with claims as (
    select * from {{ ref('architecture_claims') }}
),

pairs as (
    select * from {{ ref('architecture_pairs') }}
),

scores as (
    select
        listed.source_model_name,
        scores.benchmark_id as property_id,
        scores.score_directed as score
    from {{ ref('bridge_cohort_models') }} as listed
    inner join {{ ref('fct_scores') }} as scores
        on
            listed.snapshot_id = scores.snapshot_id
            and listed.source_model_key = scores.source_model_key
            and listed.variant_id = scores.variant_id
    where
        listed.cohort_id = 'timm_2022_491'
        and listed.is_member
        and scores.benchmark_id like '%.top1'
        and scores.benchmark_id not like '%-clean.%'
        and scores.score_directed is not null
),

paired as (
    select
        pairs.claim_id,
        'paired' as comparison,
        pairs.timm_name || ' > ' || pairs.compared_with as pair,
        sides.is_treated,
        if(sides.is_treated, pairs.timm_name, pairs.compared_with) as source_model_name
    from pairs
    cross join (select unnest([true, false]) as is_treated) as sides
),

grouped as (
    select
        claims.claim_id,
        claims.comparison,
        cast(null as varchar) as pair,
        regexp_matches(names.source_model_name, claims.name_pattern) as is_treated,
        names.source_model_name
    from claims
    cross join (select distinct source_model_name from scores) as names
    where claims.comparison = 'group'
),

sides as (
    select * from paired
    union all
    select * from grouped
),

final as (
    select
        sides.claim_id,
        sides.comparison,
        sides.pair,
        sides.is_treated,
        sides.source_model_name,
        scores.property_id,
        scores.score
    from sides
    inner join scores on sides.source_model_name = scores.source_model_name
)

select * from final
