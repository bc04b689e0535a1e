with scores as (select * from {{ ref('int_scores_evidenced') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        scores.* exclude (source_model_name, _load_id, _file, _row),
        names.model_id,
        names.source_model_name,
        benchmarks.is_aggregate,
        scores._load_id as load_id,
        scores._file as source_file,
        scores._row as source_row
    from scores
    left join names using (snapshot_id, source_model_key)
    left join benchmarks using (benchmark_id)
)

select * from final
