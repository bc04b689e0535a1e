-- A reviewed link whose name no present source prints is a slip of the pen.
with names as (
    select distinct
        namespace,
        snapshot_id,
        source_model_name
    from {{ ref('bridge_model_names') }}
),

snapshots as (
    select
        snapshots.snapshot_id,
        snapshots.namespace,
        sources.is_present
    from {{ ref('dim_snapshots') }} as snapshots
    inner join {{ ref('dim_sources') }} as sources using (source_id)
),

-- what a person would have to place by hand prints timm's names again
complete as (
    select namespace
    from snapshots
    where snapshot_id != 'sucholutsky2023'
    group by namespace
    having bool_and(is_present)
)

select links.*
from {{ ref('model_links') }} as links
inner join complete using (namespace)
anti join snapshots as absent on links.snapshot_id = absent.snapshot_id and not absent.is_present
left join names
    on
        links.namespace = names.namespace
        and links.source_model_name = names.source_model_name
        and (links.snapshot_id is null or links.snapshot_id = names.snapshot_id)
where names.source_model_name is null
