with scores as (
    select * from {{ ref('fct_scores') }}
),

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
        quantile_cont(score, [0, .05, .25, .5, .75, .95, 1]) as quantiles
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

forms as (
    select
        snapshot_id,
        benchmark_id,
        count(*) as n_ceiled,
        median(ceiling_linear) as ceiling_linear,
        median(ceiling_squared) as ceiling_squared,
        quantile_cont(ceiling_linear, .9) / quantile_cont(ceiling_linear, .1) as spread_linear,
        quantile_cont(ceiling_squared, .9) / quantile_cont(ceiling_squared, .1) as spread_squared
    from implied
    group by all
),

-- one score fits both forms; a raw score that was printed again has no ceiling
ceilings as (
    select
        snapshot_id,
        benchmark_id,
        case
            when spread_squared < spread_linear then '(raw / ceiling)²' else 'raw / ceiling'
        end as ceiling_form,
        case
            when spread_squared < spread_linear then ceiling_squared else ceiling_linear
        end as ceiling_raw
    from forms
    where
        n_ceiled >= 5
        and least(spread_squared, spread_linear) < 1.05
        and abs(ceiling_linear - 1) > .005
),

snapshots as (
    select * from {{ ref('dim_snapshots') }}
),

final as (
    select
        cast(counted.snapshot_id as varchar) as snapshot_id,
        cast(counted.benchmark_id as varchar) as benchmark_id,
        cast(counted.source_id as varchar) as source_id,
        cast(snapshots.snapshot_date as date) as snapshot_date,
        cast(snapshots.title as varchar) as title,
        cast(coalesce(described.n_models, 0) as bigint) as n_models,
        cast(counted.n_scored as bigint) as n_scored,
        cast(counted.n_failed as bigint) as n_failed,
        cast(counted.n_never_run as bigint) as n_never_run,
        cast(described.mean_score as double) as mean_score,
        cast(described.sd_score as double) as sd_score,
        cast(described.quantiles[1] as double) as min_score,
        cast(described.quantiles[2] as double) as quantile_05,
        cast(described.quantiles[3] as double) as quantile_25,
        cast(described.quantiles[4] as double) as quantile_50,
        cast(described.quantiles[5] as double) as quantile_75,
        cast(described.quantiles[6] as double) as quantile_95,
        cast(described.quantiles[7] as double) as max_score,
        cast(ceilings.ceiling_raw as double) as ceiling_raw,
        cast(ceilings.ceiling_form as varchar) as ceiling_form,
        cast(counted.n_files as bigint) as n_files,
        cast(counted.load_id as varchar) as load_id,
        cast(counted.source_file as varchar) as source_file
    from counted
    inner join snapshots on counted.snapshot_id = snapshots.snapshot_id
    left join described
        on
            counted.snapshot_id = described.snapshot_id
            and counted.benchmark_id = described.benchmark_id
    left join ceilings
        on
            counted.snapshot_id = ceilings.snapshot_id
            and counted.benchmark_id = ceilings.benchmark_id
)

select * from final
