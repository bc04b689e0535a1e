-- docs/ahlert2024.md: 522 readings of Figure 3, four of which round to the printed .47.
with found as (
    select
        count(*) as n_readings,
        count(*) filter (where mean_rank_distance <= .005) as n_hits
    from {{ ref('rpt_ahlert2024_fig3_readings') }}
)

select *
from found
where
    exists (
        select 1 from {{ ref('dim_sources') }} as sources
        where sources.source_id = 'brainscore_snapshot_2024_01_01' and sources.is_present
    )
    and (n_readings != 522 or n_hits != 4)
