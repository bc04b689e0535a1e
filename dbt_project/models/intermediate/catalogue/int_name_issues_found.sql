-- Known problems of names and of what is said about a name.
with accuracies as (select * from {{ ref('int_imagenet_accuracies_compared') }}),
explained as (select * from {{ ref('link_contradictions') }}),
submissions as (select * from {{ ref('stg_brainscore_leaderboard_2025_05__submissions') }}),

same_names as (
    select
        *,
        count(*) over (partition by source_model_name) as n_same
    from submissions
),

final as (
    select
        'bs2025_leading_blanks' as issue_id,
        snapshot_id,
        source_model_key,
        'published as ''' || published_name || '''' as detail,
        _file,
        _row
    from submissions
    where published_name != source_model_name
    union all by name
    select
        'bs_duplicate_names' as issue_id,
        snapshot_id,
        source_model_key,
        source_model_name || ' stands under ' || n_same || ' ids' as detail,
        _file,
        _row
    from same_names
    where n_same > 1
    union all by name
    select
        'links_contradicted' as issue_id,
        accuracies.snapshot_id,
        accuracies.source_model_key,
        accuracies.benchmark_id,
        'prints ' || round(accuracies.imagenet_top1, 2) || ', '
        || round(accuracies.imagenet_top1_elsewhere, 2) || ' in '
        || accuracies.elsewhere_snapshot_id || coalesce('. ' || explained.reason, '') as detail,
        accuracies._file,
        accuracies._row
    from accuracies
    inner join {{ ref('int_model_names_resolved') }} using (snapshot_id, source_model_key)
    left join explained using (namespace, source_model_name)
    where accuracies.is_contradicted
    union all by name
    select
        'imagenet_typed' as issue_id,
        snapshot_id,
        source_model_key,
        benchmark_id,
        imagenet_top1_evidence as detail,
        _file,
        _row
    from accuracies
    where benchmark_id = 'ImageNet-top1' and imagenet_top1_origin = 'typed'
    union all by name
    select
        'metadata_wrong_checkpoints' as issue_id,
        snapshot_id,
        source_model_key,
        'names ' || checkpoint_identifier as detail,
        _file,
        _row
    from {{ ref('stg_brainscore_model_metadata__models') }}
    where
        source_model_name in (
            'vit_large_patch14_clip_336:laion2b_ft_in1k', 'resnext101_32x8d_wsl'
        )
    union all by name
    select
        'relationships_wrong_parent' as issue_id,
        snapshot_id,
        source_model_key,
        relation || ' ' || parent_name as detail,
        _file,
        _row
    from {{ ref('stg_brainscore_web_metadata__model_relationships') }}
    where source_model_name = 'vit_large_patch14_clip_336:laion2b_ft_in1k'
    union all by name
    select
        'timm_two_sizes' as issue_id,
        snapshot_id,
        source_model_key,
        'image sizes ' || string_agg(distinct variant_id, ', ' order by variant_id) as detail,
        min(_file) as _file,
        first(_row order by _file, _row) as _row
    from {{ ref('stg_timm_results__results_2025_10_30') }}
    group by snapshot_id, source_model_key
    having count(distinct variant_id) > 1
    union all by name
    select
        'sucholutsky2023_misprints' as issue_id,
        'timm_2022_07_27' as snapshot_id,
        timm_name as source_model_key,
        'printed ' || printed_name as detail,
        'dbt_project/seeds/sucholutsky2023_models.csv' as _file,
        position as _row
    from {{ ref('sucholutsky2023_models') }}
    where repair is not null
    union all by name
    -- networks under timm's full names were read out by another path of the study's code
    select
        'cortex_two_readouts' as issue_id,
        snapshot_id,
        source_model_key,
        benchmark_id,
        published_benchmark as detail,
        _file,
        _row
    from {{ ref('int_scores_unioned') }}
    where
        snapshot_id = 'rsa_effective_robustness_2026'
        and contains(benchmark_id, '.encoding.')
        and contains(source_model_key, '.')
)

select * from final
