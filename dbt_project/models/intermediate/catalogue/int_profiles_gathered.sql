-- The profile of a model: its percentile on every single benchmark, in the newest snapshot that has
-- it. Percentiles, because unlike benchmarks have unlike units.
with ranked as (select * from {{ ref('int_scores_ranked') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        unnest(
            if(
                benchmarks.modality in ('neural', 'behavioural'),
                [benchmarks.modality, 'neural and behavioural'],
                [benchmarks.modality]
            )
        ) as scope,
        ranked.model_id,
        ranked.benchmark_id,
        ranked.score_percentile
    from ranked
    inner join benchmarks using (benchmark_id)
    where
        ranked.is_latest
        and ranked.score_percentile is not null
        and not benchmarks.is_aggregate
        and benchmarks.modality is not null
)

select * from final
