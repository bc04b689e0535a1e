with snapshots as (select * from {{ ref('dim_snapshots') }}),
scores as (select * from {{ ref('fct_scores') }}),

months as (
    select
        scores.source_model_key,
        scores.score,
        snapshots.snapshot_date,
        dense_rank() over (order by snapshots.snapshot_date) as month_number
    from scores
    inner join snapshots using (snapshot_id)
    where scores.benchmark_id = 'average_vision_monthly' and scores.score is not null
),

-- a month against the next, the one a year later and the last of all
comparisons as (
    select
        unnest(['next_month', 'next_year', 'last_month']) as comparison,
        unnest([1, 12, null]) as n_months,
        (select max(month_number) from months) as last_month
),

-- two months may be compared under two names: the last but one is next to the last of all
paired as (
    select
        comparisons.comparison,
        earlier.snapshot_date as earlier_date,
        later.snapshot_date as later_date,
        earlier.source_model_key,
        {{ average_rank('earlier.score', 'comparison, earlier_date, later_date') }} as earlier_rank,
        {{ average_rank('later.score', 'comparison, earlier_date, later_date') }} as later_rank
    from months as earlier
    cross join comparisons
    inner join months as later
        on
            earlier.source_model_key = later.source_model_key
            and earlier.month_number < later.month_number
            and later.month_number
            = coalesce(earlier.month_number + comparisons.n_months, comparisons.last_month)
),

final as (
    select
        comparison,
        earlier_date,
        later_date,
        count(*) as n_models,
        {{ correlation('earlier_rank', 'later_rank', 'source_model_key') }} as estimate,
        max(abs(earlier_rank - later_rank)) as largest_rank_shift
    from paired
    group by all
)

select * from final
