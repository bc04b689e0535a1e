with entries as (
    select
        unnest(map_entries(from_json(edges, '"MAP(VARCHAR, VARCHAR[])"'))) as entry,
        _load_id,
        _file,
        _row
    from {{ source('brainscore_average_vision_by_month', 'month_benchmark_edges') }}
),

added as (
    select
        split_part(entry.key, '|', 2) as month,
        unnest(entry.value) as benchmark_id,
        _load_id,
        _file,
        _row
    from entries
)

select * from added
