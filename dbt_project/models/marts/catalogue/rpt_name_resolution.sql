with names as (
    select * from {{ ref('bridge_model_names') }}
),

distinct_names as (
    select
        namespace,
        source_model_name,
        string_agg(distinct source_id, ', ' order by source_id) as sources,
        string_agg(distinct model_id, ', ' order by model_id) as model_ids,
        string_agg(distinct candidate_model_id, ', ' order by candidate_model_id)
            as candidate_model_ids,
        count(distinct model_id) as n_model_ids,
        count(distinct source_model_key) as n_keys,
        arg_min(rule, snapshot_id) as rule,
        arg_min(evidence, snapshot_id) as evidence,
        arg_min(confidence, snapshot_id) as confidence
    from names
    group by namespace, source_model_name
),

per_model as (
    select
        model_id,
        count(distinct namespace || ':' || source_model_name) as n_names,
        count(distinct namespace) as n_namespaces
    from names
    group by model_id
),

-- many names, one set of weights
many_to_one as (
    select
        'many_to_one' as kind,
        distinct_names.*
    from distinct_names
    inner join names
        on
            distinct_names.namespace = names.namespace
            and distinct_names.source_model_name = names.source_model_name
    inner join per_model on names.model_id = per_model.model_id and per_model.n_names > 1
    group by all
),

-- one name, several sets of weights (it changed between vintages)
one_to_many as (
    select
        'one_to_many' as kind,
        distinct_names.*
    from distinct_names
    where n_model_ids > 1
),

-- a name that no other name or namespace shares
unresolved as (
    select
        'unresolved' as kind,
        distinct_names.*
    from distinct_names
    inner join names
        on
            distinct_names.namespace = names.namespace
            and distinct_names.source_model_name = names.source_model_name
    inner join per_model
        on
            names.model_id = per_model.model_id
            and per_model.n_names = 1
            and names.rule in ('own_name', 'number_only')
    where names.model_id != names.source_model_name
    group by all
),

below_exact as (
    select
        'not_merged' as kind,
        distinct_names.*
    from distinct_names
    where confidence != 'exact_weights'
),

unioned as (
    select * from many_to_one
    union all by name
    select * from one_to_many
    union all by name
    select * from unresolved
    union all by name
    select * from below_exact
),

final as (
    select
        cast(kind as varchar) as kind,
        cast(namespace as varchar) as namespace,
        cast(source_model_name as varchar) as source_model_name,
        cast(sources as varchar) as sources,
        cast(model_ids as varchar) as model_ids,
        cast(candidate_model_ids as varchar) as candidate_model_ids,
        cast(n_keys as bigint) as n_keys,
        cast(rule as varchar) as rule,
        cast(evidence as varchar) as evidence,
        cast(confidence as varchar) as confidence
    from unioned
)

select * from final
