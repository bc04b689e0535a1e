-- From a published name to weights. A reviewed link (seed model_links) wins, then one that a source
-- declares; without one a name stands for itself inside its namespace, and a timm name with a tag
-- is already canonical.
with links as (
    select * from {{ ref('model_links') }}
    union all by name
    select * from {{ ref('int_model_links_declared') }}
),

snapshots as (select * from {{ ref('snapshots') }}),

published as (
    select
        snapshot_id,
        source_model_key,
        source_model_name
    from {{ ref('int_scores_unioned') }}
    union
    select
        snapshot_id,
        source_model_key,
        source_model_name
    from {{ ref('int_layer_scores_unioned') }}
    -- what this machine measured, by the names of the project's own measurements
    {%- for table in ['alignments', 'probe_results'] %}
    union
    select
        snapshot_id,
        source_model_key,
        source_model_name
    from {{ ref('stg_own__' ~ table) }}
    {%- endfor %}
),

-- the monthly file prints numeric ids alone; the newest snapshot that names an id counts
named as (
    select
        snapshots.source_id,
        published.snapshot_id,
        snapshots.namespace,
        published.source_model_key,
        coalesce(
            nullif(published.source_model_name, ''),
            arg_max(nullif(published.source_model_name, ''), snapshots.snapshot_date) over (
                partition by snapshots.namespace, published.source_model_key
            ),
            'id ' || published.source_model_key
        ) as source_model_name
    from published
    inner join snapshots using (snapshot_id)
),

-- the most specific link wins: one key before a name, one snapshot before all; a reviewed one
-- before one that is declared
matched as (
    select
        named.snapshot_id,
        named.source_model_key,
        links.model_id,
        links.rule,
        links.evidence,
        links.confidence
    from named
    inner join links using (namespace, source_model_name)
    where
        coalesce(links.snapshot_id, named.snapshot_id) = named.snapshot_id
        and coalesce(links.source_model_key, named.source_model_key) = named.source_model_key
    qualify row_number() over (
        partition by named.snapshot_id, named.source_model_key
        order by
            links.source_model_key is null,
            links.snapshot_id is null,
            links.rule = 'declared_by_source'
    ) = 1
),

linked as (
    select
        named.*,
        case
            when named.namespace = 'timm' and contains(named.source_model_name, '.')
                then named.source_model_name
            else named.namespace || ':' || named.source_model_name
        end as own_model_id,
        matched.model_id is not null as is_linked,
        coalesce(matched.model_id, own_model_id) as candidate_model_id,
        coalesce(
            matched.rule,
            case
                when named.source_model_name = 'id ' || named.source_model_key then 'number_only'
                else 'own_name'
            end
        ) as rule,
        coalesce(matched.evidence, 'the name itself') as evidence,
        coalesce(matched.confidence, 'exact_weights') as confidence
    from named
    left join matched using (snapshot_id, source_model_key)
),

final as (
    select
        *,
        case confidence when 'exact_weights' then candidate_model_id else own_model_id end
            as model_id,
        {{ confidence_rank('confidence') }} as confidence_rank,
        source_id = 'own' as is_private
    from linked
)

select * from final
