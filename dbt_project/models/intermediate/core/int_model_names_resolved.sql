-- From a published name to weights. A reviewed link (seed model_links) wins; without one a name
-- stands for itself inside its namespace, and a timm name with a tag is already canonical.
with scores as (
    select * from {{ ref('int_scores_unioned') }}
),

layer_scores as (
    select * from {{ ref('int_layer_scores_unioned') }}
),

snapshots as (
    select * from {{ ref('snapshots') }}
),

links as (
    select * from {{ ref('model_links') }}
),

published as (
    select
        snapshot_id,
        source_model_key,
        source_model_name
    from scores
    union
    select
        snapshot_id,
        source_model_key,
        source_model_name
    from layer_scores
),

names as (
    select
        snapshots.source_id,
        snapshots.namespace,
        published.*
    from published
    inner join snapshots on published.snapshot_id = snapshots.snapshot_id
),

-- The monthly file prints numeric ids alone; the leaderboards name them.
known_ids as (
    select
        source_model_key,
        arg_min(
            source_model_name,
            case snapshot_id
                when 'brainscore_2025_05' then 1
                when 'brainscore_2025_05_old' then 2
                else 3
            end
        ) as source_model_name
    from names
    where snapshot_id in ('brainscore_2024_01_01', 'brainscore_2025_05', 'brainscore_2025_05_old')
    group by source_model_key
),

named as (
    select
        names.source_id,
        names.snapshot_id,
        names.namespace,
        names.source_model_key,
        coalesce(
            nullif(names.source_model_name, ''),
            known_ids.source_model_name,
            'id ' || names.source_model_key
        ) as source_model_name
    from names
    left join known_ids
        on names.source_model_name = '' and names.source_model_key = known_ids.source_model_key
),

-- the most specific row wins: one key before a name, one snapshot before all
matched as (
    select
        named.snapshot_id,
        named.source_model_key,
        links.model_id,
        links.rule,
        links.evidence,
        links.confidence,
        row_number() over (
            partition by named.snapshot_id, named.source_model_key
            order by links.source_model_key is null, links.snapshot_id is null
        ) as place
    from named
    inner join links
        on
            named.namespace = links.namespace
            and named.source_model_name = links.source_model_name
    where
        (links.snapshot_id is null or links.snapshot_id = named.snapshot_id)
        and (links.source_model_key is null or links.source_model_key = named.source_model_key)
),

linked as (
    select
        named.*,
        case
            when named.namespace = 'timm' and contains(named.source_model_name, '.')
                then named.source_model_name
            else named.namespace || ':' || named.source_model_name
        end as own_model_id,
        matched.model_id as linked_model_id,
        matched.rule,
        matched.evidence,
        matched.confidence
    from named
    left join matched
        on
            named.snapshot_id = matched.snapshot_id
            and named.source_model_key = matched.source_model_key
            and matched.place = 1
),

final as (
    select
        source_id,
        snapshot_id,
        namespace,
        source_model_key,
        source_model_name,
        own_model_id,
        coalesce(linked_model_id, own_model_id) as candidate_model_id,
        case
            when coalesce(confidence, 'exact_weights') = 'exact_weights'
                then coalesce(linked_model_id, own_model_id)
            else own_model_id
        end as model_id,
        coalesce(
            rule,
            case
                when source_model_name = 'id ' || source_model_key then 'number_only'
                else 'own_name'
            end
        ) as rule,
        coalesce(evidence, 'the name itself') as evidence,
        coalesce(confidence, 'exact_weights') as confidence,
        case coalesce(confidence, 'exact_weights')
            when 'exact_weights' then 1
            when 'same_recipe' then 2
            when 'same_architecture' then 3
            when 'guess' then 4
        end as confidence_rank,
        linked_model_id is not null as is_linked
    from linked
)

select * from final
