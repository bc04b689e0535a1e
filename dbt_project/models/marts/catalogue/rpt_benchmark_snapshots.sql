with scores as (select * from {{ ref('fct_scores') }}),
snapshots as (select * from {{ ref('dim_snapshots') }}),

counted as (
    select
        snapshot_id,
        benchmark_id,
        source_id,
        count(*) filter (where state = 'scored') as n_scored,
        count(*) filter (where state = 'failed') as n_failed,
        count(*) filter (where state = 'never_run') as n_never_run,
        max(load_id) as load_id,
        max(source_file) as source_file,
        count(distinct source_file) as n_files
    from scores
    group by all
),

described as (
    select
        snapshot_id,
        benchmark_id,
        count(*) as n_models,
        avg(score order by score) as mean_score,
        stddev_samp(score order by score) as sd_score,
        min(score) as min_score,
        quantile_cont(score, .05) as quantile_05,
        quantile_cont(score, .25) as quantile_25,
        median(score) as quantile_50,
        quantile_cont(score, .75) as quantile_75,
        quantile_cont(score, .95) as quantile_95,
        max(score) as max_score,
        median(error) as median_error,
        min(error_kind) as error_kind,
        nullif(count(error), 0) as n_errors
    from {{ ref('rpt_model_scores') }}
    group by all
),

-- Brain-Score ceils either as raw / ceiling or as (raw / ceiling)²; the form that fits is the one
-- whose implied ceiling varies less. Small scores are printed too coarsely to tell.
implied as (
    select
        snapshot_id,
        benchmark_id,
        score_raw / score as ceiling_linear,
        score_raw / sqrt(score) as ceiling_squared
    from scores
    where state = 'scored' and not is_aggregate and score > 0.1 and score_raw > 0
),

-- one score fits both forms; a raw score that was printed again has no ceiling
ceilings as (
    select
        snapshot_id,
        benchmark_id,
        median(ceiling_linear) as linear,
        median(ceiling_squared) as squared,
        quantile_cont(ceiling_linear, .9) / quantile_cont(ceiling_linear, .1) as spread_linear,
        quantile_cont(ceiling_squared, .9) / quantile_cont(ceiling_squared, .1) as spread_squared,
        if(spread_squared < spread_linear, '(raw / ceiling)²', 'raw / ceiling') as ceiling_form,
        if(spread_squared < spread_linear, squared, linear) as ceiling_raw
    from implied
    group by all
    having
        count(*) >= 5
        and least(spread_squared, spread_linear) < 1.05
        and abs(linear - 1) > .005
),

final as (
    select
        counted.*,
        snapshots.snapshot_date,
        snapshots.title,
        snapshots.is_private,
        coalesce(described.n_models, 0) as n_models,
        described.* exclude (snapshot_id, benchmark_id, n_models),
        ceilings.ceiling_raw,
        ceilings.ceiling_form
    from counted
    inner join snapshots using (snapshot_id)
    left join described using (snapshot_id, benchmark_id)
    left join ceilings using (snapshot_id, benchmark_id)
)

select * from final
