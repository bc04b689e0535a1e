-- Models to test on what was chosen a year or more before: those that an earlier snapshot does not
-- have at all, of a cohort with the same benchmarks and rule.
with cohorts as (
    select
        cohorts.*,
        snapshots.snapshot_date
    from {{ ref('cohorts') }} as cohorts
    inner join {{ ref('snapshots') }} as snapshots using (snapshot_id)
    where
        cohorts.is_complete_case
        and coalesce(cohorts.model_list, cohorts.also_complete_on) is null
),

scores as (select * from {{ ref('int_cohort_scores_attributed') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),

pairs as (
    select
        earlier.cohort_id,
        earlier.snapshot_id,
        later.cohort_id as tested_cohort_id
    from cohorts as earlier
    inner join cohorts as later
        on
            earlier.benchmark_set = later.benchmark_set
            and earlier.accuracy_floor is not distinct from later.accuracy_floor
            and earlier.is_deduplicated = later.is_deduplicated
            and earlier.snapshot_date + interval 1 year <= later.snapshot_date
),

models as (
    select distinct
        cohort_id as tested_cohort_id,
        model,
        split_part(model, '/', 1) as source_model_key
    from scores
    where level = 'leaf'
),

final as (
    select
        pairs.cohort_id,
        pairs.tested_cohort_id,
        models.model
    from pairs
    inner join models using (tested_cohort_id)
    left join names
        on
            pairs.snapshot_id = names.snapshot_id
            and models.source_model_key = names.source_model_key
    where names.source_model_key is null
)

select * from final
