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
        cast('compute_2026_11' as varchar) as snapshot_id,
        cast(of_z2.alignment_id as varchar) as alignment_id,
        cast(of_z2.property_id as varchar) as property_id,
        cast(split_part(of_z2.alignment_id, '.', 2) as varchar) as stimulus_set_id,
        cast(split_part(of_z2.alignment_id, '.', 4) as varchar) as metric,
        cast(split_part(of_z2.property_id, '.', 2) as varchar) as dataset_id,
        cast(split_part(of_z2.property_id, '.', 3) as varchar) as head,
        cast(regexp_extract(of_z2.property_id, '(\d+)-shot$', 1) as bigint) as n_shots,
        cast(of_z2.n_units as bigint) as n_models,
        cast(of_z2.estimate as double) as estimate_z2,
        cast(of_z2.ci_low as double) as ci_low,
        cast(of_z2.ci_high as double) as ci_high,
        cast(of_alignment.estimate as double) as estimate_alignment
    from of_z2
    inner join of_alignment using (alignment_id, property_id)
)

select * from final
