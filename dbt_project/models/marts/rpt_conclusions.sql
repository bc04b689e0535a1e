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

-- all missing cells at their smallest, or all at their largest, are two of many completions; for
-- the leader's place the worst completion is known
bounded as (
    select
        cohort_id,
        'bounds' as policy,
        'leader_rank' as measure,
        cast(worst_rank as double) as value
    from {{ ref('rpt_rank_bounds') }}
    qualify row_number() over (
        partition by cohort_id order by zero_rank, try_cast(source_model_key as bigint)
    ) = 1
),

unioned as (
    select * from measured
    union all by name
    select * from bounded
),

judged as (
    select
        unioned.cohort_id,
        unioned.policy,
        unioned.measure,
        unioned.value,
        conclusions.conclusion_id,
        conclusions.statement,
        conclusions.comparison,
        conclusions.threshold,
        conclusions.artefact,
        case conclusions.comparison
            when '<' then unioned.value < conclusions.threshold
            when '>' then unioned.value > conclusions.threshold
            when '<=' then unioned.value <= conclusions.threshold
        end as does_hold
    from conclusions
    inner join unioned on conclusions.measure = unioned.measure
),

final as (
    select
        cast(judged.conclusion_id as varchar) as conclusion_id,
        cast(judged.cohort_id as varchar) as cohort_id,
        cast(judged.policy as varchar) as policy,
        cast(judged.statement as varchar) as statement,
        cast(judged.artefact as varchar) as artefact,
        cast(judged.measure as varchar) as measure,
        cast(judged.value as double) as value,
        cast(judged.comparison as varchar) as comparison,
        cast(judged.threshold as double) as threshold,
        cast(judged.does_hold as boolean) as does_hold,
        cast(
            bool_and(judged.does_hold) over (
                partition by judged.conclusion_id, judged.cohort_id
            ) as boolean
        ) as survives_all,
        cast(policies.top_model_name as varchar) as top_model_name
    from judged
    left join policies
        on judged.cohort_id = policies.cohort_id and judged.policy = policies.policy
)

select * from final
