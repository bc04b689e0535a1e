{%- set pair = 'ranked.cohort_id, ranked.policy, others.policy' -%}
with pairs as (select * from {{ ref('int_policy_pairs_estimated') }}),
averages as (select * from {{ ref('int_policy_models_averaged') }}),
cohorts as (select * from {{ ref('dim_cohorts') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),
names as (select * from {{ ref('bridge_cohort_models') }}),

cells as (
    select
        cohort_id,
        policy,
        count(distinct benchmark_id) as n_benchmarks,
        avg(cast(is_filled as int)) as share_filled
    from {{ ref('int_policy_cells_filled') }}
    group by all
),

described_pairs as (
    select
        pairs.*,
        a.modality as modality_a,
        b.modality as modality_b,
        a.dataset = b.dataset as is_one_dataset,
        -- Bonferroni over the unique pairs of one matrix
        pairs.p_value * count(pairs.p_value) over (
            partition by pairs.cohort_id, pairs.policy
        ) < .05 as is_significant,
        -- of a pair with the odd-one-out benchmark, the region of the other one
        case 'Hebart2023-match'
            when pairs.benchmark_a then b.region
            when pairs.benchmark_b then a.region
        end as odd_one_out_region
    from pairs
    inner join benchmarks as a on pairs.benchmark_a = a.benchmark_id
    inner join benchmarks as b on pairs.benchmark_b = b.benchmark_id
    order by pairs.cohort_id, pairs.policy, pairs.benchmark_a, pairs.benchmark_b
),

agreement as (
    select
        cohort_id,
        policy,
        count(spearman) as n_pairs,
        min(n_models) as min_pair_models,
        avg(spearman) as mean_spearman,
        avg(pearson) as mean_pearson,
        avg(cast(spearman < 0 as int)) as share_negative,
        avg(cast(spearman < 0 and is_significant as int)) as share_negative_significant,
        avg(cast(spearman > 0 and is_significant as int)) as share_positive_significant,
        avg(spearman) filter (where modality_a = 'neural' and modality_b = 'neural')
            as mean_within_neural,
        avg(spearman) filter (where modality_a = 'behavioural' and modality_b = 'behavioural')
            as mean_within_behaviour,
        avg(spearman) filter (where modality_a != modality_b) as mean_between_modalities,
        avg(spearman) filter (where is_one_dataset) as mean_within_dataset,
        avg(spearman) filter (where not is_one_dataset) as mean_between_datasets,
        avg(spearman) filter (where odd_one_out_region = 'V1') as odd_one_out_with_v1,
        avg(spearman) filter (where odd_one_out_region = 'behaviour') as odd_one_out_with_behaviour
    from described_pairs
    group by all
),

ranked as (
    select
        *,
        {{ round_significant(
            zscore('score_neural', 'cohort_id, policy')
            ~ ' + ' ~ zscore('score_behaviour', 'cohort_id, policy')
        ) }} as score_z,
        {{ average_rank('score_overall', 'cohort_id, policy', descending=true) }} as score_rank,
        {{ average_rank('score_neural', 'cohort_id, policy', descending=true) }} as neural_rank,
        {{ average_rank('score_behaviour', 'cohort_id, policy', descending=true) }}
            as behaviour_rank
    from averages
    where score_overall is not null
),

-- two policies are compared on the models that both average, ranked anew among them
compared as (
    select
        ranked.cohort_id,
        ranked.policy,
        others.policy as other_policy,
        ranked.source_model_key,
        ranked.variant_id,
        {{ average_rank('ranked.score_overall', pair) }} as own_rank,
        {{ average_rank('others.score_overall', pair) }} as other_rank,
        {{ average_rank('ranked.score_z', pair) }} as own_z_rank,
        {{ average_rank('others.score_z', pair) }} as other_z_rank
    from ranked
    inner join ranked as others using (cohort_id, source_model_key, variant_id)
    where others.policy in ('complete_case', 'zero')
),

kept as (
    select
        cohort_id,
        policy,
        {{ correlation('own_rank', 'other_rank', where="other_policy = 'complete_case'") }}
            as rank_spearman_complete_case,
        {{ correlation('own_z_rank', 'other_z_rank', where="other_policy = 'complete_case'") }}
            as z_rank_spearman_complete_case,
        {{ correlation('own_rank', 'other_rank', where="other_policy = 'zero'") }}
            as rank_spearman_zero
    from compared
    group by all
),

averaged as (
    select
        cohort_id,
        policy,
        count(*) as n_models,
        {{ correlation('neural_rank', 'behaviour_rank') }} as neural_with_behaviour,
        {{ correlation('score_neural', 'score_overall') }} ** 2 as r2_neural,
        {{ correlation('score_behaviour', 'score_overall') }} ** 2 as r2_behaviour,
        avg(score_v1 order by source_model_key) as mean_v1,
        avg(score_v2 order by source_model_key) as mean_v2,
        avg(score_v4 order by source_model_key) as mean_v4,
        avg(score_it order by source_model_key) as mean_it,
        max(score_neural) as max_neural,
        max(score_behaviour) as max_behaviour,
        first(source_model_key order by score_rank, try_cast(source_model_key as bigint))
            as top_model_key,
        first(neural_rank order by score_rank, try_cast(source_model_key as bigint))
            as top_neural_rank
    from ranked
    group by all
),

-- where Brain-Score's own leader, that of the zero policy, stands
leaders as (
    select
        ranked.cohort_id,
        ranked.policy,
        ranked.score_rank as leader_rank
    from ranked
    inner join averaged
        on
            ranked.cohort_id = averaged.cohort_id
            and ranked.source_model_key = averaged.top_model_key
    where averaged.policy = 'zero'
),

final as (
    select
        averaged.*,
        cohorts.snapshot_id,
        cells.n_benchmarks,
        cells.share_filled,
        agreement.* exclude (cohort_id, policy),
        kept.* exclude (cohort_id, policy),
        leaders.leader_rank,
        names.source_model_name as top_model_name
    from averaged
    inner join cells using (cohort_id, policy)
    inner join cohorts using (cohort_id)
    left join agreement using (cohort_id, policy)
    left join kept using (cohort_id, policy)
    left join leaders using (cohort_id, policy)
    left join names
        on
            averaged.cohort_id = names.cohort_id
            and averaged.top_model_key = names.source_model_key
)

select * from final
