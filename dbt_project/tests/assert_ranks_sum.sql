-- Average ranks of n models, on a benchmark or under a scheme, sum to n (n + 1) / 2, ties or not.
{% for mart, ranked in {
    'fct_scores_normalized': 'benchmark_id', 'fct_model_rankings': 'scheme'
}.items() %}
select
    cohort_id,
    level,
    {{ ranked }} as ranked,
    sum(score_rank) as sum_of_ranks,
    count(score_rank) as n_models
from {{ ref(mart) }}
group by all
having abs(sum(score_rank) - count(score_rank) * (count(score_rank) + 1) / 2) > 1e-6
{% if not loop.last %}union all{% endif %}
{% endfor %}
