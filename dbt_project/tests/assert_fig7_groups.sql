-- docs/ahlert2024.md: the groups with 50, 33, 30 and 5 non-zero scores hold 130, 47, 18, 30 models.
with expected as (
    select
        unnest([50, 33, 30, 5]) as n_scored,
        unnest([130, 47, 18, 30]) as n_models
),

found as (
    select
        n_scored,
        count(*) as n_models
    from {{ ref('rpt_ahlert2024_fig7_missingness') }}
    group by n_scored
)

select
    expected.*,
    found.n_models as n_found
from expected
left join found using (n_scored)
where
    exists (
        select 1 from {{ ref('dim_sources') }} as sources
        where sources.source_id = 'brainscore_snapshot_2024_01_01' and sources.is_present
    )
    and found.n_models is distinct from expected.n_models
