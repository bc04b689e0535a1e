with similarities as (
    select * from {{ ref('stg_compute__model_similarities') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(similarities.snapshot_id as varchar) as snapshot_id,
        cast(similarities.source_model_key_a as varchar) as source_model_key_a,
        cast(similarities.source_model_key_b as varchar) as source_model_key_b,
        cast(names_a.model_id as varchar) as model_id_a,
        cast(names_b.model_id as varchar) as model_id_b,
        cast(similarities.stimulus_set_id as varchar) as stimulus_set_id,
        cast(similarities.layer as varchar) as layer,
        cast(similarities.metric as varchar) as metric,
        cast(similarities.estimate as double) as estimate,
        cast(similarities.ci_low as double) as ci_low,
        cast(similarities.ci_high as double) as ci_high,
        cast(similarities.n_stimuli as bigint) as n_stimuli,
        cast(similarities.n_resamples as bigint) as n_resamples,
        cast(similarities._load_id as varchar) as load_id,
        cast(similarities._file as varchar) as source_file,
        cast(similarities._row as bigint) as source_row
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
