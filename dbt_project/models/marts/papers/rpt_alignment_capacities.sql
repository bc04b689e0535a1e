with computed as (select * from {{ ref('int_alignment_capacities_computed') }}),

alignments as (
    select * from {{ ref('fct_alignment') }}
    where metric = 'triplet' and snapshot_id != 'own'
),

final as (
    select
        alignments.snapshot_id,
        alignments.source_model_key,
        alignments.model_id,
        alignments.benchmark_id,
        alignments.stimulus_set_id,
        alignments.target,
        alignments.layer,
        alignments.distance,
        alignments.is_control,
        alignments.n_stimuli,
        alignments.estimate,
        1 - alignments.estimate as misalignment,
        alignments.ci_low,
        alignments.ci_high,
        computed.capacity,
        computed.capacity_low,
        computed.capacity_high,
        alignments.ceiling_split_half,
        computed.capacity_people
    from alignments
    inner join computed using (source_model_key, stimulus_set_id, target, layer, distance)
)

select * from final
