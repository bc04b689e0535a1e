with names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(source_id as varchar) as source_id,
        cast(snapshot_id as varchar) as snapshot_id,
        cast(namespace as varchar) as namespace,
        cast(source_model_key as varchar) as source_model_key,
        cast(source_model_name as varchar) as source_model_name,
        cast(model_id as varchar) as model_id,
        cast(candidate_model_id as varchar) as candidate_model_id,
        cast(rule as varchar) as rule,
        cast(evidence as varchar) as evidence,
        cast(confidence as varchar) as confidence
    from names
)

select * from final
