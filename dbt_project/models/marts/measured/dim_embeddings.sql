with manifests as (
    select * from {{ ref('stg_compute__embedding_manifests') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(manifests.snapshot_id as varchar) as snapshot_id,
        cast(manifests.source_model_key as varchar) as source_model_key,
        cast(names.model_id as varchar) as model_id,
        cast(manifests.stimulus_set_id as varchar) as stimulus_set_id,
        cast(manifests.layer as varchar) as layer,
        cast(manifests.pool as varchar) as pool,
        cast(manifests.n_dims as bigint) as n_dims,
        cast(manifests.architecture as varchar) as architecture,
        cast(manifests.weights_source as varchar) as weights_source,
        cast(manifests.weights_tag as varchar) as weights_tag,
        cast(manifests.weights_sha256 as varchar) as weights_sha256,
        cast(manifests.training_data as varchar) as training_data,
        cast(manifests.seed as bigint) as seed,
        cast(manifests.preprocess as varchar) as preprocess,
        cast(manifests.dtype as varchar) as dtype,
        cast(manifests.device as varchar) as device,
        cast(manifests.batch_size as bigint) as batch_size,
        cast(manifests.is_deterministic as boolean) as is_deterministic,
        cast(manifests.n_images as bigint) as n_images,
        cast(manifests.stimuli_sha256 as varchar) as stimuli_sha256,
        cast(manifests.versions as varchar) as versions,
        cast(manifests.images_per_s as double) as images_per_s,
        cast(manifests.embeddings_sha256 as varchar) as embeddings_sha256,
        cast(manifests.feature_rms as double) as feature_rms,
        cast(manifests.recipe as varchar) as recipe,
        cast(manifests._load_id as varchar) as load_id,
        cast(manifests._file as varchar) as source_file,
        cast(manifests._row as bigint) as source_row
    from manifests
    left join names using (snapshot_id, source_model_key)
)

select * from final
