-- Seeds draw other training examples and are tested on nearly the same images, so two errors stand
-- side by side: of the draw, and of the test images.
with probes as (
    select * from {{ ref('fct_probe_results') }}
),

summarised as (
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
        avg(accuracy order by seed) as accuracy,
        stddev_samp(accuracy order by seed) as accuracy_sd,
        min(accuracy) as accuracy_min,
        max(accuracy) as accuracy_max,
        count(*) as n_seeds,
        min(n_eval) as n_eval,
        min(n_classes) as n_classes,
        count(*) filter (where is_converged) as n_converged,
        count(*) filter (where is_converged is null) as n_fixed_steps
    from probes
    group by all
),

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
        accuracy,
        accuracy_sd,
        accuracy_min,
        accuracy_max,
        accuracy_sd / sqrt(n_seeds) as se_seeds,
        sqrt(accuracy * (1 - accuracy) / n_eval) as se_images,
        n_seeds,
        n_eval,
        n_classes,
        n_converged,
        n_fixed_steps,
        is_control
    from summarised
)

select * from final
