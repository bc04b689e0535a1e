-- Figure 4 (left) of Sucholutsky & Griffiths from our own models: 1-shot accuracy against alignment.
with gathered as (
    select * from {{ ref('int_high_mid_low_gathered') }}
    where
        cohort_id = 'all_sources'
        and property_id like 'probe.%.logistic.1-shot'
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
        unit_id as model_id,
        alignment,
        property as accuracy,
        count(*) over (partition by alignment_id, property_id) as n_models
    from gathered
)

select * from final
