-- Table 1 of Sucholutsky & Griffiths. Printed means are of five models whose names are not printed; ours are of
-- the only five whose six means match.
with groups as (
    select
        *,
        replace(alignment_id, 'sucholutsky2023.', '') as metric,
        regexp_replace(replace(property_id, 'timm.', ''), '[.-]', '_', 'g') as property
    from {{ ref('fct_high_mid_low') }}
    where cohort_id = 'timm_2022_491' and is_recovered
),

targets as (
    select * from {{ ref('paper_targets') }}
),

final as (
    select
        groups.cohort_id,
        groups.property_id,
        groups.model_group,
        groups.metric,
        targets.printed,
        groups.mean,
        groups.ci_low,
        groups.ci_high,
        groups.mean_all,
        groups.p_permutation,
        groups.above_mid,
        groups.p_above_mid,
        groups.mean_residual,
        groups.p_residual,
        groups.residual_above_mid,
        groups.p_residual_above_mid,
        groups.n_group,
        groups.n_units as n_models,
        groups.members as models
    from groups
    inner join targets
        on
            concat_ws('_', 's002_table1', groups.property, groups.metric, groups.model_group)
            = targets.target_id
)

select * from final
