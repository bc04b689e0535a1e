with computed as (
    select * from {{ ref('int_alignment_capacities_computed') }}
),

final as (
    select
        cast(snapshot_id as varchar) as snapshot_id,
        cast(source_model_key as varchar) as source_model_key,
        cast(model_id as varchar) as model_id,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(stimulus_set_id as varchar) as stimulus_set_id,
        cast(target as varchar) as target,
        cast(layer as varchar) as layer,
        cast(distance as varchar) as distance,
        cast(is_control as boolean) as is_control,
        cast(n_stimuli as bigint) as n_stimuli,
        cast(estimate as double) as estimate,
        cast(1 - estimate as double) as misalignment,
        cast(ci_low as double) as ci_low,
        cast(ci_high as double) as ci_high,
        cast(capacity as double) as capacity,
        cast(capacity_low as double) as capacity_low,
        cast(capacity_high as double) as capacity_high,
        cast(ceiling_split_half as double) as ceiling_split_half,
        cast(capacity_people as double) as capacity_people
    from computed
)

select * from final
