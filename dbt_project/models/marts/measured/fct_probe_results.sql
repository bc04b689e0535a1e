with probes as (
    select * from {{ ref('stg_compute__probe_results') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        probes.snapshot_id,
        probes.source_model_key,
        names.model_id,
        probes.benchmark_id,
        probes.dataset_id,
        probes.layer,
        probes.head,
        probes.n_shots,
        probes.seed,
        probes.score as accuracy,
        probes.n_classes,
        probes.n_train,
        probes.n_eval,
        probes.n_images,
        probes.solver,
        probes.is_converged,
        probes.loss,
        probes.n_iterations,
        probes.seconds,
        probes.settings,
        probes.is_control,
        probes.weights_sha256,
        probes._load_id as load_id,
        probes._file as source_file,
        probes._row as source_row
    from probes
    left join names using (snapshot_id, source_model_key)
)

select * from final
