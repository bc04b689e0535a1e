-- Figure 3 (left) of Sucholutsky & Griffiths from our own models: few-shot accuracy of High, Mid and Low.
with groups as (
    select * from {{ ref('fct_high_mid_low') }}
    where
        cohort_id = 'all_sources'
        and property_id like 'probe.%'
        and regexp_full_match(
            alignment_id, 'alignment\.\w+\.behaviour\.(pearson|spearman|triplet)'
        )
),

final as (
    select
        'compute_2026_11' as snapshot_id,
        alignment_id,
        property_id,
        split_part(alignment_id, '.', 2) as stimulus_set_id,
        split_part(alignment_id, '.', 4) as metric,
        split_part(property_id, '.', 2) as dataset_id,
        split_part(property_id, '.', 3) as head,
        cast(regexp_extract(property_id, '(\d+)-shot$', 1) as bigint) as n_shots,
        model_group,
        n_units as n_models,
        n_group,
        mean,
        ci_low,
        ci_high,
        p_permutation,
        members as models
    from groups
)

select * from final
