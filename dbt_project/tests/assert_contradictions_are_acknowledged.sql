-- A link of exact_weights that printed accuracies contradict is corrected (seed model_links) or
-- explained (seed link_contradictions), and nothing is explained that no accuracy contradicts.
with contradicted as (
    select distinct
        namespace,
        source_model_name
    from {{ ref('bridge_model_names') }}
    where is_contradicted
),

complete as (
    select bool_and(sources.is_present) as is_complete
    from {{ ref('dim_snapshots') }} as snapshots
    inner join {{ ref('dim_sources') }} as sources using (source_id)
    where snapshots.namespace != 'compute'
)

select
    coalesce(contradicted.namespace, explained.namespace) as namespace,
    coalesce(contradicted.source_model_name, explained.source_model_name) as source_model_name,
    if(explained.reason is null, 'not explained', 'not contradicted') as problem
from contradicted
full outer join {{ ref('link_contradictions') }} as explained using (namespace, source_model_name)
cross join complete
where
    explained.reason is null
    or (contradicted.namespace is null and complete.is_complete)
