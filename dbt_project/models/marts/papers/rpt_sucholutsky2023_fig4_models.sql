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
        cast('compute_2026_11' as varchar) as snapshot_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(split_part(alignment_id, '.', 2) as varchar) as stimulus_set_id,
        cast(split_part(alignment_id, '.', 4) as varchar) as metric,
        cast(split_part(property_id, '.', 2) as varchar) as dataset_id,
        cast(unit_id as varchar) as model_id,
        cast(alignment as double) as alignment,
        cast(property as double) as accuracy,
        cast(
            count(*) over (partition by alignment_id, property_id) as bigint
        ) as n_models
    from gathered
)

select * from final
