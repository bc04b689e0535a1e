with embeddings as (
    select * from {{ ref('stg_compute__embeddings') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        embeddings.snapshot_id,
        embeddings.source_model_key,
        names.model_id,
        embeddings.stimulus_set_id,
        embeddings.layer,
        embeddings.pool,
        embeddings.image_index,
        embeddings.image_id,
        embeddings.label,
        embeddings.n_dims,
        embeddings.embedding,
        embeddings.weights_sha256,
        embeddings._load_id as load_id,
        embeddings._file as source_file,
        embeddings._row as source_row
    from embeddings
    left join names using (snapshot_id, source_model_key)
)

select * from final
