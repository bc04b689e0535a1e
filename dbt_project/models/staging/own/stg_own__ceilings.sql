select *
from {{ source('own', 'ceilings') }}
