with counted as (
    select
        snapshot_id,
        benchmark_id,
        is_aggregate,
        state,
        coalesce(state_evidence, 'not stated') as state_evidence,
        count(*) as n_cells
    from {{ ref('fct_scores') }}
    group by all
),

final as (
    select
        *,
        n_cells / sum(n_cells) over (partition by snapshot_id, benchmark_id) as share
    from counted
)

select * from final
