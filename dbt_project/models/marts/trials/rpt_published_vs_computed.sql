with behaviours as (
    select * from {{ ref('int_dataset_behaviours_averaged') }}
),

datasets as (
    select * from {{ ref('trial_datasets') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
),

ceilings as (
    select
        dataset_id,
        avg(error_consistency) as error_consistency
    from {{ ref('int_subjects_compared') }}
    group by dataset_id
),

published as (
    select
        names.model_id,
        scores.snapshot_id as published_in,
        scores.source_model_key,
        datasets.dataset_id,
        case
            when ends_with(scores.benchmark_id, '-top1') then 'accuracy'
            else 'error_consistency'
        end as measure,
        scores.score as published,
        coalesce(
            scores.score_raw,
            case when ends_with(scores.benchmark_id, '-top1') then scores.score end
        ) as published_raw
    from scores
    inner join datasets
        on
            scores.benchmark_id = datasets.brainscore_prefix || '-top1'
            or scores.benchmark_id = datasets.brainscore_prefix || '-error_consistency'
    inner join names using (snapshot_id, source_model_key)
    where
        scores.score is not null
        and scores.snapshot_id in ('brainscore_2024_01_01', 'brainscore_2025_05')
),

beside as (
    select
        behaviours.source_id,
        behaviours.observer_id,
        own.model_id,
        published.published_in,
        published.source_model_key,
        behaviours.dataset_id,
        published.measure,
        published.published,
        published.published_raw,
        case published.measure
            when 'accuracy' then behaviours.ood_accuracy
            else behaviours.error_consistency
        end as computed,
        case published.measure
            when 'accuracy' then behaviours.ood_accuracy
            else behaviours.error_consistency / ceilings.error_consistency
        end as computed_ceiled,
        case published.measure
            when 'error_consistency' then published.published_raw / nullif(published.published, 0)
        end as published_ceiling,
        case published.measure when 'error_consistency' then ceilings.error_consistency end
            as computed_ceiling
    from behaviours
    inner join names as own
        on
            own.namespace = 'toolbox'
            and behaviours.source_id = own.source_id
            and behaviours.observer_id = own.source_model_key
    inner join published using (model_id, dataset_id)
    left join ceilings using (dataset_id)
),

own_words as (
    {% for source_id in ['model_vs_human_swag_branch', 'model_vs_human_fork_tizianthieringer'] %}
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

compared as (
    select * from beside
    union all
    select
        behaviours.source_id,
        behaviours.observer_id,
        own.model_id,
        behaviours.source_id || '/performances' as published_in,
        behaviours.observer_id as source_model_key,
        behaviours.dataset_id,
        'accuracy_all_conditions' as measure,
        own_words.performance as published,
        own_words.performance as published_raw,
        behaviours.accuracy_all_conditions as computed,
        behaviours.accuracy_all_conditions as computed_ceiled,
        null as published_ceiling,
        null as computed_ceiling
    from behaviours
    inner join own_words using (source_id, observer_id, dataset_id)
    left join names as own
        on
            own.namespace = 'toolbox'
            and behaviours.source_id = own.source_id
            and behaviours.observer_id = own.source_model_key
),

final as (
    select
        source_id,
        observer_id,
        model_id,
        dataset_id,
        measure,
        published_in,
        source_model_key,
        published,
        published_raw,
        computed,
        computed_ceiled,
        published_ceiling,
        computed_ceiling,
        computed - published_raw as difference,
        computed_ceiled - published as difference_ceiled
    from compared
)

select * from final
