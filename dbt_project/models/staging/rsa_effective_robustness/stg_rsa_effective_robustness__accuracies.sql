select
    {{ printed_score(
        'rsa_effective_robustness_2026', '"Model"',
        "'rsa_robustness.' || column_name || '.top1'", 'column_name'
    ) }}
from {{ cells_of(source('rsa_effective_robustness', 'accuracies'), '"Model"') }}
