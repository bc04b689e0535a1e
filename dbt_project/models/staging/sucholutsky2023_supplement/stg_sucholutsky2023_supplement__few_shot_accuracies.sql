select
    {{ printed_score(
        'sucholutsky2023', '"model"',
        "'probe.' || dataset || '.' || head || '.' || n_shots || '-shot'", 'head', cell='accuracy'
    ) }}
from {{ source('sucholutsky2023_supplement', 'few_shot_accuracies') }}
