with differences as (
    select * from {{ ref('stg_compute__control_differences') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        differences.snapshot_id,
        differences.source_model_key,
        names.model_id,
        differences.stimulus_set_id,
        differences.target,
        differences.layer,
        differences.distance,
        differences.metric,
        differences.architecture,
        differences.n_controls,
        differences.control_mean,
        differences.control_sd,
        differences.control_max,
        differences.estimate,
        differences.ci_low,
        differences.ci_high,
        differences.n_stimuli,
        differences.n_resamples,
        differences.weights_sha256,
        differences._load_id as load_id,
        differences._file as source_file,
        differences._row as source_row
    from differences
    left join names using (snapshot_id, source_model_key)
)

select * from final
