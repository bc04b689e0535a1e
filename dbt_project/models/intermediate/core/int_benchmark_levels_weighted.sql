-- The weight of each leaf in each benchmark of a level: leaves; groups (the direct parents of
-- neural leaves, and behaviour as one: twelve in Brain-Score), regions (V1, V2, V4, IT, behaviour),
-- modalities (neural, behaviour) and the whole. The group V1 holds the leaves right under V1; those
-- of Marques2020 have seven groups of their own.
with weights as (select * from {{ ref('int_cohort_benchmarks_weighted') }}),
benchmarks as (select * from {{ ref('benchmarks') }}),

-- behaviour is a group and a region beside those of the brain, and a modality beside neural
final as (
    select
        cohort_id,
        level,
        ancestor_id as benchmark_id,
        leaf_id,
        weight
    from weights
    where level in ('leaf', 'region', 'modality', 'whole')
    union all by name
    select
        cohort_id,
        'modality' as level,
        ancestor_id as benchmark_id,
        leaf_id,
        weight
    from weights
    where ancestor_id = 'behavior_vision'
    union all by name
    select
        weights.cohort_id,
        'group' as level,
        weights.ancestor_id as benchmark_id,
        weights.leaf_id,
        weights.weight
    from weights
    inner join benchmarks on weights.leaf_id = benchmarks.benchmark_id
    where weights.ancestor_id = case benchmarks.modality
        when 'neural' then benchmarks.parent_benchmark_id
        when 'behavioural' then 'behavior_vision'
    end
)

select * from final
