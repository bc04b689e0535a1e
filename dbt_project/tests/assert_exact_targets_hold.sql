-- A number that the warehouse reproduces exactly must not drift.
select *
from {{ ref('rpt_paper_targets') }}
where status not in ('exact', 'unreachable', 'not_built')
