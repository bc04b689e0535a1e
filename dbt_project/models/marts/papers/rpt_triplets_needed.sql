select * from {{ ref('int_triplets_needed_computed') }}
