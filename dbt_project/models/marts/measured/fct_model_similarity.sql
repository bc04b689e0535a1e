with similarities as (
    select * from {{ measured('model_similarities') }}
),

names as (select * from {{ ref('int_model_names_resolved') }}),

final as (
    select
        similarities.* rename (_load_id as load_id, _file as source_file, _row as source_row),
        names_a.model_id as model_id_a,
        names_b.model_id as model_id_b
    from similarities
    left join names as names_a
        on
            similarities.snapshot_id = names_a.snapshot_id
            and similarities.source_model_key_a = names_a.source_model_key
    left join names as names_b
        on
            similarities.snapshot_id = names_b.snapshot_id
            and similarities.source_model_key_b = names_b.source_model_key
)

select * from final
