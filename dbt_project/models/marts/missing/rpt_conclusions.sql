with conclusions as (select * from {{ ref('conclusions') }}),
resampled as (select * from {{ ref('int_policy_measures_bootstrapped') }}),

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

measured as (
    unpivot policies
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

-- Bonferroni's corrections hold over all pairs at once: with 95 % confidence at least the pairs
-- found negative are so, and at most those not found positive
estimated as (
    select
        measured.cohort_id,
        measured.policy,
        measured.top_model_name,
        measured.measure,
        measured.value,
        case
            when measured.measure = 'share_negative' then measured.share_negative_significant
            else resampled.ci_low
        end as ci_low,
        case
            when measured.measure = 'share_negative' then 1 - measured.share_positive_significant
            else resampled.ci_high
        end as ci_high,
        case
            when measured.measure = 'share_negative' then 'Bonferroni over pairs'
            else 'bootstrap over models'
        end as method
    from measured
    left join resampled using (cohort_id, policy, measure)
),

-- all missing cells at their smallest, or all at their largest, are two of many completions; for
-- the leader's place all of them are known
bounded as (
    select
        cohort_id,
        'bounds' as policy,
        'leader_rank' as measure,
        worst_rank_everyone as value,
        best_rank_everyone as ci_low,
        worst_rank_everyone as ci_high,
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

compared as (
    select
        unioned.*,
        conclusions.* exclude (measure),
        {% for value, holds in [
            ('value', 'does_hold'), ('ci_low', 'low_holds'), ('ci_high', 'high_holds')
        ] %}
        case conclusions.comparison
            when '<' then unioned.{{ value }} < conclusions.threshold
            when '>' then unioned.{{ value }} > conclusions.threshold
            when '<=' then unioned.{{ value }} <= conclusions.threshold
        end as {{ holds }}{% if not loop.last %},{% endif %}
        {% endfor %}
    from conclusions
    inner join unioned using (measure)
),

-- the whole interval decides
final as (
    select
        * exclude (low_holds, high_holds),
        case
            when low_holds and high_holds then 'holds'
            when not low_holds and not high_holds then 'fails'
            else 'undecided'
        end as verdict,
        bool_and(coalesce(low_holds and high_holds, false)) over (
            partition by conclusion_id, cohort_id
        ) as survives_all
    from compared
)

select * from final
