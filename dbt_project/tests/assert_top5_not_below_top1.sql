-- The first five guesses hold the first one, so top-5 is never below top-1.
with scores as (
    select * from {{ ref('stg_timm_results__results_2022_01_18') }}
    union all by name
    select * from {{ ref('stg_timm_results__results_2022_07_27') }}
    union all by name
    select * from {{ ref('stg_timm_results__results_2025_10_30') }}
    union all by name
    select * from {{ ref('stg_timm_results__shifted_results_2022_01_18') }}
    union all by name
    select * from {{ ref('stg_timm_results__shifted_results_2022_07_27') }}
    union all by name
    select * from {{ ref('stg_timm_results__shifted_results_2025_10_30') }}
    union all by name
    select * from {{ ref('stg_brainscore_candidate_models__models') }}
)

select
    snapshot_id,
    source_model_key,
    variant_id,
    regexp_replace(benchmark_id, '\.top[15]$', '') as test_set,
    max(score) filter (where ends_with(benchmark_id, '.top1')) as top1,
    max(score) filter (where ends_with(benchmark_id, '.top5')) as top5
from scores
group by all
having top5 < top1
