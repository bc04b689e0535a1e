with alignments as (
    select * from {{ ref('stg_compute__alignments') }}
),

ceilings as (
    select * from {{ ref('stg_compute__ceilings') }}
),

names as (
    select * from {{ ref('int_model_names_resolved') }}
),

bounds as (
    select
        stimulus_set_id,
        target,
        metric,
        max(estimate) filter (where method = 'split_half') as split_half,
        max(estimate) filter (where method = 'leave_one_out_lower') as lower_bound,
        max(estimate) filter (where method = 'leave_one_out_upper') as upper_bound
    from ceilings
    group by stimulus_set_id, target, metric
),

final as (
    select
        alignments.snapshot_id,
        alignments.source_model_key,
        names.model_id,
        alignments.benchmark_id,
        alignments.stimulus_set_id,
        alignments.target,
        alignments.layer,
        alignments.distance,
        alignments.metric,
        alignments.score as estimate,
        alignments.ci_low,
        alignments.ci_high,
        alignments.ci_low_people,
        alignments.ci_high_people,
        alignments.people_interval,
        alignments.n_stimuli,
        alignments.n_compared,
        alignments.n_people,
        alignments.n_resamples,
        alignments.is_derived,
        alignments.is_control,
        alignments.weights_sha256,
        bounds.split_half as ceiling_split_half,
        bounds.lower_bound as ceiling_low,
        bounds.upper_bound as ceiling_high,
        alignments._load_id as load_id,
        alignments._file as source_file,
        alignments._row as source_row
    from alignments
    left join names using (snapshot_id, source_model_key)
    left join bounds using (stimulus_set_id, target, metric)
)

select * from final
