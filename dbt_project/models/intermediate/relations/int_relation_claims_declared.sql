-- Which claim a declared relation is a way to ask: alignment compares a model with people or
-- animals, the property is an accuracy, from few examples or elsewhere.
with pairs as (
    select * from {{ ref('int_relation_pairs_declared') }}
    where not is_part_of_whole
),

benchmarks as (select * from {{ ref('benchmarks') }}),

final as (
    select
        case property.metric_type
            when 'few_shot_accuracy' then 'alignment_predicts_few_shot'
            else 'alignment_predicts_robustness'
        end as claim_id,
        pairs.cohort_id,
        pairs.alignment_id,
        pairs.property_id,
        pairs.is_covariate_side
    from pairs
    inner join benchmarks as alignment on pairs.alignment_id = alignment.benchmark_id
    inner join benchmarks as property on pairs.property_id = property.benchmark_id
    where
        alignment.species is not null
        and property.metric_type in ('few_shot_accuracy', 'accuracy')
)

select * from final
