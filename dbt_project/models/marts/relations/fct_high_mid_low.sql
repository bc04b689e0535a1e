with tested as (
    select * from {{ ref('int_high_mid_low_tested') }}
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(model_group as varchar) as model_group,
        cast(starts_with(alignment_id, 'sucholutsky2023.') as boolean) as is_recovered,
        cast(n_units as bigint) as n_units,
        cast(n_group as bigint) as n_group,
        cast(mean as double) as mean,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(resampled as varchar) as resampled,
        cast(mean_all as double) as mean_all,
        cast(p_permutation as double) as p_permutation,
        cast(above_mid as double) as above_mid,
        cast(p_above_mid as double) as p_above_mid,
        cast(mean_residual as double) as mean_residual,
        cast(p_residual as double) as p_residual,
        cast(residual_above_mid as double) as residual_above_mid,
        cast(p_residual_above_mid as double) as p_residual_above_mid,
        cast(members as varchar) as members
    from tested
)

select * from final
