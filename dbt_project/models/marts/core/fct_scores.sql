with scores as (select * from {{ ref('int_scores_evidenced') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

published as (
    select
        scores.* exclude (source_model_name, _load_id, _file, _row),
        names.model_id,
        names.source_model_name,
        benchmarks.is_aggregate,
        false as is_private,
        scores._load_id as load_id,
        scores._file as source_file,
        scores._row as source_row
    from scores
    left join names using (snapshot_id, source_model_key)
    left join benchmarks using (benchmark_id)
),

final as (
    select * from published
    union all by name
    select * from {{ ref('int_own_scores_named') }}
)

select * from final
