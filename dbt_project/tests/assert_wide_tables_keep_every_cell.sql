-- The unpivots leave out nulls, and a raw cell is never null: every model has every column.
with cells as (
    select
        source_model_key,
        213 as n_expected
    from {{ ref('stg_imagenet_testbed__robustness_top1s') }}
    union all
    select
        source_model_key,
        154 as n_expected
    from {{ ref('stg_scaling_primate_vvs__benchmark_scores_brainscore') }}
)

select
    source_model_key,
    n_expected,
    count(*) as n_cells
from cells
group by all
having count(*) <> n_expected
