-- model alone is no key: 64 networks stand trained and untrained under one name. model_string is
-- the key and the name, as in imagenet1k.
with source as (
    select * from {{ source('deepnsd', 'results_summary') }}
),

renamed as (
    select * rename (score as score_text)
    from source
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score
    from renamed
),

final as (
    select
        'deepnsd_2023' as snapshot_id,
        model_string as source_model_key,
        model_string as source_model_name,
        '' as variant_id,
        'deepnsd.otc.' || metric as benchmark_id,
        metric as published_benchmark,
        '' as benchmark_version,
        score as score_raw,
        score,
        cast(null as double) as error,
        case
            when score_text = '' then 'never_run'
            when score is null then 'failed'
            else 'scored'
        end as state,
        case
            when score_text = '' then 'empty cell'
            when score is null then score_text
            else 'value'
        end as state_evidence,
        _load_id,
        _file,
        _row,
        nullif(nullif(architecture, 'NA'), '') as architecture,
        nullif(nullif(train_task, 'NA'), '') as train_task,
        nullif(nullif(train_data, 'NA'), '') as train_data,
        nullif(nullif(model_class, 'NA'), '') as model_class,
        nullif(nullif(display_name, 'NA'), '') as display_name,
        {{ finite('total_parameter_count') }} as n_parameters,
        model as base_model_name
    from typed
)

select * from final
