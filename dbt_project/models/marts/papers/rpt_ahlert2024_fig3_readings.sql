-- without a cohort the kernel gives no rows, and columns of no type
with readings as (
    select
        * replace (
            cast(cohort_id as varchar) as cohort_id,
            cast(level as varchar) as level,
            cast(missing_scores as varchar) as missing_scores,
            cast(missing_ranks as varchar) as missing_ranks,
            cast(ties as varchar) as ties,
            cast(direction as varchar) as direction,
            cast(reference as varchar) as reference,
            cast(n_models as bigint) as n_models,
            cast(n_parts as bigint) as n_parts,
            cast(mean_rank_spearman as double) as mean_rank_spearman,
            cast(z_mean_spearman as double) as z_mean_spearman
        )
    from {{ ref('int_rank_readings_tried') }}
)

select
    *,
    abs(mean_rank_spearman - .47) as mean_rank_distance,
    abs(z_mean_spearman - .92) as z_mean_distance
from readings
