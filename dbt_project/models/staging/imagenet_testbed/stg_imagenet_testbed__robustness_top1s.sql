select
    {{ printed_score(
        'imagenet_testbed_2020', 'model', "'testbed.' || column_name", 'column_name'
    ) }}
from {{ cells_of(source('imagenet_testbed', 'robustness_top1s'), 'model') }}
