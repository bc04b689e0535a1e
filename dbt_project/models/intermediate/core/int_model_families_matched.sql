-- The first reviewed pattern that a model's published name or id matches gives its architecture
-- family; a model that none matches is its own family.
with
-- names of this machine count only where nobody else names the weights
counted as (
    select *
    from {{ ref('int_model_names_resolved') }}
    qualify not is_private or bool_and(is_private) over (partition by model_id)
),

names as (
    select
        model_id,
        regexp_replace(model_id, '^(brainscore|timm|deepnsd|testbed|scaling|encdim):', '')
            as stripped_id,
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
        count(distinct namespace || ':' || source_model_name) as n_names,
        bool_and(is_private) as is_private
    from counted
    group by model_id
),

texts as (
    select stripped_id as text from names
    union
    select display_name from names
),

-- A pattern is compiled once for every text that it meets. So the texts are joined, a line each,
-- and a pattern returns the lines that it matches; its classes such as [^a-z] must not match the
-- end of a line.
matched as (
    select
        unnest(
            regexp_extract_all(
                (select string_agg(text, chr(10)) from texts),
                '(?im)^.*(?:' || replace(pattern, '[^', '[^\n') || ').*$'
            )
        ) as text,
        priority,
        family,
        architecture_class
    from {{ ref('model_families') }}
),

first_matches as (
    select
        names.model_id,
        arg_min(matched.family, matched.priority) as family,
        arg_min(matched.architecture_class, matched.priority) as architecture_class
    from names
    inner join matched on matched.text in (names.stripped_id, names.display_name)
    group by names.model_id
),

final as (
    select
        names.* exclude (stripped_id),
        coalesce(first_matches.family, names.model_id) as family,
        first_matches.architecture_class,
        first_matches.family is not null as is_family_matched
    from names
    left join first_matches using (model_id)
)

select * from final
