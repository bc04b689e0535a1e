with final as (
    select
        cohort_id,
        unit_id,
        unit_name,
        model_id,
        family,
        cluster_id,
        source_id,
        benchmark_id,
        score as score_directed,
        imagenet_top1
    from {{ ref('int_relation_scores_gathered') }}
)

select * from final
