with benchmarks as (select * from {{ ref('benchmarks') }}),
chances as (select * from {{ ref('chance_levels') }}),

matched as (
    select
        benchmarks.benchmark_id,
        arg_min(chances.chance, chances.priority) as chance,
        arg_min(chances.reason, chances.priority) as chance_reason
    from benchmarks
    inner join chances on regexp_matches(benchmarks.benchmark_id, chances.pattern)
    group by benchmarks.benchmark_id
),

people as (
    select
        dataset_id,
        unnest([
            {
                'measure': 'error_consistency',
                'ceiling': error_consistency,
                'low': error_consistency_min,
                'high': error_consistency_max
            },
            {
                'measure': 'accuracy',
                'ceiling': ood_accuracy,
                'low': ood_accuracy_min,
                'high': ood_accuracy_max
            }
        ], recursive := true),
        n_subjects
    from {{ ref('rpt_human_ceilings') }}
),

ceilings as (
    select
        benchmark_id,
        'ceiling' as ceiling_kind,
        1 as ceiling,
        'Scores are divided by the ceiling: at 1 the model is as close as the data allow.'
            as ceiling_reason
    from benchmarks
    where unit = 'ceiled'
    union all by name
    select
        case
            when dataset_id = 'all' and measure = 'accuracy' then 'trials.ood_accuracy'
            when dataset_id = 'all' then 'trials.' || measure
            else 'trials.' || dataset_id || '.' || measure
        end as benchmark_id,
        -- a model can see more than people do: their accuracy is no limit
        case measure when 'accuracy' then 'human level' else 'ceiling' end as ceiling_kind,
        ceiling,
        low as ceiling_low,
        high as ceiling_high,
        n_subjects as n_people,
        case measure
            when 'accuracy' then 'Mean, lowest and highest accuracy of single people.'
            else 'Mean, lowest and highest consistency of a person with the others.'
        end as ceiling_reason
    from people
    union all by name
    -- the same for every model and distance of one benchmark
    select
        benchmark_id,
        'ceiling' as ceiling_kind,
        max(ceiling_low) as ceiling_low,
        max(ceiling_high) as ceiling_high,
        max(n_people) as n_people,
        'One person with the mean of all, left out (low) and left in (high).' as ceiling_reason
    from {{ ref('fct_alignment') }}
    where ceiling_low is not null and not is_private
    group by benchmark_id
),

final as (
    select
        benchmarks.benchmark_id,
        matched.* exclude (benchmark_id),
        ceilings.* exclude (benchmark_id)
    from benchmarks
    left join matched using (benchmark_id)
    left join ceilings using (benchmark_id)
)

select * from final
