with runs as (
    select * from {{ ref('int_completions_estimated') }}
    where part = 'run'
),

ranks as (select * from {{ ref('rpt_predicted_ranks') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

failures as (
    select
        predicted.cohort_id,
        predicted.source_model_key,
        predicted.variant_id,
        coalesce(benchmarks.dataset, predicted.benchmark_id) as dataset,
        count(*) filter (where predicted.state = 'failed') as n_failed
    from {{ ref('rpt_predicted_scores') }} as predicted
    inner join benchmarks using (benchmark_id)
    group by all
),

final as (
    select
        runs.cohort_id,
        ranks.source_model_key,
        ranks.variant_id,
        ranks.source_model_name,
        ranks.model_id,
        runs.item as dataset,
        runs.n as n_benchmarks,
        failures.n_failed,
        ranks.n_models,
        ranks.score_rank,
        runs.rank_width,
        runs.rank_width_after,
        runs.rank_width - runs.rank_width_after as rank_width_saved,
        nullif(runs.then, '') as second_dataset,
        runs.rank_width_then as rank_width_after_both,
        ranks.ci_high - ranks.ci_low as score_width,
        runs.ci_high - runs.ci_low as score_width_after,
        row_number() over (
            partition by runs.cohort_id, runs.model
            order by runs.rank_width - runs.rank_width_after desc, runs.item asc
        ) as place
    from runs
    inner join ranks
        on
            runs.cohort_id = ranks.cohort_id
            and runs.model = ranks.source_model_key || '/' || ranks.variant_id
    inner join failures
        on
            runs.cohort_id = failures.cohort_id
            and ranks.source_model_key = failures.source_model_key
            and ranks.variant_id = failures.variant_id
            and runs.item = failures.dataset
)

select * from final
