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
        cast(groups.cohort_id as varchar) as cohort_id,
        cast(groups.property_id as varchar) as property_id,
        cast(groups.model_group as varchar) as model_group,
        cast(groups.metric as varchar) as metric,
        cast(targets.printed as double) as printed,
        cast(groups.mean as double) as mean,
        cast(groups.ci_low as double) as ci_low,
        cast(groups.ci_high as double) as ci_high,
        cast(groups.mean_all as double) as mean_all,
        cast(groups.p_permutation as double) as p_permutation,
        cast(groups.above_mid as double) as above_mid,
        cast(groups.p_above_mid as double) as p_above_mid,
        cast(groups.mean_residual as double) as mean_residual,
        cast(groups.p_residual as double) as p_residual,
        cast(groups.residual_above_mid as double) as residual_above_mid,
        cast(groups.p_residual_above_mid as double) as p_residual_above_mid,
        cast(groups.n_group as bigint) as n_group,
        cast(groups.n_units as bigint) as n_models,
        cast(groups.members as varchar) as models
    from groups
    inner join targets
        on
            concat_ws('_', 's002_table1', groups.property, groups.metric, groups.model_group)
            = targets.target_id
)

select * from final
