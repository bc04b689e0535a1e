-- Twelve pairs of (model, train_type) are listed twice; the second gets the variant 2.
with source as (
    select * from {{ source('deepnsd', 'model_typology') }}
),

numbered as (
    select
        *,
        row_number() over (partition by model, train_type order by _row) as n_th
    from source
),

final as (
    select
        'deepnsd_2023' as snapshot_id,
        -- Built as model_string is in results_summary, so that the two can be joined.
        model || '_' || train_type as source_model_key,
        model || '_' || train_type as source_model_name,
        case when n_th = 1 then '' else cast(n_th as varchar) end as variant_id,
        model as base_model_name,
        train_type as train_task,
        nullif(train_data, '') as train_data,
        nullif(architecture, '') as architecture,
        nullif(model_class, '') as model_class,
        nullif(task_cluster, '') as task_cluster,
        nullif(model_display_name, '') as display_name,
        nullif(description, '') as description,
        nullif(model_source, '') as weights_source,
        nullif(model_source_url, '') as weights_source_url,
        nullif(weights_url, '') as weights_url,
        _load_id,
        _file,
        _row
    from numbered
)

select * from final
