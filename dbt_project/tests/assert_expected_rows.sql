-- Each staging model has the reviewed number of rows where its source is present, and none where it
-- is absent.
select *
from {{ ref('rpt_source_rows') }}
where n_rows is distinct from case when is_present then n_expected else 0 end
