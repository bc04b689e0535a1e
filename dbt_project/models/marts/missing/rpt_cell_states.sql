with scores as (
    select * from {{ ref('fct_scores') }}
),

counted as (
    select
        snapshot_id,
        benchmark_id,
        is_aggregate,
        state,
        coalesce(state_evidence, 'not stated') as state_evidence,
        count(*) as n_cells
    from scores
    group by all
),

final as (
    select
        cast(snapshot_id as varchar) as snapshot_id,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(is_aggregate as boolean) as is_aggregate,
        cast(state as varchar) as state,
        cast(state_evidence as varchar) as state_evidence,
        cast(n_cells as bigint) as n_cells,
        cast(
            n_cells / sum(n_cells) over (partition by snapshot_id, benchmark_id) as double
        ) as share
    from counted
)

select * from final
