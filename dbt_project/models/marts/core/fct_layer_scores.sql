with layer_scores as (
    select * from {{ ref('int_layer_scores_unioned') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(snapshots.source_id as varchar) as source_id,
        cast(layer_scores.snapshot_id as varchar) as snapshot_id,
        cast(layer_scores.source_model_key as varchar) as source_model_key,
        cast(layer_scores.layer as varchar) as layer,
        cast(layer_scores.benchmark_id as varchar) as benchmark_id,
        cast(names.model_id as varchar) as model_id,
        cast(layer_scores.score as double) as score,
        cast(layer_scores.error as double) as error,
        cast(layer_scores.n_repeats as bigint) as n_repeats,
        cast(layer_scores._load_id as varchar) as load_id,
        cast(layer_scores._file as varchar) as source_file
    from layer_scores
    inner join snapshots on layer_scores.snapshot_id = snapshots.snapshot_id
    left join names
        on
            layer_scores.snapshot_id = names.snapshot_id
            and layer_scores.source_model_key = names.source_model_key
)

select * from final
