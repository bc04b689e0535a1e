with estimated as (select * from {{ ref('int_model_rankings_estimated') }}),

models as (
    select
        cohort_id,
        level,
        source_model_key,
        variant_id,
        model_id,
        source_model_name,
        count(*) as n_benchmarks
    from {{ ref('fct_scores_normalized') }}
    group by all
),

members as (select * from {{ ref('bridge_cohort_models') }}),

final as (
    select
        estimated.* exclude (datasets_left_out, ranks_left_out),
        models.model_id,
        models.source_model_name,
        models.n_benchmarks,
        members.n_doubted,
        members.coverage,
        members.is_comparable,
        members.n_copies,
        members.is_first_copy,
        count(estimated.score_rank) over ranking as n_models,
        -- Kemeny's rule is exact on twelve models at most
        case
            when estimated.scheme = 'kemeny' and n_models < count(*) over ranking
                then '12 best by arithmetic mean'
            else 'all'
        end as ranked_set,
        -- more than ten places, as Fig 3 of Ahlert et al. marks them
        abs(estimated.rank_shift) > 10 as is_large_shift
    from estimated
    inner join models using (cohort_id, level, source_model_key, variant_id)
    inner join members using (cohort_id, source_model_key, variant_id)
    window ranking as (partition by estimated.cohort_id, estimated.level, estimated.scheme)
)

select * from final
