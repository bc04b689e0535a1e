-- An added model is the published one whose id it is given, or else one of its own: equal names of
-- different places need not mean the same weights.
with published as (
    select distinct model_id
    from {{ ref('int_model_names_resolved') }}
    where not is_private
),

given as (
    select
        snapshot_id,
        source_model_key
    from {{ ref('stg_own__scores') }}
    union
    select
        'added' as snapshot_id,
        observer_id as source_model_key
    from {{ ref('stg_own__trials') }}
    where not starts_with(observer_id, 'subject-')
),

added as (
    select
        'own' as source_id,
        snapshot_id,
        'own' as namespace,
        source_model_key,
        source_model_key as source_model_name
    from given
),

final as (
    select
        added.*,
        coalesce(published.model_id, 'own:' || added.source_model_name) as model_id,
        model_id as candidate_model_id,
        if(published.model_id is null, 'own_name', 'same_id') as rule,
        'the name itself' as evidence,
        'exact_weights' as confidence,
        true as is_private
    from added
    left join published on added.source_model_name = published.model_id
)

select * from final
