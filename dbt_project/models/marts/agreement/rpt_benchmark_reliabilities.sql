select * from {{ ref('int_benchmark_reliabilities_estimated') }}
