with cohorts as (select * from {{ ref('relation_cohorts') }}),

scores as (
    select
        cohort_id,
        count(distinct unit_id) as n_units,
        count(distinct cluster_id) as n_clusters,
        count(distinct family) as n_families,
        count(distinct unit_id) filter (where imagenet_top1 is not null) as n_with_imagenet_top1
    from {{ ref('int_relation_scores_gathered') }}
    group by cohort_id
),

declared as (
    select
        cohort_id,
        count(*) as n_pairs,
        count(*) filter (where is_part_of_whole) as n_part_of_whole
    from {{ ref('int_relation_pairs_declared') }}
    group by cohort_id
),

estimated as (
    select
        cohort_id,
        count(*) filter (where state = 'estimated') as n_estimated,
        count(*) filter (where state = 'too_few') as n_too_few
    from {{ ref('fct_downstream_relations') }}
    where covariate = 'none' and transform = 'raw' and method = 'pearson'
    group by cohort_id
),

final as (
    select
        cohorts.* exclude (cluster),
        cohorts.cluster as cluster_kind,
        coalesce(columns('^n_'), 0)
    from cohorts
    left join scores using (cohort_id)
    left join declared using (cohort_id)
    left join estimated using (cohort_id)
)

select * from final
