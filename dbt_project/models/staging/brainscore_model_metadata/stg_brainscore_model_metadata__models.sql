-- parameter_count 0 (pixels) is a count, not a hole.
with source as (
    select * from {{ source('brainscore_model_metadata', 'models') }}
),

final as (
    select
        identifier as source_model_key,
        identifier as source_model_name,
        domain,
        nullif(display_name, '') as display_name,
        nullif(version, '') as model_version,
        nullif(architecture_family, '') as architecture_family,
        nullif(architecture_description, '') as architecture_description,
        {{ finite('parameter_count') }} as n_parameters,
        try_cast(nullif(parameter_count_exact, '') as boolean) as is_parameter_count_exact,
        nullif(trainable_layers, '') as trainable_layers,
        try_cast(nullif(recurrent, '') as boolean) as is_recurrent,
        nullif(input_modality, '') as input_modality,
        try_cast(input_channels as integer) as n_input_channels,
        try_cast(input_height as integer) as input_height,
        try_cast(input_width as integer) as input_width,
        {{ finite('visual_degrees') }} as visual_degrees,
        nullif(visual_degrees_description, '') as visual_degrees_description,
        nullif(supervision_type, '') as supervision_type,
        nullif(supervision_description, '') as supervision_description,
        nullif(interface_description, '') as interface_description,
        nullif(preprocessing_description, '') as preprocessing_description,
        nullif(training_process, '') as training_process,
        nullif(dataset_summary, '') as dataset_summary,
        nullif(weights_provider, '') as weights_provider,
        nullif(checkpoint_identifier, '') as checkpoint_identifier,
        nullif(source_url, '') as source_url,
        nullif(license, '') as licence,
        nullif(curation_confidence, '') as curation_confidence,
        _load_id,
        _file,
        _row
    from source
)

select * from final
