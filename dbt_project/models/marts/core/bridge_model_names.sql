select
    names.* exclude (own_model_id, confidence_rank, is_linked),
    accuracies.* exclude (snapshot_id, source_model_key, benchmark_id, _file, _row)
from {{ ref('int_model_names_resolved') }} as names
left join {{ ref('int_imagenet_accuracies_compared') }} as accuracies
    using (snapshot_id, source_model_key)
