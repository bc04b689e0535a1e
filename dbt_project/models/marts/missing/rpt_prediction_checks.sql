-- Beside scores that were hidden, those that were really missing and stand in a later snapshot.
with checks as (
    select * from {{ ref('int_completions_estimated') }}
    where part in ('check_cell', 'check_average', 'check_plain_average')
),

predicted as (select * from {{ ref('rpt_predicted_scores') }}),
columns as (select * from {{ ref('int_completion_columns_unioned') }}),
models as (select * from {{ ref('dim_models') }}),

scores as (
    select
        fct_scores.*,
        snapshots.snapshot_date
    from {{ ref('fct_scores') }} as fct_scores
    inner join {{ ref('dim_snapshots') }} as snapshots using (snapshot_id)
    where fct_scores.score_directed is not null
),

benchmarks as (
    select
        cohort_id,
        benchmark_id,
        avg(score_directed) as mean,
        stddev_pop(score_directed) as spread
    from columns
    group by all
),

families as (
    select
        cohort_id,
        benchmark_id,
        family,
        sum(score_directed) as total,
        count(*) as n
    from columns
    group by all
),

-- one row per missing score and later snapshot, of which the latest is kept
scored_later as (
    select
        predicted.cohort_id,
        predicted.model_id,
        predicted.score_predicted as completion,
        benchmarks.mean as benchmark_mean,
        (coalesce(families.total, 0) + benchmarks.mean) / (coalesce(families.n, 0) + 1)
            as family_mean,
        scores.score_directed between predicted.ci_low and predicted.ci_high as is_inside,
        predicted.ci_high - predicted.ci_low as width,
        scores.score_directed as score,
        benchmarks.spread
    from predicted
    inner join {{ ref('dim_snapshots') }} as snapshots using (snapshot_id)
    inner join scores
        on
            predicted.model_id = scores.model_id
            and predicted.source_model_key = scores.source_model_key
            and predicted.variant_id = scores.variant_id
            and predicted.benchmark_id = scores.benchmark_id
            and snapshots.snapshot_date < scores.snapshot_date
    inner join benchmarks
        on
            predicted.cohort_id = benchmarks.cohort_id
            and predicted.benchmark_id = benchmarks.benchmark_id
    left join models on predicted.model_id = models.model_id
    left join families
        on
            predicted.cohort_id = families.cohort_id
            and predicted.benchmark_id = families.benchmark_id
            and models.family = families.family
    qualify row_number() over (
        partition by
            predicted.cohort_id, predicted.source_model_key, predicted.variant_id,
            predicted.benchmark_id
        order by scores.snapshot_date desc, scores.snapshot_id asc
    ) = 1
),

by_method as (
    unpivot scored_later on completion, benchmark_mean, family_mean
    into name method value estimate
),

final as (
    select
        cohort_id,
        substr(part, 7) as predicted,
        item as held_out,
        method,
        rmse,
        coverage,
        width as mean_width,
        n as n_hidden,
        n_models
    from checks
    union all by name
    select
        cohort_id,
        'cell' as predicted,
        'later' as held_out,
        method,
        sqrt(avg(((score - estimate) / spread) ** 2)) as rmse,
        case when method = 'completion' then avg(cast(is_inside as int)) end as coverage,
        case when method = 'completion' then avg(width / spread) end as mean_width,
        count(*) as n_hidden,
        count(distinct model_id) as n_models
    from by_method
    group by cohort_id, method
)

select * from final
