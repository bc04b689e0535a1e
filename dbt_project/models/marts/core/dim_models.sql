with families as (select * from {{ ref('int_model_families_matched') }}),

attributes as (
    select
        model_id,
        arg_min(value, priority) filter (where attribute = 'architecture') as architecture,
        arg_min(value, priority) filter (where attribute = 'training_data') as training_data,
        arg_min(value, priority) filter (where attribute = 'objective') as objective,
        arg_min(value, priority) filter (where attribute = 'lineage') as lineage,
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
        families.*,
        attributes.architecture,
        cast(attributes.n_parameters as bigint) as n_parameters,
        attributes.training_data,
        attributes.objective,
        attributes.lineage,
        coalesce(attributes.objective = 'untrained', false) as is_untrained,
        not contains(families.model_id, ':') as is_identified,
        coalesce(scored.n_scores, 0) as n_scores
    from families
    left join attributes using (model_id)
    left join scored using (model_id)
)

select * from final
