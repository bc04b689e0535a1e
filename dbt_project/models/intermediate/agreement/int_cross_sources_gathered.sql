-- One score per set of weights and benchmark of the set cross_source, at each identity confidence:
-- the current snapshot of each benchmark, and of several keys of one model the lowest. The sources
-- of trials measure other models by one rule, so they stand together, as one source.
with names as (
    select * from {{ ref('int_model_names_resolved') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_directed is not null
),

benchmark_sets as (
    select * from {{ ref('benchmark_sets') }}
    where benchmark_set = 'cross_source'
),

confidences as (
    select
        unnest(['exact_weights', 'same_recipe', 'same_architecture', 'guess']) as confidence,
        unnest([1, 2, 3, 4]) as confidence_rank
),

newest as (
    select
        scores.benchmark_id,
        case
            when bool_or(snapshots.namespace = 'toolbox') then 'trials'
            else arg_max(scores.source_id, snapshots.snapshot_date)
        end as source_id,
        arg_max(scores.snapshot_id, snapshots.snapshot_date) as snapshot_id
    from scores
    inner join benchmark_sets on scores.benchmark_id = benchmark_sets.benchmark_id
    inner join snapshots on scores.snapshot_id = snapshots.snapshot_id
    where snapshots.is_current
    group by
        scores.benchmark_id,
        snapshots.namespace = 'toolbox',
        case when snapshots.namespace = 'toolbox' then scores.source_id end
),

identified as (
    select
        confidences.confidence,
        newest.source_id,
        scores.benchmark_id,
        scores.score_directed,
        scores.snapshot_id,
        scores.source_model_key,
        scores.variant_id,
        case
            when names.confidence_rank <= confidences.confidence_rank
                then names.candidate_model_id
            else names.own_model_id
        end as model
    from newest
    inner join scores
        on newest.snapshot_id = scores.snapshot_id and newest.benchmark_id = scores.benchmark_id
    inner join names
        on
            scores.snapshot_id = names.snapshot_id
            and scores.source_model_key = names.source_model_key
    cross join confidences
),

placed as (
    select
        *,
        row_number() over (
            partition by confidence, benchmark_id, model
            order by try_cast(source_model_key as bigint), source_model_key, variant_id, snapshot_id
        ) as place
    from identified
),

final as (
    select
        confidence,
        source_id,
        model,
        benchmark_id,
        score_directed
    from placed
    where place = 1
)

select * from final
