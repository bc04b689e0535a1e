with probes as (
    select
        * exclude (
            source_model_name, variant_id, published_benchmark, benchmark_version, score_raw,
            error, state, state_evidence
        ) rename (
            score as accuracy, _load_id as load_id, _file as source_file, _row as source_row
        )
    from {{ ref('stg_compute__probe_results') }}
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
        probes.*,
        names.model_id
    from probes
    left join names using (snapshot_id, source_model_key)
)

select * from final
