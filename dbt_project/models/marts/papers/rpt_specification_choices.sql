-- How much of the variance between specifications one choice accounts for alone: that of the means
-- of its values (correlation ratio). Of a claim without an estimate the verdict counts, 0 or 1.
with answers as (
    unpivot (
        select
            claim_id,
            does_hold,
            estimate,
            coalesce(estimate, does_hold::double) as answer,
            {{ specification_choices() | join(',\n            ') }}
        from {{ ref('fct_specifications') }}
    )
    on {{ specification_choices() | join(', ') }}
    into name choice value chosen
),

totals as (
    select
        claim_id,
        choice,
        count(distinct chosen) as n_values,
        avg(answer) as mean_answer,
        var_pop(answer) * count(*) as whole
    from answers
    group by claim_id, choice
),

chosen as (
    select
        claim_id,
        choice,
        chosen,
        count(*) as n_specifications,
        avg(does_hold::double) as share_holding,
        median(estimate) as median_estimate,
        avg(answer) as mean_answer
    from answers
    group by claim_id, choice, chosen
),

final as (
    select
        chosen.claim_id,
        chosen.choice,
        chosen.chosen,
        chosen.n_specifications,
        chosen.share_holding,
        chosen.median_estimate,
        totals.n_values,
        sum(chosen.n_specifications * (chosen.mean_answer - totals.mean_answer) ** 2) over (
            partition by chosen.claim_id, chosen.choice
        ) / nullif(totals.whole, 0) as variance_share
    from chosen
    inner join totals using (claim_id, choice)
    where totals.n_values > 1
)

select * from final
