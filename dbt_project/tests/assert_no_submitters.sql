-- No column of the warehouse may hold who submitted a model.
select
    table_schema,
    table_name,
    column_name
from information_schema.columns
where column_name ilike '%submitter%' or column_name ilike '%user%'
union all
select
    'raw',
    'brainscore_snapshot_2024_01_01__models',
    'model'
from {{ source('brainscore_snapshot_2024_01_01', 'models') }}
where contains(model, 'submitter')
