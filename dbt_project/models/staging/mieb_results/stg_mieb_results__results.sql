with splits as (
    select
        *,
        split_part(_file, '/', 4) as revision,
        replace(split_part(_file, '/', 3), '__', '/') as model_name,
        -- every file has one split and one language
        map_values(
            from_json(
                scores,
                '"MAP(VARCHAR, STRUCT(main_score VARCHAR, lrap VARCHAR, '
                || 'scores_per_experiment STRUCT(accuracy DOUBLE, lrap DOUBLE)[])[])"'
            )
        )[1][1] as split
    from {{ source('mieb_results', 'results') }}
),

cells as (
    select
        *,
        -- of several labels per image the metric is lrap; two files name accuracy main_score
        coalesce(split.lrap, split.main_score) as score_text,
        list_transform(split.scores_per_experiment, lambda x: coalesce(x.lrap, x.accuracy)) as draws
    from splits
)

select
    {{ printed_score(
        'mieb_2026', 'model_name', "'mieb.' || task_name", 'task_name', 'revision',
        version='dataset_revision', error='list_stddev_samp(draws) / sqrt(len(draws))'
    ) }}
from cells
