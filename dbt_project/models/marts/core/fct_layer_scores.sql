with layer_scores as (select * from {{ ref('int_layer_scores_unioned') }}),
snapshots as (select * from {{ ref('snapshots') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),

final as (
    select
        snapshots.source_id,
        layer_scores.* exclude (source_model_name, _load_id, _file),
        names.model_id,
        layer_scores._load_id as load_id,
        layer_scores._file as source_file
    from layer_scores
    inner join snapshots using (snapshot_id)
    left join names using (snapshot_id, source_model_key)
)

select * from final
