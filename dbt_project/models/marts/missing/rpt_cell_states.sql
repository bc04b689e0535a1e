select
    snapshot_id,
    benchmark_id,
    is_aggregate,
    state,
    coalesce(state_evidence, 'not stated') as state_evidence,
    count(*) as n_cells,
    count(*) / sum(count(*)) over (partition by snapshot_id, benchmark_id) as share
from {{ ref('fct_scores') }}
where not is_private
group by snapshot_id, benchmark_id, is_aggregate, state, coalesce(state_evidence, 'not stated')
