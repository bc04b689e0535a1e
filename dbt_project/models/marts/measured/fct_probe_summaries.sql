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
        cast(snapshot_id as varchar) as snapshot_id,
        cast(source_model_key as varchar) as source_model_key,
        cast(model_id as varchar) as model_id,
        cast(benchmark_id as varchar) as benchmark_id,
        cast(dataset_id as varchar) as dataset_id,
        cast(layer as varchar) as layer,
        cast(head as varchar) as head,
        cast(n_shots as bigint) as n_shots,
        cast(accuracy as double) as accuracy,
        cast(accuracy_sd as double) as accuracy_sd,
        cast(accuracy_min as double) as accuracy_min,
        cast(accuracy_max as double) as accuracy_max,
        cast(accuracy_sd / sqrt(n_seeds) as double) as se_seeds,
        cast(sqrt(accuracy * (1 - accuracy) / n_eval) as double) as se_images,
        cast(n_seeds as bigint) as n_seeds,
        cast(n_eval as bigint) as n_eval,
        cast(n_classes as bigint) as n_classes,
        cast(n_converged as bigint) as n_converged,
        cast(n_fixed_steps as bigint) as n_fixed_steps,
        cast(is_control as boolean) as is_control
    from summarised
)

select * from final
