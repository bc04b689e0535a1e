with embeddings as (
    select * from {{ ref('stg_compute__embeddings') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(embeddings.snapshot_id as varchar) as snapshot_id,
        cast(embeddings.source_model_key as varchar) as source_model_key,
        cast(names.model_id as varchar) as model_id,
        cast(embeddings.stimulus_set_id as varchar) as stimulus_set_id,
        cast(embeddings.layer as varchar) as layer,
        cast(embeddings.pool as varchar) as pool,
        cast(embeddings.image_index as bigint) as image_index,
        cast(embeddings.image_id as varchar) as image_id,
        cast(embeddings.label as bigint) as label,
        cast(embeddings.n_dims as bigint) as n_dims,
        cast(embeddings.embedding as float[]) as embedding,
        cast(embeddings.weights_sha256 as varchar) as weights_sha256,
        cast(embeddings._load_id as varchar) as load_id,
        cast(embeddings._file as varchar) as source_file,
        cast(embeddings._row as bigint) as source_row
    from embeddings
    left join names using (snapshot_id, source_model_key)
)

select * from final
