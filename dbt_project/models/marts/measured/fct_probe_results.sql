with probes as (
    select
        * exclude (
            source_model_name, variant_id, published_benchmark, benchmark_version, score_raw,
            error, state, state_evidence
        ) rename (
            score as accuracy, _load_id as load_id, _file as source_file, _row as source_row
        )
    from {{ measured('probe_results') }}
),

names as (
    select
        snapshot_id,
        source_model_key,
        model_id
    from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        probes.* exclude (benchmark_id),
        benchmarks.benchmark_id,
        names.model_id
    from probes
    left join names using (snapshot_id, source_model_key)
    left join {{ ref('benchmarks') }} as benchmarks using (benchmark_id)
)

select * from final
