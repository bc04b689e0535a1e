with claims as (select * from {{ ref('specification_claims') }}),

choices as (
    select distinct
        claim_id,
        choice,
        variance_share
    from {{ ref('rpt_specification_choices') }}
),

decisive as (
    select
        claim_id,
        arg_max(choice, variance_share) as decisive_choice,
        max(variance_share) as decisive_share
    from choices
    group by claim_id
),

counted as (
    select
        claim_id,
        count(*) as n_specifications,
        count(*) filter (where does_hold) as n_holding,
        avg(does_hold::double) as share_holding,
        median(estimate) as median_estimate,
        min(estimate) as min_estimate,
        max(estimate) as max_estimate,
        count(distinct cohort_id) as n_cohorts
    from {{ ref('fct_specifications') }}
    group by claim_id
),

final as (
    select
        claims.* exclude (needs_p),
        coalesce(counted.n_specifications, 0) as n_specifications,
        coalesce(counted.n_holding, 0) as n_holding,
        counted.* exclude (claim_id, n_specifications, n_holding),
        decisive.decisive_choice,
        decisive.decisive_share
    from claims
    left join counted using (claim_id)
    left join decisive using (claim_id)
)

select * from final
