-- Every cell of the wide table becomes a row, the empty ones too: a raw cell is '' and never
-- null, so a plain unpivot keeps them all. X is an attempt without a valid score.
with source as (
    select * from {{ source('scaling_primate_vvs', 'benchmark_scores_brainscore') }}
),

cells as (
    unpivot source
    on columns(* exclude (model_id, _load_id, _file, _row))
    into name benchmark_name value score_text
)

select
    {{ printed_score('scaling_brainscore_2024', 'model_id', 'benchmark_name', 'benchmark_name') }}
from cells
