-- Each cohort's rule applied to every model of its snapshot, in the order of the definition. The
-- first rule that a model fails is the reason it left (METHODS §3).
with cohorts as (
    select * from {{ ref('cohorts') }}
),

benchmark_sets as (
    select * from {{ ref('benchmark_sets') }}
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
),

scaling_models as (
    select
        source_model_key,
        bool_or(is_random) as is_random,
        bool_or(is_pretrained) as is_pretrained
    from {{ ref('stg_scaling_primate_vvs__benchmark_scores') }}
    group by source_model_key
),

sucholutsky2023_models as (
    select * from {{ ref('sucholutsky2023_models') }}
),

-- submissions with all 50 core leaves in 2024 and in 2025: what changed is then not who was scored
complete_in_both as (
    select source_model_key
    from (
        select
            scores.snapshot_id,
            scores.source_model_key
        from scores
        inner join benchmark_sets on scores.benchmark_id = benchmark_sets.benchmark_id
        where
            benchmark_sets.benchmark_set = 'core_50'
            and scores.snapshot_id in ('brainscore_2024_01_01', 'brainscore_2025_05')
        group by scores.snapshot_id, scores.source_model_key
        having count(scores.score) = 50
    ) as complete
    group by source_model_key
    having count(*) = 2
),

-- the members of brainscore_2025_complete, for their agreement over fewer benchmarks
complete_on_80 as (
    select scores.source_model_key
    from scores
    inner join benchmark_sets on scores.benchmark_id = benchmark_sets.benchmark_id
    where
        benchmark_sets.benchmark_set = 'neural_and_behaviour_80'
        and scores.snapshot_id = 'brainscore_2025_05'
    group by scores.source_model_key
    having count(scores.score) = 80
),

-- 2025 does not print every accuracy that the 2024 snapshot has for the same submission
accuracies as (
    select
        source_model_key,
        arg_max(score, snapshot_id) as imagenet_top1
    from scores
    where
        benchmark_id = 'ImageNet-top1'
        and score is not null
        and snapshot_id in ('brainscore_2024_01_01', 'brainscore_2025_05')
    group by source_model_key
),

-- the 2024 cohorts know 2024's accuracies alone
accuracies_2024 as (
    select
        source_model_key,
        score as imagenet_top1
    from scores
    where benchmark_id = 'ImageNet-top1' and snapshot_id = 'brainscore_2024_01_01'
),

cohort_benchmarks as (
    select
        cohorts.cohort_id,
        cohorts.snapshot_id,
        benchmark_sets.benchmark_id,
        count(*) over (partition by cohorts.cohort_id) as n_cohort_benchmarks
    from cohorts
    inner join benchmark_sets on cohorts.benchmark_set = benchmark_sets.benchmark_set
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
    inner join scores
        on
            cohort_benchmarks.snapshot_id = scores.snapshot_id
            and cohort_benchmarks.benchmark_id = scores.benchmark_id
    group by all
),

described as (
    select
        coverage.*,
        cohorts.accuracy_floor,
        cohorts.is_complete_case,
        cohorts.is_deduplicated,
        case
            when coverage.snapshot_id = 'brainscore_2025_05' then accuracies.imagenet_top1
            when coverage.snapshot_id = 'brainscore_2024_01_01'
                then accuracies_2024.imagenet_top1
        end as imagenet_top1,
        case cohorts.model_filter
            when 'trained' then not coalesce(scaling_models.is_random, false)
            when 'pretrained' then coalesce(scaling_models.is_pretrained, false)
            when 'sucholutsky2023' then sucholutsky2023_models.timm_name is not null
            when 'complete_in_both' then complete_in_both.source_model_key is not null
            when 'complete_on_80' then complete_on_80.source_model_key is not null
            else true
        end as is_in_filter
    from coverage
    inner join cohorts on coverage.cohort_id = cohorts.cohort_id
    left join accuracies on coverage.source_model_key = accuracies.source_model_key
    left join accuracies_2024 on coverage.source_model_key = accuracies_2024.source_model_key
    left join scaling_models on coverage.source_model_key = scaling_models.source_model_key
    left join sucholutsky2023_models on coverage.source_model_name = sucholutsky2023_models.timm_name
    left join complete_in_both on coverage.source_model_key = complete_in_both.source_model_key
    left join complete_on_80 on coverage.source_model_key = complete_on_80.source_model_key
),

screened as (
    select
        *,
        case
            when not is_in_filter then 'not_in_list'
            when n_scored = 0 then 'never_scored'
            when is_complete_case and n_scored < n_cohort_benchmarks then 'incomplete'
            when imagenet_top1 <= accuracy_floor then 'accuracy_floor'
        end as first_reason
    from described
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

reasoned as (
    select
        *,
        coalesce(
            first_reason,
            case when is_deduplicated and place_in_name > 1 then 'duplicate' end
        ) as exclusion_reason
    from ranked
),

final as (
    select
        cohort_id,
        snapshot_id,
        source_model_key,
        source_model_name,
        variant_id,
        exclusion_reason is null as is_member,
        exclusion_reason,
        n_scored,
        n_cohort_benchmarks,
        imagenet_top1
    from reasoned
)

select * from final
