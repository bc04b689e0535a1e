with correlations as (
    select * from {{ ref('fct_benchmark_correlations') }}
),

cohorts as (
    select * from {{ ref('dim_cohorts') }}
),

benchmarks as (
    select * from {{ ref('dim_benchmarks') }}
),

weights as (
    select * from {{ ref('bridge_cohort_benchmarks') }}
),

resampled as (
    select * from {{ ref('int_cohort_means_resampled') }}
),

partials as (
    select * from {{ ref('int_partial_means_resampled') }}
),

families as (
    select
        cohort_id,
        count(distinct family) as n_families
    from {{ ref('int_cohort_scores_attributed') }}
    where level = 'leaf'
    group by cohort_id
),

paired as (
    select
        correlations.*,
        a.modality as modality_a,
        b.modality as modality_b,
        a.modality = b.modality as is_same_modality,
        coalesce(a.region = b.region, false) as is_same_region,
        coalesce(a.dataset = b.dataset, false) as is_same_dataset,
        weight_a.whole_weight * weight_b.whole_weight as pair_weight
    from correlations
    left join benchmarks as a on correlations.benchmark_a = a.benchmark_id
    left join benchmarks as b on correlations.benchmark_b = b.benchmark_id
    left join weights as weight_a
        on
            correlations.cohort_id = weight_a.cohort_id
            and correlations.benchmark_a = weight_a.benchmark_id
    left join weights as weight_b
        on
            correlations.cohort_id = weight_b.cohort_id
            and correlations.benchmark_b = weight_b.benchmark_id
),

leaves as (
    select
        cohort_id,
        method,
        avg(estimate) as mean_estimate,
        count(estimate) as n_pairs,
        min(n_models) as min_pair_models,
        median(estimate) as median_estimate,
        min(estimate) as min_estimate,
        max(estimate) as max_estimate,
        avg(cast(estimate < 0 as int)) as share_negative,
        avg(cast(p_bonferroni < .05 as int)) as share_significant,
        sum(estimate * pair_weight) / sum(case when estimate is not null then pair_weight end)
            as mean_hierarchy_weighted,
        avg(estimate) filter (where modality_a = 'neural' and modality_b = 'neural')
            as mean_within_neural,
        avg(estimate) filter (where modality_a = 'behavioural' and modality_b = 'behavioural')
            as mean_within_behaviour,
        avg(estimate) filter (where not is_same_modality) as mean_between_modalities,
        avg(estimate) filter (where is_same_dataset) as mean_same_dataset,
        avg(estimate) filter (where is_same_region and not is_same_dataset) as mean_same_region,
        avg(estimate) filter (
            where is_same_modality and not is_same_region and not is_same_dataset
        ) as mean_same_modality,
        avg(estimate) filter (where not is_same_modality and not is_same_dataset) as mean_across,
        avg(estimate_partial) as mean_partial,
        avg(estimate_on_partial_models) as mean_on_partial_models,
        min(n_partial) filter (where estimate_partial is not null) as min_partial_models,
        max(n_partial) filter (where estimate_partial is not null) as max_partial_models,
        -- a mean over a minority of the pairs would stand for other pairs than the plain one
        case
            when 2 * count(estimate_disattenuated) >= count(estimate)
                then avg(estimate_disattenuated)
        end as mean_disattenuated,
        avg(estimate) filter (where estimate_disattenuated is not null) as mean_with_reliability,
        count(estimate_disattenuated) as n_disattenuated
    from paired
    where level = 'leaf'
    group by cohort_id, method
),

levels as (
    select
        cohort_id,
        method,
        avg(estimate) filter (where level = 'group') as mean_between_groups,
        count(estimate) filter (where level = 'group') as n_group_pairs,
        avg(estimate) filter (where level = 'region') as mean_between_regions,
        avg(estimate) filter (where level = 'modality') as neural_with_behaviour
    from paired
    group by cohort_id, method
),

final as (
    select
        cast(leaves.cohort_id as varchar) as cohort_id,
        cast(leaves.method as varchar) as method,
        cast(leaves.mean_estimate as double) as mean_estimate,
        cast(cohorts.n_models as bigint) as n_models,
        cast(families.n_families as bigint) as n_families,
        cast(cohorts.n_benchmarks as bigint) as n_benchmarks,
        cast(leaves.n_pairs as bigint) as n_pairs,
        cast(leaves.min_pair_models as bigint) as min_pair_models,
        cast(resampled.boot_low as double) as boot_low,
        cast(resampled.boot_high as double) as boot_high,
        cast(resampled.family_boot_low as double) as family_boot_low,
        cast(resampled.family_boot_high as double) as family_boot_high,
        cast(resampled.null_mean as double) as null_mean,
        cast(resampled.null_low as double) as null_low,
        cast(resampled.null_high as double) as null_high,
        cast(resampled.null_percentile as double) as null_percentile,
        cast(resampled.null_median_pair_models as double) as null_median_pair_models,
        cast(leaves.median_estimate as double) as median_estimate,
        cast(leaves.min_estimate as double) as min_estimate,
        cast(leaves.max_estimate as double) as max_estimate,
        cast(leaves.share_negative as double) as share_negative,
        cast(leaves.share_significant as double) as share_significant,
        cast(leaves.mean_hierarchy_weighted as double) as mean_hierarchy_weighted,
        cast(levels.mean_between_groups as double) as mean_between_groups,
        cast(levels.n_group_pairs as bigint) as n_group_pairs,
        cast(leaves.mean_within_neural as double) as mean_within_neural,
        cast(leaves.mean_within_behaviour as double) as mean_within_behaviour,
        cast(leaves.mean_between_modalities as double) as mean_between_modalities,
        cast(leaves.mean_same_dataset as double) as mean_same_dataset,
        cast(leaves.mean_same_region as double) as mean_same_region,
        cast(leaves.mean_same_modality as double) as mean_same_modality,
        cast(leaves.mean_across as double) as mean_across,
        cast(levels.mean_between_regions as double) as mean_between_regions,
        cast(levels.neural_with_behaviour as double) as neural_with_behaviour,
        cast(leaves.mean_partial as double) as mean_partial,
        cast(partials.partial_boot_low as double) as partial_boot_low,
        cast(partials.partial_boot_high as double) as partial_boot_high,
        cast(partials.partial_family_boot_low as double) as partial_family_boot_low,
        cast(partials.partial_family_boot_high as double) as partial_family_boot_high,
        cast(leaves.mean_on_partial_models as double) as mean_on_partial_models,
        cast(leaves.min_partial_models as bigint) as min_partial_models,
        cast(leaves.max_partial_models as bigint) as max_partial_models,
        cast(leaves.mean_disattenuated as double) as mean_disattenuated,
        cast(leaves.mean_with_reliability as double) as mean_with_reliability,
        cast(leaves.n_disattenuated as bigint) as n_disattenuated
    from leaves
    inner join cohorts on leaves.cohort_id = cohorts.cohort_id
    inner join levels on leaves.cohort_id = levels.cohort_id and leaves.method = levels.method
    left join families on leaves.cohort_id = families.cohort_id
    left join partials
        on leaves.cohort_id = partials.cohort_id and leaves.method = 'spearman'
    left join resampled
        on leaves.cohort_id = resampled.cohort_id and leaves.method = 'spearman'
)

select * from final
