select
    probes.* exclude (
        source_model_name, variant_id, published_benchmark, benchmark_version, score_raw, error,
        state, state_evidence
    ) rename (
        score as accuracy, _load_id as load_id, _file as source_file, _row as source_row
    ),
    names.model_id
from {{ ref('stg_compute__probe_results') }} as probes
left join {{ ref('int_model_names_resolved') }} as names using (snapshot_id, source_model_key)
