-- Averages over all images, and minima over factors or classes, are no factors. The folder says
-- whose networks a file has: their names mean what they mean there.
with printed as (
    select
        {{ printed_score(
            'imagenet_x', 'model',
            "'imagenet_x.' || regexp_extract(_file, '(top|multi)_factor', 1) || '.' || column_name",
            'column_name'
        ) }}
    from {{ cells_of(
        source('imagenet_x', 'accuracies_per_factor'),
        'model, worst_factor, average, worst_100_classes'
    ) }}
)

select * replace ('imagenet_x_' || regexp_extract(_file, '_factor/(\w+)/', 1) as snapshot_id)
from printed
