with correlations as (select * from {{ ref('fct_benchmark_correlations') }}),
cohorts as (select * from {{ ref('dim_cohorts') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),
doubted as (select * from {{ ref('int_benchmarks_doubted') }}),
weights as (select * from {{ ref('bridge_cohort_benchmarks') }}),
drawn as (select * from {{ ref('int_null_cohorts_drawn') }}),

means as (
    select * from {{ ref('rpt_agreement_means') }}
    where pairs = 'all'
),

paired as (
    select
        correlations.*,
        a.modality as modality_a,
        b.modality as modality_b,
        a.modality = b.modality as is_same_modality,
        coalesce(a.region = b.region, false) as is_same_region,
        coalesce(a.dataset = b.dataset, false) as is_same_dataset,
        doubted_a.is_doubted or doubted_b.is_doubted as is_doubted,
        weight_a.whole_weight * weight_b.whole_weight as pair_weight
    from correlations
    left join benchmarks as a on correlations.benchmark_a = a.benchmark_id
    left join benchmarks as b on correlations.benchmark_b = b.benchmark_id
    left join doubted as doubted_a on correlations.benchmark_a = doubted_a.benchmark_id
    left join doubted as doubted_b on correlations.benchmark_b = doubted_b.benchmark_id
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
        avg(cast(p_bonferroni_naive < .05 as int)) as share_significant_naive,
        sum(estimate * pair_weight) / sum(case when estimate is not null then pair_weight end)
            as mean_hierarchy_weighted,
        avg(estimate) filter (where modality_a = 'neural' and modality_b = 'neural')
            as mean_within_neural,
        avg(estimate) filter (where modality_a = 'behavioural' and modality_b = 'behavioural')
            as mean_within_behaviour,
        avg(estimate) filter (
            where modality_a = 'neural' and modality_b = 'neural' and not is_same_dataset
        ) as mean_neural_between_datasets,
        avg(estimate) filter (
            where modality_a = 'behavioural' and modality_b = 'behavioural' and not is_same_dataset
        ) as mean_behaviour_between_datasets,
        avg(estimate) filter (where not is_same_modality) as mean_between_modalities,
        case
            when bool_or(is_doubted) then avg(estimate) filter (where not is_doubted)
        end as mean_undoubted,
        avg(estimate) filter (where is_same_dataset) as mean_same_dataset,
        avg(estimate) filter (where is_same_region and not is_same_dataset) as mean_same_region,
        avg(estimate) filter (
            where is_same_modality and not is_same_region and not is_same_dataset
        ) as mean_same_modality,
        avg(estimate) filter (where not is_same_modality and not is_same_dataset) as mean_across,
        -- a mean over a minority of the pairs would stand for other pairs than the plain one
        case
            when 2 * count(estimate_disattenuated) >= count(estimate)
                then avg(estimate_disattenuated)
        end as mean_disattenuated,
        avg(estimate) filter (where estimate_disattenuated is not null) as mean_with_reliability,
        count(estimate_disattenuated) as n_disattenuated
    from paired
    where level = 'leaf'
    group by all
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
    group by all
),

final as (
    select
        leaves.*,
        cohorts.n_models,
        cohorts.n_benchmarks,
        means.n_families,
        means.effective_families,
        means.n_datasets,
        means.effective_datasets,
        levels.* exclude (cohort_id, method),
        spearman.ci_low,
        spearman.ci_high,
        spearman.family_ci_low,
        spearman.family_ci_high,
        spearman.dataset_ci_low,
        spearman.dataset_ci_high,
        drawn.* exclude (cohort_id)
    from leaves
    inner join cohorts using (cohort_id)
    inner join levels using (cohort_id, method)
    left join means using (cohort_id)
    -- only Spearman has intervals
    left join means as spearman
        on leaves.cohort_id = spearman.cohort_id and leaves.method = 'spearman'
    left join drawn on leaves.cohort_id = drawn.cohort_id and leaves.method = 'spearman'
)

select * from final
