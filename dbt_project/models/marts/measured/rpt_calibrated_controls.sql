with controls as (
    select * from {{ measured('calibrated_controls') }}
),

final as (
    select
        snapshot_id,
        snapshot_id = 'own' as is_private,
        architecture,
        stimulus_set_id,
        target,
        layer,
        distance,
        metric,
        count(*) as n_controls,
        avg(estimate order by seed) as control_mean,
        stddev_samp(estimate order by seed) as control_sd,
        avg(estimate_calibrated order by seed) as calibrated_mean,
        stddev_samp(estimate_calibrated order by seed) as calibrated_sd
    from controls
    group by all
)

select * from final
