-- Reliability of a benchmark over the members of a cohort: the share of the variance of their raw
-- scores that is not published measurement error. Only what a source prints as an error of the
-- model's score counts (seed benchmark_errors): the spread between human subjects does not. A
-- snapshot that prints no errors takes raw scores and errors from an earlier one (seed
-- snapshot_rules), of the members that were there.
with cohorts as (select * from {{ ref('cohorts') }}),
benchmark_sets as (select * from {{ ref('benchmark_sets') }}),
rules as (select * from {{ ref('snapshot_rules') }}),
declared as (select * from {{ ref('benchmark_errors') }}),

members as (
    select * from {{ ref('int_cohort_models_screened') }}
    where is_member
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where score_raw is not null and error is not null
),

estimated as (
    select
        members.cohort_id,
        scores.snapshot_id as error_snapshot_id,
        scores.benchmark_id,
        declared.error_kind,
        declared.is_measurement_error,
        declared.reason,
        count(*) as n_models,
        var_samp(scores.score_raw order by scores.source_model_key) as score_variance,
        avg(scores.error * scores.error order by scores.source_model_key) as error_variance,
        1 - error_variance / nullif(score_variance, 0) as reliability_unclipped
    from members
    inner join cohorts using (cohort_id, snapshot_id)
    inner join benchmark_sets using (benchmark_set)
    left join rules using (snapshot_id)
    inner join scores
        on
            coalesce(rules.error_snapshot_id, members.snapshot_id) = scores.snapshot_id
            and benchmark_sets.benchmark_id = scores.benchmark_id
            and members.source_model_key = scores.source_model_key
            and members.variant_id = scores.variant_id
    left join declared on scores.benchmark_id = declared.benchmark_id
    group by all
),

-- a correction from a reliability near 0 would be made of noise
final as (
    select
        *,
        case
            when not coalesce(is_measurement_error, false) then 'not_measurement_error'
            when n_models < 10 then 'fewer_than_ten_models'
            when reliability_unclipped is null then 'scores_do_not_vary'
            when reliability_unclipped < .3 then 'below_three_tenths'
        end as unused_because,
        case when unused_because is null then reliability_unclipped end as reliability
    from estimated
)

select * from final
