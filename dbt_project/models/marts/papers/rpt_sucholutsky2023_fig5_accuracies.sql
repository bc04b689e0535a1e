-- Figure 5 of Sucholutsky & Griffiths (2023): its ImageNet axis. The alignment axis was never
-- published; what is known of it is which models are in the recovered fives.
select
    cohort_id,
    replace(alignment_id, 'sucholutsky2023.', '') as metric,
    unit_name as source_model_name,
    model_group,
    property as imagenet_top1,
    count(*) over (partition by alignment_id) as n_models
from {{ ref('int_high_mid_low_gathered') }}
where
    cohort_id = 'timm_2022_491'
    and property_id = 'timm.imagenet.top1'
    and alignment_id like 'sucholutsky2023.%'
