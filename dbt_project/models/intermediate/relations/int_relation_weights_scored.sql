-- One value per confidence that links are believed down to, set of weights and benchmark: of
-- several sources the newest snapshot counts, then the lowest key.
with cohorts as (select * from {{ ref('int_relation_cohorts_believed') }}),
scores as (select * from {{ ref('int_relation_benchmarks_scored') }}),
names as (select * from {{ ref('int_model_names_resolved') }}),

confidences as (
    select
        confidence,
        confidence_rank
    from cohorts
    group by all
),

identified as (
    select
        confidences.confidence,
        scores.*,
        {{ believed_model('confidences.confidence_rank') }} as model_id
    from scores
    inner join names using (snapshot_id, source_model_key)
    cross join confidences
),

final as (
    select
        confidence,
        model_id,
        benchmark_id,
        source_id,
        score
    from identified
    qualify
        row_number() over (
            partition by confidence, model_id, benchmark_id
            order by
                snapshot_date desc, snapshot_id asc,
                try_cast(source_model_key as bigint) asc, source_model_key asc
        ) = 1
)

select * from final
