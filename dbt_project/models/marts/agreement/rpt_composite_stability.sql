with scores as (
    select
        snapshot_id,
        source_model_key,
        score
    from {{ ref('fct_scores') }}
    where benchmark_id = 'average_vision_monthly' and score is not null
),

snapshots as (
    select * from {{ ref('dim_snapshots') }}
),

months as (
    select
        scores.*,
        snapshots.snapshot_date,
        dense_rank() over (order by snapshots.snapshot_date) as month_number
    from scores
    inner join snapshots on scores.snapshot_id = snapshots.snapshot_id
),

-- a month against the next, the one a year later and the last of all
comparisons as (
    select
        unnest(['next_month', 'next_year', 'last_month']) as comparison,
        unnest([1, 12, null]) as n_months
),

last_month as (
    select max(month_number) as month_number from months
),

-- two months may be compared under two names: the last but one is next to the last of all
paired as (
    select
        comparisons.comparison,
        earlier.snapshot_date as earlier_date,
        later.snapshot_date as later_date,
        earlier.source_model_key,
        earlier.score as earlier_score,
        later.score as later_score
    from months as earlier
    cross join comparisons
    cross join last_month
    inner join months as later
        on
            earlier.source_model_key = later.source_model_key
            and earlier.month_number < later.month_number
            and later.month_number
            = coalesce(earlier.month_number + comparisons.n_months, last_month.month_number)
),

ranked as (
    select
        *,
        {{ average_rank('earlier_score', 'comparison, earlier_date, later_date') }} as earlier_rank,
        {{ average_rank('later_score', 'comparison, earlier_date, later_date') }} as later_rank
    from paired
),

ordered as (
    select * from ranked
    order by comparison, earlier_date, later_date, source_model_key
),

final as (
    select
        cast(comparison as varchar) as comparison,
        cast(earlier_date as date) as earlier_date,
        cast(later_date as date) as later_date,
        cast(count(*) as bigint) as n_models,
        cast(corr(earlier_rank, later_rank) as double) as estimate,
        cast(max(abs(earlier_rank - later_rank)) as double) as largest_rank_shift
    from ordered
    group by comparison, earlier_date, later_date
)

select * from final
