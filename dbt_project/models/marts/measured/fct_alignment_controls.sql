with differences as (
    select * from {{ ref('stg_compute__control_differences') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

final as (
    select
        cast(differences.snapshot_id as varchar) as snapshot_id,
        cast(differences.source_model_key as varchar) as source_model_key,
        cast(names.model_id as varchar) as model_id,
        cast(differences.stimulus_set_id as varchar) as stimulus_set_id,
        cast(differences.target as varchar) as target,
        cast(differences.layer as varchar) as layer,
        cast(differences.distance as varchar) as distance,
        cast(differences.metric as varchar) as metric,
        cast(differences.architecture as varchar) as architecture,
        cast(differences.n_controls as bigint) as n_controls,
        cast(differences.control_mean as double) as control_mean,
        cast(differences.control_sd as double) as control_sd,
        cast(differences.control_max as double) as control_max,
        cast(differences.estimate as double) as estimate,
        cast(differences.ci_low as double) as ci_low,
        cast(differences.ci_high as double) as ci_high,
        cast(differences.n_stimuli as bigint) as n_stimuli,
        cast(differences.n_resamples as bigint) as n_resamples,
        cast(differences.weights_sha256 as varchar) as weights_sha256,
        cast(differences._load_id as varchar) as load_id,
        cast(differences._file as varchar) as source_file,
        cast(differences._row as bigint) as source_row
    from differences
    left join names using (snapshot_id, source_model_key)
)

select * from final
