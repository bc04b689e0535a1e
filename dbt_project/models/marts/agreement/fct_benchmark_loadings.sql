select
    cohort_id,
    component,
    benchmark_id,
    loading
from {{ ref('int_dimensions_analysed') }}
