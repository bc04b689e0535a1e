-- Every model once per snapshot and benchmark, and its place among the others. A model that stands
-- under several keys or variants is taken by its lowest key and variant.
with snapshots as (select * from {{ ref('snapshots') }}),

-- the few keys are sorted once, not with every score
names as (
    select
        *,
        row_number() over (
            order by try_cast(source_model_key as bigint), source_model_key
        ) as key_place
    from {{ ref('int_model_names_resolved') }}
),

scores as (
    select * from {{ ref('int_scores_evidenced') }}
    where state = 'scored'
),

errors as (
    select * from {{ ref('benchmark_errors') }}
    where is_measurement_error
),

counted_once as (
    select
        scores.* exclude (
            source_model_name, published_benchmark, benchmark_version, state, state_evidence
        ),
        names.model_id,
        names.source_model_name,
        case when scores.score_directed = scores.score then 1 else -1 end * scores.score_raw
            as raw_directed,
        count(*) over same_model as n_published,
        min(scores.score) over same_model as score_min,
        max(scores.score) over same_model as score_max
    from scores
    inner join names using (snapshot_id, source_model_key)
    window same_model as (partition by snapshot_id, scores.benchmark_id, names.model_id)
    qualify row_number() over (
        partition by snapshot_id, scores.benchmark_id, names.model_id
        order by
            names.key_place, try_cast(scores.variant_id as bigint), scores.variant_id, scores._row
    ) = 1
),

ranked as (
    select
        *,
        count(*) over (partition by snapshot_id, benchmark_id) as n_models,
        {{ average_rank('score_directed', 'snapshot_id, benchmark_id', descending=true) }}
            as score_rank
    from counted_once
),

-- The place of the score if it lay 1.96 errors lower or higher, others unmoved. The error is that
-- of the raw score, and ceiling keeps the order. A spread over people is no error of the score,
-- nor is a published 0, give or take rounding: a bootstrap that never moved says nothing.
limits as (
    select
        ranked.snapshot_id,
        ranked.benchmark_id,
        ranked.model_id,
        ranked.raw_directed is not null as is_raw,
        ranked.raw_directed - 1.959963984540054 * ranked.error as raw_low,
        ranked.raw_directed + 1.959963984540054 * ranked.error as raw_high
    from ranked
    inner join errors using (benchmark_id)
    where ranked.error > 1e-9
),

-- each value with how many are not above it: what is below a limit is then looked up, not counted
raw_values as (
    select distinct
        snapshot_id,
        benchmark_id,
        raw_directed,
        count(*) over (
            partition by snapshot_id, benchmark_id
            order by raw_directed
        ) as n_up_to,
        count(*) over (partition by snapshot_id, benchmark_id) as n_raw
    from ranked
    where raw_directed is not null
),

sizes as (
    select distinct
        snapshot_id,
        benchmark_id,
        n_raw
    from raw_values
),

shifted as (
    select
        limits.snapshot_id,
        limits.benchmark_id,
        limits.model_id,
        -- a score lies below its own upper limit and is no other
        coalesce(below.n_up_to, 0)
        / nullif(sizes.n_raw - limits.is_raw::integer, 0) as percentile_error_low,
        (coalesce(up_to.n_up_to, 0) - limits.is_raw::integer)
        / nullif(sizes.n_raw - limits.is_raw::integer, 0) as percentile_error_high
    from limits
    inner join sizes using (snapshot_id, benchmark_id)
    asof left join raw_values as below
        on
            limits.snapshot_id = below.snapshot_id
            and limits.benchmark_id = below.benchmark_id
            and limits.raw_low > below.raw_directed
    asof left join raw_values as up_to
        on
            limits.snapshot_id = up_to.snapshot_id
            and limits.benchmark_id = up_to.benchmark_id
            and limits.raw_high > up_to.raw_directed
),

final as (
    select
        ranked.* exclude (raw_directed),
        (ranked.n_models - ranked.score_rank) / nullif(ranked.n_models - 1, 0) as score_percentile,
        shifted.percentile_error_low,
        shifted.percentile_error_high,
        row_number() over (
            partition by ranked.model_id, ranked.benchmark_id
            order by
                snapshots.is_current desc, snapshots.snapshot_date desc, ranked.snapshot_id asc
        ) = 1 as is_latest
    from ranked
    inner join snapshots using (snapshot_id)
    left join shifted using (snapshot_id, benchmark_id, model_id)
)

select * from final
