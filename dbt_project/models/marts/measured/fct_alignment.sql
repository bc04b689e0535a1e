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
        cast(alignments.snapshot_id as varchar) as snapshot_id,
        cast(alignments.source_model_key as varchar) as source_model_key,
        cast(names.model_id as varchar) as model_id,
        cast(alignments.benchmark_id as varchar) as benchmark_id,
        cast(alignments.stimulus_set_id as varchar) as stimulus_set_id,
        cast(alignments.target as varchar) as target,
        cast(alignments.layer as varchar) as layer,
        cast(alignments.distance as varchar) as distance,
        cast(alignments.metric as varchar) as metric,
        cast(alignments.score as double) as estimate,
        cast(alignments.ci_low as double) as ci_low,
        cast(alignments.ci_high as double) as ci_high,
        cast(alignments.ci_low_people as double) as ci_low_people,
        cast(alignments.ci_high_people as double) as ci_high_people,
        cast(alignments.people_interval as varchar) as people_interval,
        cast(alignments.n_stimuli as bigint) as n_stimuli,
        cast(alignments.n_compared as bigint) as n_compared,
        cast(alignments.n_people as bigint) as n_people,
        cast(alignments.n_resamples as bigint) as n_resamples,
        cast(alignments.is_derived as boolean) as is_derived,
        cast(alignments.is_control as boolean) as is_control,
        cast(alignments.weights_sha256 as varchar) as weights_sha256,
        cast(bounds.split_half as double) as ceiling_split_half,
        cast(bounds.lower_bound as double) as ceiling_low,
        cast(bounds.upper_bound as double) as ceiling_high,
        cast(alignments._load_id as varchar) as load_id,
        cast(alignments._file as varchar) as source_file,
        cast(alignments._row as bigint) as source_row
    from alignments
    left join names using (snapshot_id, source_model_key)
    left join bounds using (stimulus_set_id, target, metric)
)

select * from final
