with halves as (
    select * from {{ ref('int_trial_halves_estimated') }}
    where not is_human and not is_excluded
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where not is_human and not is_broken and not is_partial and duplicate_of is null
),

pairs as (
    select * from {{ ref('int_observer_pairs_estimated') }}
    where pair_kind = 'model-human' and condition != 'all' and not is_excluded
),

models as (
    select
        halves.dataset_id,
        halves.source_id,
        halves.observer_id,
        avg(halves.accuracy_even) as accuracy_even,
        avg(halves.accuracy_odd) as accuracy_odd,
        avg(halves.error_consistency_even) as error_consistency_even,
        avg(halves.error_consistency_odd) as error_consistency_odd
    from halves
    inner join observers using (source_id, observer_id)
    group by all
),

split as (
    select
        dataset_id,
        'accuracy' as measure,
        count(*) as n_models,
        case
            when isfinite(corr(accuracy_even, accuracy_odd)) then corr(accuracy_even, accuracy_odd)
        end as split_half_estimate
    from models
    group by dataset_id
    having count(*) >= 3
    union all
    select
        dataset_id,
        'error_consistency' as measure,
        count(error_consistency_even) as n_models,
        case
            when isfinite(corr(error_consistency_even, error_consistency_odd))
                then corr(error_consistency_even, error_consistency_odd)
        end as split_half_estimate
    from models
    group by dataset_id
    having count(error_consistency_even) >= 3
),

per_subject as (
    select
        pairs.dataset_id,
        pairs.source_a,
        pairs.observer_a,
        pairs.observer_b as subject,
        avg(pairs.error_consistency) as error_consistency
    from pairs
    inner join observers
        on pairs.source_a = observers.source_id and pairs.observer_a = observers.observer_id
    group by all
),

subject_pairs as (
    select
        a.dataset_id,
        a.subject as subject_a,
        b.subject as subject_b,
        corr(a.error_consistency, b.error_consistency) as estimate
    from per_subject as a
    inner join per_subject as b
        on
            a.dataset_id = b.dataset_id
            and a.source_a = b.source_a
            and a.observer_a = b.observer_a
            and a.subject < b.subject
    group by all
    having count(a.error_consistency + b.error_consistency) >= 3
),

subjects as (
    select
        dataset_id,
        'error_consistency' as measure,
        count(*) as n_subject_pairs,
        avg(estimate) as subject_estimate
    from subject_pairs
    where isfinite(estimate)
    group by dataset_id
),

final as (
    select
        split.dataset_id,
        split.measure,
        split.n_models,
        split.split_half_estimate,
        2 * split.split_half_estimate / nullif(1 + split.split_half_estimate, 0) as reliability,
        coalesce(subjects.n_subject_pairs, 0) as n_subject_pairs,
        subjects.subject_estimate
    from split
    left join subjects using (dataset_id, measure)
)

select * from final
