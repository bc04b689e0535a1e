-- Every cell of the wide table becomes a row, the empty ones too: a raw cell is '' and never
-- null, so a plain unpivot keeps them all.
with source as (
    select * from {{ source('imagenet_testbed', 'robustness_top1s') }}
),

cells as (
    unpivot source
    on columns(* exclude (model, _load_id, _file, _row))
    into name condition_name value score_text
)

select
    {{ printed_score(
        'imagenet_testbed_2020', 'model', "'testbed.' || condition_name", 'condition_name'
    ) }}
from cells
