with families as (
    select * from {{ ref('int_model_families_matched') }}
),

attributes as (
    select
        model_id,
        arg_min(value, priority) filter (where attribute = 'architecture') as architecture,
        arg_min(value, priority) filter (where attribute = 'training_data') as training_data,
        arg_min(value, priority) filter (where attribute = 'objective') as objective,
        arg_min(try_cast(value as double), priority) filter (where attribute = 'n_parameters')
            as n_parameters
    from {{ ref('int_model_attributes_collected') }}
    group by model_id
),

scored as (
    select
        model_id,
        count(score) as n_scores
    from {{ ref('fct_scores') }}
    group by model_id
),

final as (
    select
        cast(families.model_id as varchar) as model_id,
        cast(families.display_name as varchar) as display_name,
        cast(attributes.architecture as varchar) as architecture,
        cast(families.family as varchar) as family,
        cast(families.architecture_class as varchar) as architecture_class,
        cast(families.is_family_matched as boolean) as is_family_matched,
        cast(attributes.n_parameters as bigint) as n_parameters,
        cast(attributes.training_data as varchar) as training_data,
        cast(attributes.objective as varchar) as objective,
        cast(coalesce(attributes.objective = 'untrained', false) as boolean) as is_untrained,
        cast(not contains(families.model_id, ':') as boolean) as is_identified,
        cast(families.n_sources as bigint) as n_sources,
        cast(families.n_names as bigint) as n_names,
        cast(coalesce(scored.n_scores, 0) as bigint) as n_scores
    from families
    left join attributes on families.model_id = attributes.model_id
    left join scored on families.model_id = scored.model_id
)

select * from final
