select * from {{ ref('int_cross_sources_correlated') }}
