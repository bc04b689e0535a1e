with tested as (
    select * from {{ ref('int_high_mid_low_tested') }}
),

final as (
    select
        cohort_id,
        alignment_id,
        property_id,
        model_group,
        starts_with(alignment_id, 'sucholutsky2023.') as is_recovered,
        n_units,
        n_group,
        mean,
        ci_low,
        ci_high,
        resampled,
        mean_all,
        p_permutation,
        above_mid,
        p_above_mid,
        mean_residual,
        p_residual,
        residual_above_mid,
        p_residual_above_mid,
        members
    from tested
)

select * from final
