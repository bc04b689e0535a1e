-- Figure 5 of seed 002: its ImageNet axis. The alignment axis was never published; what is known of
-- it is which models are in the recovered fives.
with gathered as (
    select * from {{ ref('int_alignment_properties_gathered') }}
    where cohort_id = 'timm_2022_491' and property_id = 'timm.imagenet.top1'
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(replace(alignment_id, 'seed002.', '') as varchar) as metric,
        cast(model_id as varchar) as model_id,
        cast(model as varchar) as source_model_name,
        cast(model_group as varchar) as model_group,
        cast(property as double) as imagenet_top1,
        cast(count(*) over (partition by alignment_id) as bigint) as n_models
    from gathered
)

select * from final
