with conclusions as (select * from {{ ref('conclusions') }}),
measures as (select * from {{ ref('int_policy_measures_estimated') }}),
policies as (select * from {{ ref('fct_missing_policies') }}),

-- Bonferroni's corrections hold over all pairs at once: with 95 % confidence at least the pairs
-- found negative are so, and at most those not found positive
shares as (
    select
        cohort_id,
        policy,
        'share_negative' as measure,
        share_negative as value,
        share_negative_significant as ci_low,
        1 - share_positive_significant as ci_high,
        'Bonferroni over pairs' as method
    from policies
    where share_negative is not null
),

unioned as (
    select * from measures
    union all by name
    select * from shares
),

compared as (
    select
        unioned.*,
        policies.top_model_name,
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
    inner join policies using (cohort_id, policy)
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
