select * from {{ ref('int_benchmark_levels_weighted') }}
where level not in ('group', 'whole')
