-- without a pair the kernel gives no rows, and keys of no type
select
    * replace (
        cast(cohort_id as varchar) as cohort_id,
        cast(level as varchar) as level,
        cast(method as varchar) as method
    )
from {{ ref('int_power_stated') }}
