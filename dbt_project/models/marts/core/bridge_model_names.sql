with accuracies as (select * from {{ ref('int_imagenet_accuracies_compared') }}),

names as (
    select * exclude (own_model_id, confidence_rank, is_linked)
    from {{ ref('int_model_names_resolved') }}
    union all by name
    select * from {{ ref('int_own_names_resolved') }}
)

select
    names.*,
    accuracies.* exclude (snapshot_id, source_model_key, benchmark_id, _file, _row)
from names
left join accuracies using (snapshot_id, source_model_key)
