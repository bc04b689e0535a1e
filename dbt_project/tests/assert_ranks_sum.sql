-- Average ranks of n models sum to n (n + 1) / 2, ties or not.
select
    cohort_id,
    level,
    benchmark_id,
    sum(score_rank) as sum_of_ranks,
    count(*) as n_models
from {{ ref('fct_scores_normalized') }}
group by all
having abs(sum(score_rank) - count(*) * (count(*) + 1) / 2) > 1e-6
