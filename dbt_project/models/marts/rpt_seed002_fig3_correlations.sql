-- Figures 3 (right) and 4 (right) of seed 002 from our own models.
with correlated as (
    select * from {{ ref('int_alignment_properties_correlated') }}
    where cohort_id = 'compute_pretrained'
),

final as (
    select
        cast('compute_2026_11' as varchar) as snapshot_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(split_part(alignment_id, '.', 2) as varchar) as stimulus_set_id,
        cast(split_part(alignment_id, '.', 4) as varchar) as metric,
        cast(split_part(property_id, '.', 2) as varchar) as dataset_id,
        cast(split_part(property_id, '.', 3) as varchar) as head,
        cast(regexp_extract(property_id, '(\d+)-shot$', 1) as bigint) as n_shots,
        cast(n_models as bigint) as n_models,
        cast(estimate_z2 as double) as estimate_z2,
        cast(ci_low_z2 as double) as ci_low,
        cast(ci_high_z2 as double) as ci_high,
        cast(estimate_alignment as double) as estimate_alignment
    from correlated
)

select * from final
