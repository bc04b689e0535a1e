-- A cell that is predicted has no score, and no other table holds the prediction as one.
select
    predicted.cohort_id,
    predicted.source_model_key,
    predicted.benchmark_id,
    scores.score
from {{ ref('rpt_predicted_scores') }} as predicted
inner join {{ ref('fct_scores') }} as scores
    using (snapshot_id, source_model_key, variant_id, benchmark_id)
where scores.score is not null
