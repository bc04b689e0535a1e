with cohorts as (select * from {{ ref('dim_cohorts') }}),

analysed as (
    select distinct
        cohort_id,
        component,
        eigenvalue,
        explained_share,
        parallel_threshold
    from {{ ref('int_dimensions_analysed') }}
),

final as (
    select
        analysed.*,
        cohorts.n_models,
        cohorts.n_benchmarks,
        sum(analysed.explained_share) over upwards as cumulative_share,
        -- a dimension counts while it and all before it exceed chance (Horn 1965)
        bool_and(analysed.eigenvalue > analysed.parallel_threshold) over upwards as is_above_chance
    from analysed
    inner join cohorts using (cohort_id)
    window upwards as (partition by cohort_id order by analysed.component)
)

select * from final
