with reliabilities as (
    select * from {{ ref('int_benchmark_reliabilities_estimated') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(error_snapshot_id as varchar) as error_snapshot_id,
        cast(error_kind as varchar) as error_kind,
        cast(is_measurement_error as boolean) as is_measurement_error,
        cast(reason as varchar) as reason,
        cast(n_models as bigint) as n_models,
        cast(score_variance as double) as score_variance,
        cast(error_variance as double) as error_variance,
        cast(reliability_unclipped as double) as reliability_unclipped,
        cast(reliability as double) as reliability,
        cast(unused_because as varchar) as unused_because
    from reliabilities
)

select * from final
