with analysed as (
    select distinct
        cohort_id,
        component,
        eigenvalue,
        explained_share,
        parallel_threshold
    from {{ ref('int_dimensions_analysed') }}
),

cohorts as (
    select * from {{ ref('dim_cohorts') }}
),

final as (
    select
        cast(analysed.cohort_id as varchar) as cohort_id,
        cast(analysed.component as bigint) as component,
        cast(cohorts.n_models as bigint) as n_models,
        cast(cohorts.n_benchmarks as bigint) as n_benchmarks,
        cast(analysed.eigenvalue as double) as eigenvalue,
        cast(analysed.explained_share as double) as explained_share,
        cast(
            sum(analysed.explained_share) over (
                partition by analysed.cohort_id order by analysed.component
            ) as double
        ) as cumulative_share,
        cast(analysed.parallel_threshold as double) as parallel_threshold,
        -- a dimension counts while it and all before it exceed chance (Horn 1965)
        cast(
            min(cast(analysed.eigenvalue > analysed.parallel_threshold as int)) over (
                partition by analysed.cohort_id order by analysed.component
            ) = 1 as boolean
        ) as is_above_chance
    from analysed
    inner join cohorts on analysed.cohort_id = cohorts.cohort_id
)

select * from final
