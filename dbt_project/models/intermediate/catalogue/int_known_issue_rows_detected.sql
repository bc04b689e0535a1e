-- The rows each known problem touches, found in the data by the rule that defines the problem.
with scores as (
    select * from {{ ref('int_scores_evidenced') }}
),

benchmarks as (
    select * from {{ ref('benchmarks') }}
),

observers as (
    select * from {{ ref('int_observers_assessed') }}
),

coverages as (
    select * from {{ ref('int_observer_coverages_counted') }}
),

trial_snapshots as (
    select
        source_id,
        snapshot_id
    from {{ ref('snapshots') }}
    where snapshot_id like 'trials%'
),

submissions as (
    select * from {{ ref('stg_brainscore_leaderboard_2025_05__submissions') }}
),

leaves_2025 as (
    select
        scores.source_model_key,
        scores.benchmark_id,
        scores.score
    from scores
    inner join benchmarks on scores.benchmark_id = benchmarks.benchmark_id
    where
        scores.snapshot_id = 'brainscore_2025_05'
        and scores.score is not null
        and not benchmarks.is_aggregate
        and benchmarks.modality in ('neural', 'behavioural')
),

twins as (
    select
        a.source_model_key as key_a,
        b.source_model_key as key_b,
        count(*) as n_shared,
        max(abs(a.score - b.score)) as max_difference
    from leaves_2025 as a
    inner join leaves_2025 as b
        on a.benchmark_id = b.benchmark_id and a.source_model_key < b.source_model_key
    group by all
    having count(*) >= 20 and max(abs(a.score - b.score)) <= .003 + 1e-9
),

same_names as (
    select
        source_model_key,
        source_model_name,
        _file,
        _row,
        count(*) over (partition by source_model_name) as n_same
    from submissions
),

old_scores as (
    select * from scores
    where snapshot_id = 'brainscore_2025_05_old'
),

