-- model alone is no key: 64 networks stand trained and untrained under one name. model_string is
-- the key and the name, as in imagenet1k.
with renamed as (
    select * rename (score as score_text)
    from {{ source('deepnsd', 'results_summary') }}
)

select
    {{ printed_score('deepnsd_2023', 'model_string', "'deepnsd.otc.' || metric", 'metric') }},
    nullif(nullif(architecture, 'NA'), '') as architecture,
    nullif(nullif(train_task, 'NA'), '') as train_task,
    nullif(nullif(train_data, 'NA'), '') as train_data,
    nullif(nullif(model_class, 'NA'), '') as model_class,
    nullif(nullif(display_name, 'NA'), '') as display_name,
    {{ finite('total_parameter_count') }} as n_parameters,
    model as base_model_name
from renamed
