-- A cohort at its own confidence and at every weaker one.
with cohorts as (select * from {{ ref('relation_cohorts') }}),

confidences as (
    select
        unnest(['exact_weights', 'same_recipe', 'same_architecture', 'guess']) as confidence,
        unnest([1, 2, 3, 4]) as confidence_rank
),

final as (
    select
        cohorts.* exclude (confidence),
        confidences.confidence,
        confidences.confidence_rank,
        confidences.confidence = cohorts.confidence as is_own
    from cohorts
    inner join confidences
        on confidences.confidence_rank >= {{ confidence_rank('cohorts.confidence') }}
)

select * from final
