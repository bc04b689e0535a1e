select * exclude (pairs, left_out)
from {{ ref('int_partial_means_estimated') }}
where pairs = 'all' and left_out = ''
