select * from {{ ref('int_variance_shares_estimated') }}
