-- At each level the paper's two alternatives beside Brain-Score's own average, which is the
-- arithmetic mean of the neural and the behavioural average.
with rankings as (
    select * exclude (rank_shift, is_large_shift)
    from {{ ref('fct_model_rankings') }}
    where
        cohort_id = 'brainscore_2024_complete_dedup'
        and scheme in ('arithmetic_mean', 'z_mean', 'mean_rank')
        and level in ('leaf', 'region', 'modality')
),

overall as (
    select * from rankings
    where level = 'modality' and scheme = 'arithmetic_mean'
),

schemes as (
    select * from rankings
    where scheme != 'arithmetic_mean'
    union all by name
    select
        * exclude (level),
        unnest(['leaf', 'region', 'modality']) as level
    from overall
),

compared as (
    select
        schemes.*,
        overall.score_rank as reference_rank,
        schemes.score_rank - overall.score_rank as rank_shift
    from schemes
    inner join overall using (source_model_key, variant_id)
),

kept as (
    select
        level,
        scheme,
        {{ correlation('score_rank', 'reference_rank') }} as spearman_with_mean
    from compared
    group by all
),

final as (
    select
        compared.cohort_id,
        compared.level,
        compared.scheme,
        compared.source_model_key,
        compared.variant_id,
        compared.source_model_name,
        compared.model_id,
        compared.n_models,
        compared.score,
        compared.score_minmax,
        compared.score_rank,
        compared.reference_rank,
        compared.rank_shift,
        abs(compared.rank_shift) > 10 as is_large_shift,
        kept.spearman_with_mean
    from compared
    inner join kept using (level, scheme)
)

select * from final
