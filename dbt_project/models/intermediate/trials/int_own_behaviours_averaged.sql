-- Networks of this machine beside the published people.
with pairs_with_people as (
    select * from {{ ref('int_own_pairs_estimated') }}
    where source_a = 'own' and source_b != 'own'
),

final as (
    select * from (
        {{ averaged_behaviours('pairs_with_people', ref('int_own_decisions_packed')) | indent(8) }}
    ) as behaviours
)

select * from final
