-- §4.1 of Sucholutsky & Griffiths (2023) on architectures: what it says of alignment and few-shot
-- accuracy cannot be checked, so the same comparisons are made on properties that are public.
with claims as (select * from {{ ref('architecture_claims') }}),
compared as (select * from {{ ref('int_architectures_compared') }}),
fives as (select * from {{ ref('sucholutsky2023_fives') }}),

treated as (
    select * from {{ ref('int_architecture_scores_gathered') }}
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
        'timm_2022_491' as cohort_id,
        claims.* exclude (name_pattern),
        compared.* exclude (claim_id),
        placed.* exclude (claim_id),
        'alignment and few-shot accuracy of these models were never published' as unreachable
    from claims
    inner join compared using (claim_id)
    left join placed using (claim_id)
)

select * from final
