with correlated as (
    select * from {{ ref('int_cross_sources_correlated') }}
),

final as (
    select
        cast(confidence as varchar) as confidence,
        cast(benchmark_a as varchar) as benchmark_a,
        cast(benchmark_b as varchar) as benchmark_b,
        cast(source_a as varchar) as source_a,
        cast(source_b as varchar) as source_b,
        cast(n_models as bigint) as n_models,
        cast(case when isfinite(estimate) then estimate end as double) as estimate
    from correlated
)

select * from final
