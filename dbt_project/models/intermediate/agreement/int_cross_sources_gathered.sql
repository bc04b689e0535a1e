-- One score per set of weights and benchmark of the set cross_source, at each identity confidence:
-- the current snapshot of each benchmark, and of several keys of one model the lowest. The sources
-- of trials measure other models by one rule, so they stand together, as one source.
with names as (select * from {{ ref('int_model_names_resolved') }}),
families as (select * from {{ ref('int_model_families_matched') }}),

scores as (
    select
        scores.*,
        snapshots.snapshot_date,
        case when snapshots.namespace = 'toolbox' then scores.source_id end as trial_source_id
    from {{ ref('int_scores_evidenced') }} as scores
    inner join {{ ref('snapshots') }} as snapshots using (snapshot_id)
    inner join {{ ref('benchmark_sets') }} as benchmark_sets using (benchmark_id)
    where
        scores.score_directed is not null
        and snapshots.is_current
        and benchmark_sets.benchmark_set = 'cross_source'
),

newest as (
    select
        benchmark_id,
        case when trial_source_id is null then arg_max(source_id, snapshot_date) else 'trials' end
            as source_id,
        arg_max(snapshot_id, snapshot_date) as snapshot_id
    from scores
    group by benchmark_id, trial_source_id
),

confidences as (
    select
        unnest(['exact_weights', 'same_recipe', 'same_architecture', 'guess']) as confidence,
        unnest([1, 2, 3, 4]) as confidence_rank
),

believed as (
    select
        confidences.confidence,
        newest.source_id,
        {{ believed_model('confidences.confidence_rank') }} as model,
        scores.benchmark_id,
        scores.score_directed
    from newest
    inner join scores using (snapshot_id, benchmark_id)
    inner join names using (snapshot_id, source_model_key)
    cross join confidences
    qualify row_number() over (
        partition by confidences.confidence, scores.benchmark_id, model
        order by
            try_cast(scores.source_model_key as bigint), scores.source_model_key,
            scores.variant_id, scores.snapshot_id
    ) = 1
),

final as (
    select
        believed.*,
        coalesce(families.family, believed.model) as family
    from believed
    left join families on believed.model = families.model_id
)

select * from final
