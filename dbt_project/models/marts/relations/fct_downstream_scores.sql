with final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(unit_id as varchar) as unit_id,
        cast(unit_name as varchar) as unit_name,
        cast(model_id as varchar) as model_id,
        cast(family as varchar) as family,
        cast(cluster_id as varchar) as cluster_id,
        cast(source_id as varchar) as source_id,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(score as double) as score_directed,
        cast(imagenet_top1 as double) as imagenet_top1
    from {{ ref('int_relation_scores_gathered') }}
)

select * from final
