-- Table 1 of Sucholutsky & Griffiths (2023). The printed means are of five models whose names are
-- not printed; ours are of the only five whose six means match.
with groups as (
    select
        *,
        replace(alignment_id, 'sucholutsky2023.', '') as metric,
        regexp_replace(replace(property_id, 'timm.', ''), '[.-]', '_', 'g') as property
    from {{ ref('fct_high_mid_low') }}
    where cohort_id = 'timm_2022_491' and is_recovered
),

targets as (select * from {{ ref('paper_targets') }}),

final as (
    select
        groups.*
        exclude (alignment_id, property, is_recovered, resampled)
        rename (n_units as n_models, members as models),
        targets.printed
    from groups
    inner join targets
        on
            concat_ws(
                '_', 'sucholutsky2023_table1', groups.property, groups.metric, groups.model_group
            )
            = targets.target_id
)

select * from final
