-- A number that was reviewed as reproduced must not drift, and one that was not must not turn up
-- reproduced unnoticed: each computed status is the one last reviewed in the seed. Nobody has
-- reviewed what comes out where an input was placed that nobody published.
with sources as (select * from {{ ref('dim_sources') }}),
inputs as (select * from {{ ref('paper_inputs') }}),

-- what only a person can place is absent nearly everywhere, and excuses nothing
absent as (
    select count(*) as n_absent
    from sources
    anti join inputs using (source_id)
    where not sources.is_present
),

placed as (
    select inputs.depends_on
    from inputs
    inner join sources using (source_id)
    where sources.is_present
)

select targets.*
from {{ ref('rpt_paper_targets') }} as targets
cross join absent
anti join placed on targets.depends_on = placed.depends_on
where
    targets.status != targets.expected_status
    and not ((targets.status = 'not_built' or targets.ours is null) and absent.n_absent > 0)
