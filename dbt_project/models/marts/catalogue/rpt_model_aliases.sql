with names as (select * from {{ ref('bridge_model_names') }}),
snapshots as (select * from {{ ref('dim_snapshots') }}),

-- a name that resolves to one model is listed there too as a candidate of another
claims as (
    select
        * exclude (candidate_model_id),
        true as is_resolved
    from names
    union all by name
    select
        * exclude (model_id, candidate_model_id),
        candidate_model_id as model_id,
        false as is_resolved
    from names
    where candidate_model_id != model_id
),

final as (
    select
        claims.model_id,
        claims.namespace,
        claims.source_model_name,
        claims.is_resolved,
        claims.confidence,
        claims.rule,
        claims.evidence,
        claims.is_private,
        count(distinct claims.source_model_key) as n_keys,
        count(distinct claims.snapshot_id) as n_snapshots,
        min(snapshots.snapshot_date) as first_date,
        max(snapshots.snapshot_date) as last_date,
        string_agg(distinct claims.source_id, ', ' order by claims.source_id) as sources,
        {% for side in ['imagenet_top1', 'imagenet_top1_elsewhere'] %}
        arg_max(
            claims.{{ side }},
            struct_pack(
                is_contradicted := coalesce(claims.is_contradicted, false),
                apart := coalesce(abs(claims.imagenet_top1 - claims.imagenet_top1_elsewhere), 0),
                first := claims.snapshot_id || claims.source_model_key
            )
        ) as {{ side }},
        {% endfor %}
        coalesce(bool_or(claims.is_contradicted), false) as is_contradicted
    from claims
    inner join snapshots using (snapshot_id)
    group by all
)

select * from final
