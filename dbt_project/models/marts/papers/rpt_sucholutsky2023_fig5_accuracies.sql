-- Figure 5 of Sucholutsky & Griffiths: its ImageNet axis. The alignment axis was never published; what is known of
-- it is which models are in the recovered fives.
with gathered as (
    select * from {{ ref('int_high_mid_low_gathered') }}
    where
        cohort_id = 'timm_2022_491'
        and property_id = 'timm.imagenet.top1'
        and alignment_id like 'sucholutsky2023.%'
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(replace(alignment_id, 'sucholutsky2023.', '') as varchar) as metric,
        cast(unit_name as varchar) as source_model_name,
        cast(model_group as varchar) as model_group,
        cast(property as double) as imagenet_top1,
        cast(count(*) over (partition by alignment_id) as bigint) as n_models
    from gathered
)

select * from final
