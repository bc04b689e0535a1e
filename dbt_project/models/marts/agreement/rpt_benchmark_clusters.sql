select * from {{ ref('int_benchmarks_clustered') }}
