-- Twelve pairs of (model, train_type) are listed twice; the second gets the variant 2.
select
    'deepnsd_2023' as snapshot_id,
    -- as model_string is in results_summary, so that the two can be joined
    model || '_' || train_type as source_model_key,
    source_model_key as source_model_name,
    {{ repeat_number('model, train_type') }} as variant_id,
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
from {{ source('deepnsd', 'model_typology') }}
