-- Our own measures of each model on the toolbox's datasets, in the columns of published scores, so
-- that they enter every mart beside them. Broken observers are left out, and a second name for the
-- same answers inside a source; a score made of many files names the first of them. Its
-- error is that of drawing images and people again; shape bias has none.
with behaviours as (select * from {{ ref('int_dataset_behaviours_averaged') }}),
summaries as (select * from {{ ref('int_behaviours_summarised') }}),
datasets as (
    select * from {{ ref('trial_datasets') }}
    where is_toolbox
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
    where
        not is_human
        and not is_broken
        and split_part(coalesce(duplicate_of, ''), '/', 1) != source_id
),

shape_biases as (
    select * from {{ ref('int_shape_biases_counted') }}
    semi join datasets using (dataset_id)
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

measured as (
    select
        source_id,
        observer_id,
        'trials.' || dataset_id || '.' as prefix,
        error_consistency,
        ood_accuracy as accuracy
    from behaviours
    semi join datasets using (dataset_id)
    union all by name
    select
        source_id,
        observer_id,
        'trials.' as prefix,
        accuracy_difference,
        observed_consistency,
        error_consistency,
        ood_accuracy
    from summaries
    where n_datasets = 17
    union all by name
    select
        source_id,
        observer_id,
        'trials.' || dataset_id || '.' as prefix,
        n_shape / nullif(n_shape + n_texture, 0) as shape_bias
    from shape_biases
),

scores as (
    unpivot measured
    on error_consistency, accuracy, accuracy_difference, observed_consistency, ood_accuracy,
    shape_bias
    into name measure value score
),

intervals as (
    select
        * replace (
            if(dataset_id = 'all', measure, replace(measure, 'ood_accuracy', 'accuracy')) as measure
        ),
        if(dataset_id = 'all', 'trials.', 'trials.' || dataset_id || '.') as prefix
    from {{ ref('int_behaviours_resampled') }}
),

final as (
    select
        snapshots.snapshot_id,
        scores.observer_id as source_model_key,
        scores.observer_id as source_model_name,
        '' as variant_id,
        scores.prefix || scores.measure as benchmark_id,
        benchmark_id as published_benchmark,
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
    left join intervals using (source_id, observer_id, prefix, measure)
)

select * from final
