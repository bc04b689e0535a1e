with resampled as (
    select * from {{ ref('int_model_rankings_resampled') }}
),

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

described as (
    select
        resampled.*,
        models.model_id,
        models.source_model_name,
        models.n_benchmarks,
        count(*) over ranking as n_members,
        count(resampled.score_rank) over ranking as n_models
    from resampled
    inner join models
        on
            resampled.cohort_id = models.cohort_id
            and resampled.level = models.level
            and resampled.source_model_key = models.source_model_key
            and resampled.variant_id = models.variant_id
    window ranking as (partition by resampled.cohort_id, resampled.level, resampled.scheme)
),

final as (
    select
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(scheme as varchar) as scheme,
        cast(source_model_key as varchar) as source_model_key,
        cast(variant_id as varchar) as variant_id,
        cast(model_id as varchar) as model_id,
        cast(source_model_name as varchar) as source_model_name,
        cast(n_benchmarks as bigint) as n_benchmarks,
        cast(n_models as bigint) as n_models,
        cast(score as double) as score,
        cast(score_minmax as double) as score_minmax,
        cast(score_rank as double) as score_rank,
        -- Kemeny's rule is exact on twelve models at most
        cast(
            case
                when scheme = 'kemeny' and n_models < n_members then '12 best by arithmetic mean'
                else 'all'
            end as varchar
        ) as ranked_set,
        cast(rank_low_benchmarks as double) as rank_low_benchmarks,
        cast(rank_high_benchmarks as double) as rank_high_benchmarks,
        cast(rank_low_models as double) as rank_low_models,
        cast(rank_high_models as double) as rank_high_models,
        cast(rank_min_left_out as double) as rank_min_left_out,
        cast(rank_max_left_out as double) as rank_max_left_out,
        cast(tie_group as bigint) as tie_group,
        cast(rank_shift as double) as rank_shift,
        -- more than ten places, as Fig 3 of Ahlert et al. marks them
        cast(abs(rank_shift) > 10 as boolean) as is_large_shift
    from described
)

select * from final
