-- Average ranks of the n models that a scheme ranks sum to n (n + 1) / 2, ties or not.
select
    cohort_id,
    level,
    scheme,
    sum(score_rank) as sum_of_ranks,
    count(score_rank) as n_models
from {{ ref('fct_model_rankings') }}
group by all
having abs(sum(score_rank) - count(score_rank) * (count(score_rank) + 1) / 2) > 1e-6
