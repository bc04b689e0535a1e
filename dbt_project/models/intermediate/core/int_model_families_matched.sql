-- The first reviewed pattern that a model's published name matches gives its architecture family;
-- a model that none matches is its own family (METHODS §2).
with names as (
    select
        model_id,
        arg_min(
            source_model_name,
            case namespace
                when 'timm' then 1
                when 'brainscore' then 2
                when 'deepnsd' then 3
                when 'testbed' then 4
                when 'scaling' then 5
                else 6
            end || snapshot_id || source_model_name
        ) as display_name,
        count(distinct source_id) as n_sources,
        count(distinct namespace || ':' || source_model_name) as n_names
    from {{ ref('int_model_names_resolved') }}
    group by model_id
),

stripped as (
    select
        *,
        regexp_replace(model_id, '^(brainscore|timm|deepnsd|testbed|scaling|encdim):', '')
            as stripped_id
    from names
),

matched as (
    select
        stripped.model_id,
        arg_min(families.family, families.priority) as family,
        arg_min(families.architecture_class, families.priority) as architecture_class
    from stripped
    inner join {{ ref('model_families') }} as families
        on
            regexp_matches(stripped.stripped_id, families.pattern, 'i')
            or regexp_matches(stripped.display_name, families.pattern, 'i')
    group by stripped.model_id
),

final as (
    select
        stripped.model_id,
        stripped.display_name,
        stripped.n_sources,
        stripped.n_names,
        coalesce(matched.family, stripped.model_id) as family,
        matched.architecture_class,
        matched.family is not null as is_family_matched
    from stripped
    left join matched on stripped.model_id = matched.model_id
)

select * from final
