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
        cast('compute_2026_11' as varchar) as snapshot_id,
        cast(alignment_id as varchar) as alignment_id,
        cast(property_id as varchar) as property_id,
        cast(split_part(alignment_id, '.', 2) as varchar) as stimulus_set_id,
        cast(split_part(alignment_id, '.', 4) as varchar) as metric,
        cast(split_part(property_id, '.', 2) as varchar) as dataset_id,
        cast(split_part(property_id, '.', 3) as varchar) as head,
        cast(regexp_extract(property_id, '(\d+)-shot$', 1) as bigint) as n_shots,
        cast(model_group as varchar) as model_group,
        cast(n_units as bigint) as n_models,
        cast(n_group as bigint) as n_group,
        cast(mean as double) as mean,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(p_permutation as double) as p_permutation,
        cast(members as varchar) as models
    from groups
)

select * from final
