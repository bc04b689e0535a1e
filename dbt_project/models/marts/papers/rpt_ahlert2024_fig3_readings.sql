-- without a cohort the kernel gives no rows, and columns of no type
with readings as (
    select
        cast(columns(* exclude (n_models, n_parts, mean_rank_spearman, z_mean_spearman)) as varchar),
        cast(columns([n_models, n_parts]) as bigint),
        cast(columns([mean_rank_spearman, z_mean_spearman]) as double)
    from {{ ref('int_rank_readings_tried') }}
)

select
    *,
    abs(mean_rank_spearman - .47) as mean_rank_distance,
    abs(z_mean_spearman - .92) as z_mean_distance
from readings
