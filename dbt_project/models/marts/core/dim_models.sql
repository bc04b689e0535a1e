with families as (
    select * from {{ ref('int_model_families_matched') }}
    union all by name
    select distinct
        model_id,
        source_model_name as display_name,
        model_id as family,
        false as is_family_matched,
        1 as n_sources,
        1 as n_names,
        true as is_private
    from {{ ref('int_own_names_resolved') }}
    where rule = 'own_name'
),

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
        is_private,
        count(score) as n_scores
    from {{ ref('fct_scores') }}
    group by model_id, is_private
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
    left join scored using (model_id, is_private)
)

select * from final
