with similarities as (
    select * from {{ ref('stg_compute__model_similarities') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        similarities.snapshot_id,
        similarities.source_model_key_a,
        similarities.source_model_key_b,
        names_a.model_id as model_id_a,
        names_b.model_id as model_id_b,
        similarities.stimulus_set_id,
        similarities.layer,
        similarities.metric,
        similarities.estimate,
        similarities.ci_low,
        similarities.ci_high,
        similarities.n_stimuli,
        similarities.n_resamples,
        similarities._load_id as load_id,
        similarities._file as source_file,
        similarities._row as source_row
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
