-- Spearman of every pair of metrics of a figure. The cohorts are complete, so ranks are taken once.
with scores as (
    select * from {{ ref('int_figure_scores_levelled') }}
),

ranked as (
    select
        *,
        {{ average_rank('score', 'figure_id, metric_id') }} as score_rank
    from scores
),

-- average ranks are halves of whole numbers, but their sums are still taken in one order
final as (
    select
        a.figure_id,
        a.metric_id as metric_a,
        b.metric_id as metric_b,
        count(*) as n_models,
        corr(a.score_rank, b.score_rank order by a.source_model_key, a.variant_id) as estimate
    from ranked as a
    inner join ranked as b
        on
            a.figure_id = b.figure_id
            and a.source_model_key = b.source_model_key
            and a.variant_id = b.variant_id
            and a.metric_id < b.metric_id
    group by all
)

select * from final
