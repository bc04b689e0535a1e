with screened as (select * from {{ ref('int_cohort_models_screened') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),

final as (
    select
        screened.* exclude (n_cohort_benchmarks),
        names.model_id,
        screened.n_cohort_benchmarks - screened.n_scored as n_missing
    from screened
    inner join names using (snapshot_id, source_model_key)
)

select * from final
