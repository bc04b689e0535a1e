-- A reviewed link whose name no present source prints is a slip of the pen.
with names as (
    select distinct
        namespace,
        snapshot_id,
        source_model_name
    from {{ ref('bridge_model_names') }}
),

complete as (
    select snapshots.namespace
    from {{ ref('dim_snapshots') }} as snapshots
    inner join {{ ref('dim_sources') }} as sources using (source_id)
    group by snapshots.namespace
    having bool_and(sources.is_present)
)

select links.*
from {{ ref('model_links') }} as links
inner join complete using (namespace)
left join names
    on
        links.namespace = names.namespace
        and links.source_model_name = names.source_model_name
        and (links.snapshot_id is null or links.snapshot_id = names.snapshot_id)
where names.source_model_name is null
