select
    probes.* exclude (
        source_model_name, variant_id, benchmark_id, published_benchmark, benchmark_version,
        score_raw, error, state, state_evidence
    ) rename (
        score as accuracy, _load_id as load_id, _file as source_file, _row as source_row
    ),
    benchmarks.benchmark_id,
    names.model_id
from {{ measured('probe_results') }} as probes
left join {{ ref('int_model_names_resolved') }} as names using (snapshot_id, source_model_key)
left join {{ ref('benchmarks') }} as benchmarks using (benchmark_id)
