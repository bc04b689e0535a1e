-- The profile of a model: its percentile on every single benchmark, in the newest snapshot that has
-- it. Percentiles, because unlike benchmarks have unlike units.
with scores as (
    select
        ranked.model_id,
        ranked.benchmark_id,
        ranked.score_percentile,
        benchmarks.modality
    from {{ ref('int_scores_ranked') }} as ranked
    inner join {{ ref('benchmarks') }} as benchmarks using (benchmark_id)
    where
        ranked.is_latest
        and ranked.score_percentile is not null
        and not benchmarks.is_aggregate
),

final as (
    select
        modality as scope,
        model_id,
        benchmark_id,
        score_percentile
    from scores
    where modality is not null
    union all
    select
        'neural and behavioural' as scope,
        model_id,
        benchmark_id,
        score_percentile
    from scores
    where modality in ('neural', 'behavioural')
)

select * from final
