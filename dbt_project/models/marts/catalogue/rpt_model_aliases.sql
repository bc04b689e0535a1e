with names as (
    select * from {{ ref('bridge_model_names') }}
),

snapshots as (
    select * from {{ ref('dim_snapshots') }}
),

-- a name that resolves to one model is listed there too as a candidate of another
claims as (
    select
        model_id,
        true as is_resolved,
        names.* exclude (model_id, candidate_model_id)
    from names
    union all
    select
        candidate_model_id as model_id,
        false as is_resolved,
        names.* exclude (model_id, candidate_model_id)
    from names
    where candidate_model_id != model_id
),

grouped as (
    select
        claims.model_id,
        claims.namespace,
        claims.source_model_name,
        claims.is_resolved,
        claims.confidence,
        claims.rule,
        claims.evidence,
        count(distinct claims.source_model_key) as n_keys,
        count(distinct claims.snapshot_id) as n_snapshots,
        min(snapshots.snapshot_date) as first_date,
        max(snapshots.snapshot_date) as last_date,
        string_agg(distinct claims.source_id, ', ' order by claims.source_id) as sources
    from claims
    inner join snapshots on claims.snapshot_id = snapshots.snapshot_id
    group by all
),

final as (
    select
        cast(model_id as varchar) as model_id,
        cast(namespace as varchar) as namespace,
        cast(source_model_name as varchar) as source_model_name,
        cast(is_resolved as boolean) as is_resolved,
        cast(confidence as varchar) as confidence,
        cast(rule as varchar) as rule,
        cast(evidence as varchar) as evidence,
        cast(n_keys as bigint) as n_keys,
        cast(n_snapshots as bigint) as n_snapshots,
        cast(first_date as date) as first_date,
        cast(last_date as date) as last_date,
        cast(sources as varchar) as sources
    from grouped
)

select * from final
