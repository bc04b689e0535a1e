-- Each cohort's rule applied to every model of its snapshot, in the order of the definition. The
-- first rule that a model fails is the reason it left.
with cohorts as (select * from {{ ref('cohorts') }}),
benchmark_sets as (select * from {{ ref('benchmark_sets') }}),
model_lists as (select * from {{ ref('int_model_lists_gathered') }}),
scores as (select * from {{ ref('int_scores_evidenced') }}),

accuracy_snapshots as (
    select
        snapshot_id,
        string_split(accuracy_snapshot_ids, ' ') as asked_ids
    from {{ ref('snapshot_rules') }}
),

-- of the snapshots that are asked for a model's ImageNet accuracy, the first that prints one
accuracies as (
    select
        accuracy_snapshots.snapshot_id,
        scores.source_model_key,
        arg_min(scores.score, list_position(accuracy_snapshots.asked_ids, scores.snapshot_id))
            as imagenet_top1
    from scores
    inner join accuracy_snapshots
        on list_contains(accuracy_snapshots.asked_ids, scores.snapshot_id)
    where scores.benchmark_id = 'ImageNet-top1' and scores.score is not null
    group by all
),

-- also_complete_on asks for all scores of a further set, in the snapshot of the cohort and in that
-- of its rule
required_cells as (
    select
        required.cohort_id,
        required.snapshot_id,
        benchmark_sets.benchmark_id,
        count(*) over (partition by required.cohort_id) as n_required
    from (
        select
            cohort_id,
            also_complete_on as benchmark_set,
            unnest(list_distinct([snapshot_id, rule_snapshot_id])) as snapshot_id
        from cohorts
    ) as required
    inner join benchmark_sets using (benchmark_set)
),

also_complete as (
    select
        required_cells.cohort_id,
        scores.source_model_key
    from required_cells
    inner join scores using (snapshot_id, benchmark_id)
    group by required_cells.cohort_id, scores.source_model_key, required_cells.n_required
    having count(scores.score) = required_cells.n_required
),

cohort_benchmarks as (
    select
        cohorts.cohort_id,
        cohorts.snapshot_id,
        benchmark_sets.benchmark_id,
        count(*) over (partition by cohorts.cohort_id) as n_cohort_benchmarks
    from cohorts
    inner join benchmark_sets using (benchmark_set)
),

coverage as (
    select
        cohort_benchmarks.cohort_id,
        cohort_benchmarks.n_cohort_benchmarks,
        scores.snapshot_id,
        scores.source_model_key,
        scores.source_model_name,
        scores.variant_id,
        count(scores.score) as n_scored
    from cohort_benchmarks
    inner join scores using (snapshot_id, benchmark_id)
    group by all
),

screened as (
    select
        coverage.*,
        accuracies.imagenet_top1,
        cohorts.is_deduplicated,
        case
            when cohorts.model_list is not null and model_lists.list_id is null
                then 'not_in_list'
            when cohorts.also_complete_on is not null and also_complete.cohort_id is null
                then 'not_in_list'
            when coverage.n_scored = 0 then 'never_scored'
            when cohorts.is_complete_case and coverage.n_scored < coverage.n_cohort_benchmarks
                then 'incomplete'
            when accuracies.imagenet_top1 <= cohorts.accuracy_floor then 'accuracy_floor'
        end as first_reason
    from coverage
    inner join cohorts using (cohort_id, snapshot_id)
    left join accuracies using (snapshot_id, source_model_key)
    left join model_lists
        on
            cohorts.model_list = model_lists.list_id
            and coverage.source_model_key = model_lists.source_model_key
    left join also_complete using (cohort_id, source_model_key)
),

-- the lowest Brain-Score id of a stripped name stays
ranked as (
    select
        *,
        row_number() over (
            partition by cohort_id, source_model_name, first_reason is null
            order by try_cast(source_model_key as bigint), source_model_key, variant_id
        ) as place_in_name
    from screened
),

final as (
    select
        * exclude (first_reason, is_deduplicated, place_in_name),
        coalesce(
            first_reason,
            case when is_deduplicated and place_in_name > 1 then 'duplicate' end
        ) as exclusion_reason,
        exclusion_reason is null as is_member
    from ranked
)

select * from final
