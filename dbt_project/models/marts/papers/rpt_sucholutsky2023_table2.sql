-- Table 2 of Sucholutsky & Griffiths (2023): what is printed, with the p that it implies, and the
-- same correlations for alignments that are public.
with targets as (select * from {{ ref('paper_targets') }}),

named as (
    select
        *,
        regexp_extract(
            target_id, '^sucholutsky2023_table2_(imagenet_a|imagenet_r|sketch)_(top[15])_(\w+)$',
            ['dataset', 'top', 'metric']
        ) as cell
    from {{ ref('int_printed_correlations_tested') }}
),

relations as (
    select * from {{ ref('fct_downstream_relations') }}
    where
        method = 'pearson'
        and regexp_full_match(property_id, 'timm\.(imagenet-a|imagenet-r|sketch)\.top[15]')
        and (
            cohort_id = 'timm_2022_491'
            or (cohort_id = 'scaling_pretrained' and alignment_id in ('IT', 'behavior_vision'))
            or (
                cohort_id = 'brainscore_2025_core50'
                and alignment_id in ('Hebart2023-match', 'behavior_vision')
            )
        )
),

correlated as (
    select
        cohort_id,
        alignment_id,
        property_id,
        false as is_printed,
        max(n_units) filter (where covariate = 'imagenet_top1') as n_models,
        max(estimate) filter (where transform = 'z2' and covariate = 'none') as estimate_z2,
        max(ci_low) filter (where transform = 'z2' and covariate = 'none') as ci_low_z2,
        max(ci_high) filter (where transform = 'z2' and covariate = 'none') as ci_high_z2,
        max(estimate) filter (where transform = 'z2' and covariate = 'imagenet_top1')
            as estimate_z2_partial,
        max(ci_low) filter (where transform = 'z2' and covariate = 'imagenet_top1')
            as ci_low_z2_partial,
        max(ci_high) filter (where transform = 'z2' and covariate = 'imagenet_top1')
            as ci_high_z2_partial,
        max(estimate) filter (where transform = 'raw' and covariate = 'none')
            as estimate_alignment,
        max(estimate) filter (where transform = 'raw' and covariate = 'imagenet_top1')
            as estimate_alignment_partial
    from relations
    group by cohort_id, alignment_id, property_id
    having count(estimate) > 0
),

of_paper as (
    select
        'timm_2022_491' as cohort_id,
        'sucholutsky2023.' || named.cell.metric as alignment_id,
        'timm.' || replace(named.cell.dataset, '_', '-') || '.' || named.cell.top as property_id,
        named.n_models,
        true as is_printed,
        named.printed,
        targets.printed as printed_p,
        named.p_value,
        named.p_partial,
        named.p_low,
        named.p_high,
        targets.printed between round(named.p_low, 3) and round(named.p_high, 3)
            as is_consistent
    from named
    left join targets on named.target_id || '_p' = targets.target_id
),

final as (
    select * from of_paper
    union all by name
    select * from correlated
)

select * from final
