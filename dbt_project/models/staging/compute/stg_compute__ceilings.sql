select *
from {{ source('compute', 'ceilings') }}