found as (
    select
        'bs2024_aggregates' as issue_id,
        scores.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        'published aggregate' as detail,
        scores._file,
        scores._row
    from scores
    inner join benchmarks on scores.benchmark_id = benchmarks.benchmark_id
    where
        scores.snapshot_id = 'brainscore_2024_01_01'
        and benchmarks.is_aggregate
        and scores.score is not null

    union all
    select
        'bs2024_raw_only',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'printed X, raw ' || score_raw,
        _file,
        _row
    from scores
    where snapshot_id = 'brainscore_2024_01_01' and state_evidence = 'raw only'

    union all
    select
        'bs2024_printed_negatives',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'score ' || score,
        _file,
        _row
    from scores
    where snapshot_id = 'brainscore_2024_01_01' and score < 0

    union all
    select
        'bs2024_kar_failed',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'printed nan',
        _file,
        _row
    from scores
    where
        snapshot_id = 'brainscore_2024_01_01'
        and benchmark_id = 'Kar2019-ost'
        and state = 'failed'

    union all
    select
        'bs2025_leading_blanks',
        snapshot_id,
        source_model_key,
        null,
        'published as ''' || published_name || '''',
        _file,
        _row
    from submissions
    where published_name != source_model_name

    union all
    select
        'bs_duplicate_names',
        'brainscore_2025_05',
        source_model_key,
        null,
        source_model_name || ' stands under ' || n_same || ' ids',
        _file,
        _row
    from same_names
    where n_same > 1

    union all
    select
        'bs2025_one_decimal',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'printed ' || score,
        _file,
        _row
    from scores
    where snapshot_id = 'brainscore_2025_05' and score >= 1

    union all
    select
        'bs2025_state_disagreement',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'new file says ' || state,
        _file,
        _row
    from scores
    where
        snapshot_id = 'brainscore_2025_05'
        and state != 'scored'
        and state_evidence = 'new_only'

    union all
    select
        'bs2025_numbers_disagree',
        scores.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        'old file ' || old_scores.score || ', new file ' || scores.score,
        scores._file,
        scores._row
    from scores
    inner join old_scores
        on
            scores.source_model_key = old_scores.source_model_key
            and scores.benchmark_id = old_scores.benchmark_id
    where scores.snapshot_id = 'brainscore_2025_05' and scores.score != old_scores.score

    union all
    select
        'bs_at_chance',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'ImageNet top-1 ' || score,
        _file,
        _row
    from scores
    where
        benchmark_id = 'ImageNet-top1'
        and score <= .019
        and snapshot_id in ('brainscore_2024_01_01', 'brainscore_2025_05')

    union all
    select
        'bs2025_score_twins',
        'brainscore_2025_05',
        twins.key_a,
        null,
        'as id ' || twins.key_b || ' on ' || twins.n_shared || ' leaves, largest difference '
        || round(twins.max_difference, 3),
        submissions._file,
        submissions._row
    from twins
    inner join submissions on twins.key_a = submissions.source_model_key

    union all
    select
        'wichmann_average',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'printed average',
        _file,
        _row
    from scores
    where benchmark_id = 'average_vision_2020'

    union all
    select
        'monthly_level',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'recomputed composite',
        _file,
        _row
    from scores
    where benchmark_id = 'average_vision_monthly' and score is not null

    union all
    select
        'metadata_wrong_checkpoints',
        'brainscore_2025_05',
        source_model_name,
        null,
        'names ' || checkpoint_identifier,
        _file,
        _row
    from {{ ref('stg_brainscore_model_metadata__models') }}
    where
        source_model_name in (
            'vit_large_patch14_clip_336:laion2b_ft_in1k', 'resnext101_32x8d_wsl'
        )

    union all
    select
        'scaling_missing_v2',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'empty cell',
        _file,
        _row
    from scores
    where snapshot_id = 'scaling_2024' and state = 'never_run'

    union all
    select
        'vpt_duplicated_names',
        snapshot_id,
        source_model_key,
        benchmark_id,
        'second row of this name',
        _file,
        _row
    from scores
    where snapshot_id = 'vpt_2024' and variant_id != ''

    union all
    select
        'timm_two_sizes',
        snapshot_id,
        source_model_key,
        null,
        'image sizes ' || string_agg(distinct variant_id, ', ' order by variant_id),
        min(_file),
        min(_row)
    from scores
    where snapshot_id = 'timm_2025_10_30'
    group by snapshot_id, source_model_key
    having count(distinct variant_id) > 1

    union all
    select
        'sucholutsky2023_misprints',
        'timm_2022_07_27',
        timm_name,
        null,
        'printed ' || printed_name,
        'dbt_project/seeds/sucholutsky2023_models.csv',
        position
    from {{ ref('sucholutsky2023_models') }}
    where repair is not null

    union all
    select
        case
            when observers.is_broken then 'trials_broken_heads'
            when observers.is_duplicate then 'trials_second_names'
            else 'trials_partial_models'
        end,
        trial_snapshots.snapshot_id,
        observers.observer_id,
        null,
        case
            when observers.is_broken
                then
                    'right on ' || round(100 * observers.accuracy_undistorted, 1)
                    || ' % of undistorted images'
            when observers.is_duplicate then 'the answers of ' || observers.duplicate_of
            else
                observers.n_datasets || ' datasets'
                || coalesce(', in part: ' || observers.partial_datasets, '')
        end,
        null,
        null
    from observers
    inner join trial_snapshots on observers.source_id = trial_snapshots.source_id
    where
        not observers.is_human
        and (observers.is_broken or observers.is_duplicate or observers.is_partial)

    union all
    select
        'trials_repeated_people',
        trial_snapshots.snapshot_id,
        coverages.observer_id,
        null,
        coverages.n_trials || ' trials of ' || coverages.dataset_id
        || ' stand in ' || coverages.repeats_source_id,
        null,
        null
    from coverages
    inner join trial_snapshots on coverages.source_id = trial_snapshots.source_id
    where coverages.repeats_source_id is not null

    union all
    select
        'bs2024_error_consistency',
        scores.snapshot_id,
        scores.source_model_key,
        scores.benchmark_id,
        'published ' || scores.score_raw || ' before its ceiling',
        scores._file,
        scores._row
    from scores
    where
        scores.snapshot_id = 'brainscore_2024_01_01'
        and scores.state = 'scored'
        and scores.benchmark_id like 'Geirhos2021%-error_consistency'
        and scores.benchmark_id != 'Geirhos2021-error_consistency'
),

final as (
    select
        *,
        row_number() over (
            partition by issue_id order by snapshot_id, source_model_key, benchmark_id, detail
        ) as issue_row
    from found
)

select * from final
