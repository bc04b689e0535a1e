select * from {{ ref('int_profiles_compared') }}
