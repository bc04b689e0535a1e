-- the properties depend on our code alone: a unit test checks every counterexample against it
with searches as (
    select * from {{ ref('scheme_counterexamples') }}
),

properties as (
    select
        listed.property,
        listed.demand
    from (
        values
        (
            'scale_invariance',
            'Multiplying one benchmark by a positive number must not change the ranking.'
        ),
        (
            'affine_invariance',
            'Multiplying one benchmark by a positive number and adding a constant must not '
            || 'change the ranking.'
        ),
        (
            'independence_of_irrelevant_models',
            'Taking one model away must not change the order of the others.'
        ),
        (
            'monotonicity',
            'Raising one score of a model must not lower the rank of that model.'
        ),
        (
            'stability_under_a_duplicated_metric',
            'Adding a copy of one benchmark must not change the ranking.'
        )
    ) as listed (property, demand)
),

measured as (
    select
        searches.*,
        properties.demand,
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
        demand || case
            when is_violated
                then
                    ' Here it does: ' || n_models || ' models on ' || n_benchmarks
                    || ' benchmarks, found in random table ' || n_searched
                    || ' and then made as small as possible.'
            else ' None of ' || n_searched || ' random tables breaks this, which is no proof.'
        end as explanation
    from measured
)

select * from final
