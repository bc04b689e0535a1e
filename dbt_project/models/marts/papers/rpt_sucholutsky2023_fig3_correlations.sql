-- Figures 3 (right) and 4 (right) of Sucholutsky & Griffiths from our own models.
with relations as (
    select * from {{ ref('fct_downstream_relations') }}
    where
        cohort_id = 'all_sources'
        and method = 'pearson'
        and covariate = 'none'
        and property_id like 'probe.%'
        and regexp_full_match(
            alignment_id, 'alignment\.\w+\.behaviour\.(pearson|spearman|triplet)'
        )
),

of_alignment as (
    select * from relations
    where transform = 'raw'
),

of_z2 as (
    select * from relations
    where transform = 'z2'
),

final as (
    select
        'compute_2026_11' as snapshot_id,
        of_z2.alignment_id,
        of_z2.property_id,
        split_part(of_z2.alignment_id, '.', 2) as stimulus_set_id,
        split_part(of_z2.alignment_id, '.', 4) as metric,
        split_part(of_z2.property_id, '.', 2) as dataset_id,
        split_part(of_z2.property_id, '.', 3) as head,
        cast(regexp_extract(of_z2.property_id, '(\d+)-shot$', 1) as bigint) as n_shots,
        of_z2.n_units as n_models,
        of_z2.estimate as estimate_z2,
        of_z2.ci_low,
        of_z2.ci_high,
        of_alignment.estimate as estimate_alignment
    from of_z2
    inner join of_alignment using (alignment_id, property_id)
)

select * from final
