with manifests as (
    select * from {{ ref('stg_compute__embedding_manifests') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        manifests.snapshot_id,
        manifests.source_model_key,
        names.model_id,
        manifests.stimulus_set_id,
        manifests.layer,
        manifests.pool,
        manifests.n_dims,
        manifests.architecture,
        manifests.weights_source,
        manifests.weights_tag,
        manifests.weights_sha256,
        manifests.training_data,
        manifests.seed,
        manifests.preprocess,
        manifests.dtype,
        manifests.device,
        manifests.batch_size,
        manifests.is_deterministic,
        manifests.n_images,
        manifests.stimuli_sha256,
        manifests.versions,
        manifests.images_per_s,
        manifests.embeddings_sha256,
        manifests.feature_rms,
        manifests.recipe,
        manifests._load_id as load_id,
        manifests._file as source_file,
        manifests._row as source_row
    from manifests
    left join names using (snapshot_id, source_model_key)
)

select * from final
