with own_scores as (select * from {{ ref('int_own_scores_named') }}),

-- A score of this machine among those of the newest snapshot that has its benchmark. It is the
-- latest of a model that nobody else knows, and never in the place of a published one.
own_ranked as (
    select
        scores.* exclude (source_file, source_row, load_id, is_aggregate),
        scores.load_id as _load_id,
        scores.source_file as _file,
        scores.source_row as _row,
        count(*) over same_model as n_published,
        min(scores.score) over same_model as score_min,
        max(scores.score) over same_model as score_max,
        coalesce(placed.n_models, 0) + 1 as n_models,
        coalesce(placed.score_rank, 1) as score_rank,
        placed.score_percentile,
        models.is_private as is_latest
    from own_scores as scores
    inner join {{ ref('dim_models') }} as models using (model_id)
    left join {{ ref('int_own_scores_placed') }} as placed
        on
            scores.snapshot_id = placed.snapshot_id
            and scores.source_model_key = placed.source_model_key
            and scores.variant_id = placed.variant_id
            and scores.benchmark_id = placed.benchmark_id
            and placed.part = 'snapshot'
    where scores.state = 'scored'
    window
        same_model as (
            partition by scores.snapshot_id, scores.benchmark_id, scores.model_id
        )
    qualify row_number() over (
        partition by scores.snapshot_id, scores.benchmark_id, scores.model_id
        order by scores.source_model_key, scores.variant_id
    ) = 1
),

ranked as (
    select
        *,
        false as is_private
    from {{ ref('int_scores_ranked') }}
    union all by name
    select * exclude (published_benchmark, benchmark_version, state, state_evidence)
    from own_ranked
),

snapshots as (select * from {{ ref('dim_snapshots') }}),
benchmarks as (select * from {{ ref('dim_benchmarks') }}),
errors as (select * from {{ ref('benchmark_errors') }}),

final as (
    select
        ranked.* exclude (_load_id, _file, _row),
        snapshots.snapshot_date,
        benchmarks.title,
        benchmarks.suite,
        benchmarks.modality,
        benchmarks.region,
        benchmarks.unit,
        benchmarks.citation,
        benchmarks.is_aggregate,
        case when ranked.error is not null then errors.error_kind end as error_kind,
        ranked._load_id as load_id,
        ranked._file as source_file,
        ranked._row as source_row
    from ranked
    inner join snapshots using (snapshot_id)
    inner join benchmarks using (benchmark_id)
    left join errors using (benchmark_id)
)

select * from final
