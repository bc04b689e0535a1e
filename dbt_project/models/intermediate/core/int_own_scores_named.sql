-- What this machine has added and measured, in the columns of fct_scores. It joins the published
-- scores there and not before, so that no published number can take part of it. What was measured
-- is no score before the seed describes its benchmark.
with scores as (
    {% for scores in ['stg_own__scores', 'stg_own__alignments', 'stg_own__probe_results'] %}
    select
        snapshot_id,
        source_model_key,
        variant_id,
        benchmark_id,
        published_benchmark,
        benchmark_version,
        score_raw,
        score,
        error,
        state,
        state_evidence,
        _load_id,
        _file,
        _row
    from {{ ref(scores) }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

names as (
    select * from {{ ref('int_own_names_resolved') }}
    union all by name
    select * from {{ ref('int_model_names_resolved') }}
    where is_private
),

benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        names.source_id,
        scores.* exclude (_load_id, _file, _row),
        case benchmarks.direction when 'lower' then -scores.score else scores.score end
            as score_directed,
        names.model_id,
        names.source_model_name,
        coalesce(benchmarks.is_aggregate, false) as is_aggregate,
        true as is_private,
        scores._load_id as load_id,
        scores._file as source_file,
        scores._row as source_row
    from scores
    inner join names using (snapshot_id, source_model_key)
    left join benchmarks using (benchmark_id)
    where benchmarks.benchmark_id is not null or scores.snapshot_id = 'added'
)

select * from final
