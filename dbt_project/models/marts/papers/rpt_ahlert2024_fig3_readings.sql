select
    *,
    abs(mean_rank_spearman - .47) as mean_rank_distance,
    abs(z_mean_spearman - .92) as z_mean_distance
from {{ ref('int_rank_readings_tried') }}
