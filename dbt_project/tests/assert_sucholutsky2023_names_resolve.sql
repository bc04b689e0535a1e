-- Each of the 491 names resolves to exactly one row of timm's results of 2022-07-27.
select
    listed.timm_name,
    count(names.source_model_key) as n_rows
from {{ ref('sucholutsky2023_models') }} as listed
left join {{ ref('bridge_model_names') }} as names
    on listed.timm_name = names.source_model_name and names.snapshot_id = 'timm_2022_07_27'
where
    exists (
        select 1 from {{ ref('dim_sources') }} as sources
        where sources.source_id = 'timm_results' and sources.is_present
    )
group by listed.timm_name
having count(names.source_model_key) != 1
