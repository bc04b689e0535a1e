-- Figure 4 (left) of seed 002 from our own models: 1-shot accuracy against alignment.
with gathered as (
    select * from {{ ref('int_alignment_properties_gathered') }}
    where cohort_id = 'compute_pretrained' and property_id like 'probe.%.logistic.1-shot'
),

final as (
    select
        cast('compute_2026_11' as varchar) as snapshot_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(split_part(alignment_id, '.', 2) as varchar) as stimulus_set_id,
        cast(split_part(alignment_id, '.', 4) as varchar) as metric,
        cast(split_part(property_id, '.', 2) as varchar) as dataset_id,
        cast(model_id as varchar) as model_id,
        cast(alignment as double) as alignment,
        cast(property as double) as accuracy,
        cast(
            count(*) over (partition by alignment_id, property_id) as bigint
        ) as n_models
    from gathered
)

select * from final
