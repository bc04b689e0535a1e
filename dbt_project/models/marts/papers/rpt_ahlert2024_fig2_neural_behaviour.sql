-- The whole board as Brain-Score averages it (missing counts as zero), and complete cohorts.
with averages as (
    select * from {{ ref('int_policy_models_averaged') }}
    where cohort_id = 'brainscore_2024_all' and policy = 'zero'
),

normalized as (
    select * from {{ ref('fct_scores_normalized') }}
    where
        level = 'modality'
        and cohort_id in (
            'brainscore_2024_complete', 'brainscore_2024_complete_dedup', 'wichmann_2020'
        )
),

cohort_models as (select * from {{ ref('bridge_cohort_models') }}),

scores as (
    select
        cohort_id,
        policy,
        source_model_key,
        variant_id,
        score_neural,
        score_behaviour
    from averages
    union all
    select
        cohort_id,
        'complete_case' as policy,
        source_model_key,
        variant_id,
        max(score_directed) filter (where benchmark_id = 'neural_vision') as score_neural,
        max(score_directed) filter (where benchmark_id = 'behavior_vision') as score_behaviour
    from normalized
    group by all
),

standardised as (
    select
        *,
        {{ round_significant('(score_neural + score_behaviour) / 2') }} as score_overall,
        {{ zscore('score_neural', 'cohort_id') }} as score_neural_z,
        {{ zscore('score_behaviour', 'cohort_id') }} as score_behaviour_z,
        {{ round_significant('(score_neural_z + score_behaviour_z) / 2') }} as score_z_mean
    from scores
),

ranked as (
    select
        *,
        {{ average_rank('score_overall', 'cohort_id', descending=true) }} as overall_rank,
        {{ average_rank('score_neural', 'cohort_id', descending=true) }} as neural_rank,
        {{ average_rank('score_behaviour', 'cohort_id', descending=true) }} as behaviour_rank,
        {{ average_rank('score_z_mean', 'cohort_id', descending=true) }} as z_mean_rank
    from standardised
),

shares as (
    select
        cohort_id,
        count(*) as n_models,
        {{ correlation('score_neural', 'score_overall') }} ** 2 as r2_neural,
        {{ correlation('score_behaviour', 'score_overall') }} ** 2 as r2_behaviour
    from standardised
    group by cohort_id
),

final as (
    select
        ranked.*,
        cohort_models.source_model_name,
        cohort_models.model_id,
        shares.* exclude (cohort_id)
    from ranked
    inner join shares using (cohort_id)
    inner join cohort_models using (cohort_id, source_model_key, variant_id)
)

select * from final
