-- The first five guesses hold the first one, so top-5 is never below top-1.
select
    snapshot_id,
    source_model_key,
    variant_id,
    regexp_replace(benchmark_id, '\.top[15]$', '') as test_set,
    max(score) filter (where ends_with(benchmark_id, '.top1')) as top1,
    max(score) filter (where ends_with(benchmark_id, '.top5')) as top5
from {{ ref('fct_scores') }}
where regexp_matches(benchmark_id, '\.top[15]$')
group by all
having top5 < top1
