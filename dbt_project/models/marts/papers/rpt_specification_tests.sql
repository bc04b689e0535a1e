select * from {{ ref('int_claims_tested') }}
