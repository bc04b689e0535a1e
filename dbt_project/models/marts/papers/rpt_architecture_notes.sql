-- §4.1 of Sucholutsky & Griffiths on architectures: what it says of alignment and few-shot accuracy cannot be
-- checked, so the same comparisons are made on properties that are public.
with claims as (
    select * from {{ ref('architecture_claims') }}
),

compared as (
    select * from {{ ref('int_architectures_compared') }}
),

fives as (
    select * from {{ ref('sucholutsky2023_fives') }}
),

treated as (
    select distinct
        claim_id,
        source_model_name
    from {{ ref('int_architecture_scores_gathered') }}
    where is_treated
),

placed as (
    select
        treated.claim_id,
        count(distinct fives.timm_name) filter (where fives.model_group = 'high') as n_high,
        count(distinct fives.timm_name) filter (where fives.model_group = 'mid') as n_mid,
        count(distinct fives.timm_name) filter (where fives.model_group = 'low') as n_low
    from treated
    left join fives on treated.source_model_name = fives.timm_name
    group by treated.claim_id
),

final as (
    select
        cast('timm_2022_491' as varchar) as cohort_id,
        cast(claims.claim_id as varchar) as claim_id,
        cast(claims.position as bigint) as position,
        cast(claims.statement as varchar) as statement,
        cast(claims.printed_alignment as varchar) as printed_alignment,
        cast(claims.printed_few_shot as varchar) as printed_few_shot,
        cast(claims.comparison as varchar) as comparison,
        cast(claims.treated as varchar) as treated,
        cast(claims.untreated as varchar) as untreated,
        cast(compared.property_id as varchar) as property_id,
        cast(compared.n_treated as bigint) as n_treated,
        cast(compared.n_untreated as bigint) as n_untreated,
        cast(compared.mean_treated as double) as mean_treated,
        cast(compared.mean_untreated as double) as mean_untreated,
        cast(compared.difference as double) as difference,
        cast(compared.ci_low as double) as ci_low,
        cast(compared.ci_high as double) as ci_high,
        cast(compared.p_value as double) as p_value,
        cast(compared.n_higher as bigint) as n_higher,
        cast(placed.n_high as bigint) as n_high,
        cast(placed.n_mid as bigint) as n_mid,
        cast(placed.n_low as bigint) as n_low,
        cast(
            'alignment and few-shot accuracy of these models were never published' as varchar
        ) as unreachable,
        cast(claims.caveat as varchar) as caveat
    from claims
    inner join compared using (claim_id)
    left join placed using (claim_id)
)

select * from final
