-- Our own measures of each model on the toolbox's datasets, in the columns of published scores, so
-- that they enter every mart beside them. Broken observers are left out, and a second name for the
-- same answers inside a source; a score made of many files names the first of them. Its
-- error is that of drawing images and people again; shape bias has none.
with behaviours as (select * from {{ ref('int_dataset_behaviours_averaged') }}),
summaries as (select * from {{ ref('int_behaviours_summarised') }}),
datasets as (select * from {{ ref('trial_datasets') }}),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where
        not is_human
        and not is_broken
        and split_part(coalesce(duplicate_of, ''), '/', 1) != source_id
),

shape_biases as (
    select * from {{ ref('int_shape_biases_counted') }}
    where not is_human and is_all_categories
),

snapshots as (
    select * from {{ ref('snapshots') }}
    where namespace = 'toolbox'
),

files as (
    select
        source_id,
        observer_id,
        min(_file) as _file,
        arg_min(_load_id, _file) as _load_id
    from {{ ref('int_trials_unioned') }}
    where not is_human
    group by all
),

by_dataset as (
    select
        behaviours.source_id,
        behaviours.observer_id,
        behaviours.dataset_id,
        behaviours.error_consistency,
        behaviours.ood_accuracy as accuracy
    from behaviours
    inner join datasets using (dataset_id)
    where datasets.is_toolbox
),

of_datasets as (
    unpivot by_dataset
    on error_consistency, accuracy
    into name measure value score
),

toolbox as (
    select
        source_id,
        observer_id,
        accuracy_difference,
        observed_consistency,
        error_consistency,
        ood_accuracy
    from summaries
    where n_datasets = 17
),

overall as (
    unpivot toolbox
    on accuracy_difference, observed_consistency, error_consistency, ood_accuracy
    into name measure value score
),

intervals as (
    select
        *,
        case dataset_id
            when 'all' then 'trials.' || measure
            else 'trials.' || dataset_id || '.' || replace(measure, 'ood_accuracy', 'accuracy')
        end as benchmark_id
    from {{ ref('int_behaviours_resampled') }}
),

scores as (
    select
        source_id,
        observer_id,
        'trials.' || dataset_id || '.' || measure as benchmark_id,
        score
    from of_datasets
    union all
    select
        source_id,
        observer_id,
        'trials.' || measure as benchmark_id,
        score
    from overall
    union all
    select
        source_id,
        observer_id,
        'trials.cue-conflict.shape_bias' as benchmark_id,
        n_shape / nullif(n_shape + n_texture, 0) as score
    from shape_biases
),

final as (
    select
        snapshots.snapshot_id,
        scores.observer_id as source_model_key,
        scores.observer_id as source_model_name,
        '' as variant_id,
        scores.benchmark_id,
        scores.benchmark_id as published_benchmark,
        '' as benchmark_version,
        scores.score as score_raw,
        scores.score,
        intervals.standard_error as error,
        'scored' as state,
        'computed from trials' as state_evidence,
        files._load_id,
        files._file,
        cast(null as bigint) as _row
    from scores
    inner join snapshots using (source_id)
    inner join observers using (source_id, observer_id)
    inner join files using (source_id, observer_id)
    left join intervals using (source_id, observer_id, benchmark_id)
    where scores.score is not null
)

select * from final
