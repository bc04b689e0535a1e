with behaviours as (select * from {{ ref('int_dataset_behaviours_averaged') }}),

observers as (
    select * from {{ ref('dim_observers') }}
    where not is_human
),

datasets as (select * from {{ ref('trial_datasets') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where score is not null and snapshot_id in ('brainscore_2024_01_01', 'brainscore_2025_05')
),

ceilings as (
    select
        dataset_id,
        error_consistency as human_consistency
    from {{ ref('rpt_human_ceilings') }}
),

published as (
    select
        names.model_id,
        scores.snapshot_id as published_in,
        scores.source_model_key,
        datasets.dataset_id,
        if(ends_with(scores.benchmark_id, '-top1'), 'accuracy', 'error_consistency') as measure,
        scores.score as published,
        if(measure = 'accuracy', coalesce(scores.score_raw, scores.score), scores.score_raw)
            as published_raw
    from scores
    inner join datasets
        on
            scores.benchmark_id = datasets.brainscore_prefix || '-top1'
            or scores.benchmark_id = datasets.brainscore_prefix || '-error_consistency'
    inner join names using (snapshot_id, source_model_key)
),

own_words as (
    {% for source_id in [
        'model_vs_human_swag_branch', 'model_vs_human_fork_tizianthieringer',
        'model_vs_human_fork_zhanqi'
    ] %}
    select
        '{{ source_id }}' as source_id,
        observer_id,
        dataset_id,
        performance
    from {{ ref('stg_' ~ source_id ~ '__performances') }}
    where metric_name = 'accuracy (top-1)'
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

measured as (
    select
        behaviours.*,
        observers.model_id,
        ceilings.human_consistency
    from behaviours
    left join observers using (source_id, observer_id)
    left join ceilings using (dataset_id)
),

compared as (
    select
        measured.source_id,
        measured.observer_id,
        published.*,
        if(published.measure = 'accuracy', measured.ood_accuracy, measured.error_consistency)
            as computed,
        if(
            published.measure = 'accuracy',
            computed,
            measured.error_consistency / measured.human_consistency
        ) as computed_ceiled,
        if(published.measure = 'accuracy', null, published_raw / nullif(published, 0))
            as published_ceiling,
        if(published.measure = 'accuracy', null, measured.human_consistency) as computed_ceiling
    from measured
    inner join published using (model_id, dataset_id)
    union all by name
    select
        measured.source_id,
        measured.observer_id,
        measured.model_id,
        measured.dataset_id,
        'accuracy_all_conditions' as measure,
        measured.source_id || '/performances' as published_in,
        measured.observer_id as source_model_key,
        own_words.performance as published,
        own_words.performance as published_raw,
        measured.accuracy_all_conditions as computed,
        measured.accuracy_all_conditions as computed_ceiled
    from measured
    inner join own_words using (source_id, observer_id, dataset_id)
),

final as (
    select
        *,
        computed - published_raw as difference,
        computed_ceiled - published as difference_ceiled
    from compared
)

select * from final
