with source as (
    select * from {{ source('onevision_clickme', 'model_type_reference') }}
),

cells as (
    unpivot source
    on "acc", "co3d_alignment", "imgnet_alignment", "imgnet_acc"
    into name column_name value score_text
)

select
    {{ printed_score(
        'onevision_clickme_2026', '"model"', "'onevision_clickme.' || column_name", 'column_name'
    ) }}
from cells
