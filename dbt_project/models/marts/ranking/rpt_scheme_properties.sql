-- the properties depend on our code alone: a unit test checks every counterexample against it
with searches as (select * from {{ ref('scheme_counterexamples') }}),

properties as (
    select
        listed.property,
        listed.meaning
    from (
        values
        (
            'scale_invariance',
            'multiplying one benchmark by a positive number leaves the ranking as it is'
        ),
        (
            'affine_invariance',
            'multiplying one benchmark by a positive number and adding a constant leaves the '
            || 'ranking as it is'
        ),
        (
            'independence_of_irrelevant_models',
            'taking one model away leaves the order of the others as it is'
        ),
        (
            'monotonicity',
            'raising one score of a model never lowers the rank of that model'
        ),
        (
            'stability_under_a_duplicated_benchmark',
            'adding a copy of one benchmark leaves the ranking as it is'
        )
    ) as listed (property, meaning)
),

measured as (
    select
        searches.*,
        properties.meaning,
        searches.counterexample is not null as is_violated,
        json_array_length(searches.counterexample, '$.scores_before') as n_models,
        json_array_length(searches.counterexample, '$.scores_before[0]') as n_benchmarks
    from searches
    inner join properties on searches.property = properties.property
),

final as (
    select
        property,
        scheme,
        case when is_violated then 'violated' else 'no counterexample in ' || n_searched end
            as verdict,
        n_searched,
        counterexample,
        case
            when is_violated
                then
                    'Not so that ' || meaning || ': ' || n_models || ' models on '
                    || n_benchmarks || ' benchmarks, found in matrix ' || n_searched
                    || ' and shrunk.'
            else
                'In none of ' || n_searched || ' random matrices was it wrong that ' || meaning
                || '. This is no proof.'
        end as explanation
    from measured
)

select * from final
