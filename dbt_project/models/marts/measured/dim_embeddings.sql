with manifests as (
    select * rename (_load_id as load_id, _file as source_file, _row as source_row)
    from {{ measured('embedding_manifests') }}
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
        manifests.*,
        names.model_id
    from manifests
    left join names using (snapshot_id, source_model_key)
)

select * from final
