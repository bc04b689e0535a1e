select
    scores.* exclude (
        confidence, imagenet_top1_first_known, imagenet_top1_timm, imagenet_top1_measured
    )
from {{ ref('int_relation_scores_believed') }} as scores
inner join {{ ref('int_relation_cohorts_believed') }} as cohorts using (cohort_id, confidence)
where cohorts.is_own
