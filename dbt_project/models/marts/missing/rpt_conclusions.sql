with conclusions as (
    select * from {{ ref('conclusions') }}
),

policies as (
    select
        *,
        r2_behaviour - r2_neural as r2_difference,
        mean_within_behaviour - mean_within_neural as within_difference,
        mean_within_dataset - mean_between_datasets as dataset_difference,
        least(mean_v1, mean_v4, mean_it) - mean_v2 as v2_gap,
        odd_one_out_with_v1 - odd_one_out_with_behaviour as odd_one_out_gap
    from {{ ref('fct_missing_policies') }}
),

measures as (
    select
        cohort_id,
        policy,
        mean_spearman,
        share_negative,
        neural_with_behaviour,
        r2_difference,
        within_difference,
        dataset_difference,
        v2_gap,
        leader_rank,
        top_neural_rank,
        odd_one_out_gap
    from policies
),

measured as (
    unpivot measures
    on mean_spearman,
    share_negative,
    neural_with_behaviour,
    r2_difference,
    within_difference,
    dataset_difference,
    v2_gap,
    leader_rank,
    top_neural_rank,
    odd_one_out_gap
    into name measure value value
),

resampled as (
    select * from {{ ref('int_policy_measures_bootstrapped') }}
),

-- Bonferroni's corrections hold over all pairs at once: with 95 % confidence at least the pairs
-- found negative are so, and at most those not found positive
estimated as (
    select
        measured.cohort_id,
        measured.policy,
        measured.measure,
        measured.value,
        case
            when measured.measure = 'share_negative' then policies.share_negative_significant
            else resampled.ci_low
        end as ci_low,
        case
            when measured.measure = 'share_negative' then 1 - policies.share_positive_significant
            else resampled.ci_high
        end as ci_high,
        case
            when measured.measure = 'share_negative' then 'Bonferroni over pairs'
            else 'bootstrap over models'
        end as method
    from measured
    inner join policies
        on measured.cohort_id = policies.cohort_id and measured.policy = policies.policy
    left join resampled
        on
            measured.cohort_id = resampled.cohort_id
            and measured.policy = resampled.policy
            and measured.measure = resampled.measure
),

-- all missing cells at their smallest, or all at their largest, are two of many completions; for
-- the leader's place all of them are known
bounded as (
    select
        cohort_id,
        'bounds' as policy,
        'leader_rank' as measure,
        cast(worst_rank_everyone as double) as value,
        cast(best_rank_everyone as double) as ci_low,
        cast(worst_rank_everyone as double) as ci_high,
        'all values of missing cells' as method
    from {{ ref('rpt_rank_bounds') }}
    qualify row_number() over (
        partition by cohort_id order by zero_rank, try_cast(source_model_key as bigint)
    ) = 1
),

unioned as (
    select * from estimated
    union all by name
    select * from bounded
),

judged as (
    select
        unioned.*,
        conclusions.conclusion_id,
        conclusions.statement,
        conclusions.comparison,
        conclusions.threshold,
        conclusions.artefact,
        case conclusions.comparison
            when '<' then unioned.value < conclusions.threshold
            when '>' then unioned.value > conclusions.threshold
            when '<=' then unioned.value <= conclusions.threshold
        end as does_hold,
        -- the whole interval decides
        case conclusions.comparison
            when '<' then unioned.ci_high < conclusions.threshold
            when '>' then unioned.ci_low > conclusions.threshold
            when '<=' then unioned.ci_high <= conclusions.threshold
        end as is_held,
        case conclusions.comparison
            when '<' then unioned.ci_low >= conclusions.threshold
            when '>' then unioned.ci_high <= conclusions.threshold
            when '<=' then unioned.ci_low > conclusions.threshold
        end as is_failed
    from conclusions
    inner join unioned on conclusions.measure = unioned.measure
),

decided as (
    select
        *,
        case
            when is_held then 'holds'
            when is_failed then 'fails'
            else 'undecided'
        end as verdict
    from judged
),

final as (
    select
        cast(decided.conclusion_id as varchar) as conclusion_id,
        cast(decided.cohort_id as varchar) as cohort_id,
        cast(decided.policy as varchar) as policy,
        cast(decided.statement as varchar) as statement,
        cast(decided.artefact as varchar) as artefact,
        cast(decided.measure as varchar) as measure,
        cast(decided.value as double) as value,
        cast(decided.ci_low as double) as ci_low,
        cast(decided.ci_high as double) as ci_high,
        cast(decided.method as varchar) as method,
        cast(decided.comparison as varchar) as comparison,
        cast(decided.threshold as double) as threshold,
        cast(decided.verdict as varchar) as verdict,
        cast(decided.does_hold as boolean) as does_hold,
        cast(
            bool_and(decided.verdict = 'holds') over (
                partition by decided.conclusion_id, decided.cohort_id
            ) as boolean
        ) as survives_all,
        cast(policies.top_model_name as varchar) as top_model_name
    from decided
    left join policies
        on decided.cohort_id = policies.cohort_id and decided.policy = policies.policy
)

select * from final
