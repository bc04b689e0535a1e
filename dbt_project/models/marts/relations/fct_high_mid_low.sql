select
    *,
    starts_with(alignment_id, 'sucholutsky2023.') as is_recovered
from {{ ref('int_high_mid_low_tested') }}
