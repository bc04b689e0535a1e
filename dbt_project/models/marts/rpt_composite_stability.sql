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

-- a month against the one before, the one a year before and the last of all
paired as (
    select
        earlier.snapshot_date as earlier_date,
        later.snapshot_date as later_date,
        case
            when later.month_number = earlier.month_number + 1 then 'next_month'
            when later.month_number = earlier.month_number + 12 then 'next_year'
            else 'last_month'
        end as comparison,
        earlier.source_model_key,
        earlier.score as earlier_score,
        later.score as later_score
    from months as earlier
    inner join months as later
        on
            earlier.source_model_key = later.source_model_key
            and (
                later.month_number in (earlier.month_number + 1, earlier.month_number + 12)
                or (
                    later.month_number = (select max(m.month_number) from months as m)
                    and earlier.month_number < later.month_number
                )
            )
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
