with screened as (select * from {{ ref('int_cohort_models_screened') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
covered as (select * from {{ ref('int_cohort_models_covered') }}),

final as (
    select
        screened.* exclude (n_cohort_benchmarks),
        names.model_id,
        screened.n_cohort_benchmarks - screened.n_scored as n_missing,
        covered.n_doubted,
        covered.coverage,
        covered.dataset_coverage,
        covered.is_comparable,
        case when screened.is_member then count(*) over copies end as n_copies,
        screened.is_member and row_number() over (
            copies
            order by
                covered.coverage desc,
                try_cast(screened.source_model_key as bigint) asc,
                screened.source_model_key asc,
                screened.variant_id asc
        ) = 1 as is_first_copy
    from screened
    inner join names using (snapshot_id, source_model_key)
    left join covered using (cohort_id, source_model_key, variant_id)
    window copies as (
        partition by screened.cohort_id, screened.is_member, names.model_id
    )
)

select * from final
