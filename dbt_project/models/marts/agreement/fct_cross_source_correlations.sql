select * replace (case when isfinite(estimate) then estimate end as estimate)
from {{ ref('int_cross_sources_correlated') }}
