with source as (
    select * from {{ source('compute', 'embedding_manifest') }}
),

final as (
    select
        'compute_2026_11' as snapshot_id,
        model_name as source_model_key,
        stimulus_set_id,
        layer,
        pool,
        n_dims,
        architecture,
        weights_source,
        weights_tag,
        weights_sha256,
        training_data,
        seed,
        preprocess,
        dtype,
        device,
        batch_size,
        is_deterministic,
        n_images,
        stimuli_sha256,
        versions,
        images_per_s,
        embeddings_sha256,
        feature_rms,
        recipe,
        _load_id,
        _file,
        _row
    from source
)

select * from final
