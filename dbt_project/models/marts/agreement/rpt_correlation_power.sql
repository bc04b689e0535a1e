select * from {{ ref('int_power_stated') }}
