with readings as (
    select * from {{ ref('int_rank_readings_tried') }}
),

final as (
    select
        cohort_id,
        level,
        missing_scores,
        missing_ranks,
        ties,
        direction,
        reference,
        n_models,
        n_parts,
        mean_rank_spearman,
        z_mean_spearman,
        abs(mean_rank_spearman - .47) as mean_rank_distance,
        abs(z_mean_spearman - .92) as z_mean_distance
    from readings
)

select * from final
