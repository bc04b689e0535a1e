-- Seeds draw other training examples and are tested on nearly the same images, so two errors stand
-- side by side: of the draw, and of the test images.
with probes as (select * from {{ ref('fct_probe_results') }}),

final as (
    select
        snapshot_id,
        source_model_key,
        model_id,
        benchmark_id,
        dataset_id,
        layer,
        head,
        n_shots,
        is_control,
        is_private,
        avg(accuracy order by seed) as accuracy,
        stddev_samp(accuracy order by seed) as accuracy_sd,
        min(accuracy) as accuracy_min,
        max(accuracy) as accuracy_max,
        count(*) as n_seeds,
        min(n_eval) as n_eval,
        min(n_classes) as n_classes,
        count(*) filter (where is_converged) as n_converged,
        count(*) filter (where is_converged is null) as n_fixed_steps,
        stddev_samp(accuracy order by seed) / sqrt(count(*)) as se_seeds,
        sqrt(avg(accuracy order by seed) * (1 - avg(accuracy order by seed)) / min(n_eval))
            as se_images
    from probes
    group by all
)

select * from final
