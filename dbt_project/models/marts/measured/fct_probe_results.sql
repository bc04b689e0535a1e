with probes as (
    select * from {{ ref('stg_compute__probe_results') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(probes.snapshot_id as varchar) as snapshot_id,
        cast(probes.source_model_key as varchar) as source_model_key,
        cast(names.model_id as varchar) as model_id,
        cast(probes.benchmark_id as varchar) as benchmark_id,
        cast(probes.dataset_id as varchar) as dataset_id,
        cast(probes.layer as varchar) as layer,
        cast(probes.head as varchar) as head,
        cast(probes.n_shots as bigint) as n_shots,
        cast(probes.seed as bigint) as seed,
        cast(probes.score as double) as accuracy,
        cast(probes.n_classes as bigint) as n_classes,
        cast(probes.n_train as bigint) as n_train,
        cast(probes.n_eval as bigint) as n_eval,
        cast(probes.n_images as bigint) as n_images,
        cast(probes.solver as varchar) as solver,
        cast(probes.is_converged as boolean) as is_converged,
        cast(probes.loss as double) as loss,
        cast(probes.n_iterations as bigint) as n_iterations,
        cast(probes.seconds as double) as seconds,
        cast(probes.settings as varchar) as settings,
        cast(probes.is_control as boolean) as is_control,
        cast(probes.weights_sha256 as varchar) as weights_sha256,
        cast(probes._load_id as varchar) as load_id,
        cast(probes._file as varchar) as source_file,
        cast(probes._row as bigint) as source_row
    from probes
    left join names using (snapshot_id, source_model_key)
)

select * from final
