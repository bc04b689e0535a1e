-- The authors misspell the column.
select
    {{ printed_score(
        'deepnsd_2023', 'model_string', "'deepnsd.imagenet.top1'", "'imagnet1k_top1'",
        cell='imagnet1k_top1'
    ) }}
from {{ source('deepnsd', 'imagenet1k') }}
