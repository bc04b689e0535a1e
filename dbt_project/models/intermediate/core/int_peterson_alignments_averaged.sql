-- As Sucholutsky & Griffiths (2023) average each metric over the six image sets of Peterson et al.
-- A model that lacks one of them has no mean.
with alignments as (select * from {{ ref('stg_sucholutsky2023_supplement__alignments') }}),

final as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        variant_id,
        'alignment.peterson.behaviour.' || published_benchmark as benchmark_id,
        published_benchmark,
        benchmark_version,
        avg(score) as score_raw,
        avg(score) as score,
        cast(null as double) as error,
        'scored' as state,
        'mean of six sets' as state_evidence,
        any_value(_load_id) as _load_id,
        any_value(_file) as _file,
        min(_row) as _row
    from alignments
    group by all
    having count(score) = 6
)

select * from final
