with computed as (
    select * from {{ ref('int_alignment_capacities_computed') }}
),

alignments as (
    select * from {{ ref('fct_alignment') }}
    where metric = 'triplet'
),

final as (
    select
        cast(alignments.snapshot_id as varchar) as snapshot_id,
        cast(alignments.source_model_key as varchar) as source_model_key,
        cast(alignments.model_id as varchar) as model_id,
        cast(alignments.benchmark_id as varchar) as benchmark_id,
        cast(alignments.stimulus_set_id as varchar) as stimulus_set_id,
        cast(alignments.target as varchar) as target,
        cast(alignments.layer as varchar) as layer,
        cast(alignments.distance as varchar) as distance,
        cast(alignments.is_control as boolean) as is_control,
        cast(alignments.n_stimuli as bigint) as n_stimuli,
        cast(alignments.estimate as double) as estimate,
        cast(1 - alignments.estimate as double) as misalignment,
        cast(alignments.ci_low as double) as ci_low,
        cast(alignments.ci_high as double) as ci_high,
        cast(computed.capacity as double) as capacity,
        cast(computed.capacity_low as double) as capacity_low,
        cast(computed.capacity_high as double) as capacity_high,
        cast(alignments.ceiling_split_half as double) as ceiling_split_half,
        cast(computed.capacity_people as double) as capacity_people
    from alignments
    inner join computed using (source_model_key, stimulus_set_id, target, layer, distance)
)

select * from final
