with names as (
    select * from {{ ref('int_model_names_resolved') }}
),

confidences as (
    select
        unnest(['exact_weights', 'same_recipe', 'same_architecture', 'guess']) as confidence,
        unnest([1, 2, 3, 4]) as confidence_rank
),

-- the weights each source has, when links down to a confidence are believed
models as (
    select distinct
        confidences.confidence,
        confidences.confidence_rank,
        names.source_id,
        case
            when names.confidence_rank <= confidences.confidence_rank
                then names.candidate_model_id
            else names.own_model_id
        end as model_id
    from names
    cross join confidences
),

counts as (
    select
        confidence,
        source_id,
        count(*) as n_models
    from models
    group by all
),

shared as (
    select
        a.confidence,
        a.confidence_rank,
        a.source_id as source_a,
        b.source_id as source_b,
        count(*) as n_shared
    from models as a
    inner join models as b
        on a.confidence = b.confidence and a.model_id = b.model_id and a.source_id < b.source_id
    group by all
),

final as (
    select
        cast(shared.confidence as varchar) as confidence,
        cast(shared.confidence_rank as bigint) as confidence_rank,
        cast(shared.source_a as varchar) as source_a,
        cast(shared.source_b as varchar) as source_b,
        cast(a.n_models as bigint) as n_models_a,
        cast(b.n_models as bigint) as n_models_b,
        cast(shared.n_shared as bigint) as n_shared
    from shared
    inner join counts as a on shared.confidence = a.confidence and shared.source_a = a.source_id
    inner join counts as b on shared.confidence = b.confidence and shared.source_b = b.source_id
)

select * from final
