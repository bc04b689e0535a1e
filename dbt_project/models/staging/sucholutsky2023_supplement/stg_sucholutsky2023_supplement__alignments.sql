select
    {{ printed_score(
        'sucholutsky2023', '"model"',
        "'alignment.peterson_' || dataset || '.behaviour.' || metric", 'metric', cell='alignment'
    ) }}
from {{ source('sucholutsky2023_supplement', 'alignments') }}
