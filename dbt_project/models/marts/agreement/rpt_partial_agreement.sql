select * from {{ ref('int_partial_means_estimated') }}
