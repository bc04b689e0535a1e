-- the properties depend on our code alone: a unit test checks every counterexample against it
with searches as (
    select
        *,
        counterexample is not null as is_violated,
        json_array_length(counterexample, '$.scores_before') as n_models,
        json_array_length(counterexample, '$.scores_before[0]') as n_benchmarks,
        case property
            when 'scale_invariance'
                then 'Multiplying one benchmark by a positive number must not change the ranking.'
            when 'affine_invariance'
                then
                    'Multiplying one benchmark by a positive number and adding a constant must '
                    || 'not change the ranking.'
            when 'independence_of_irrelevant_models'
                then 'Taking one model away must not change the order of the others.'
            when 'monotonicity'
                then 'Raising one score of a model must not lower the rank of that model.'
            when 'stability_under_a_duplicated_benchmark'
                then 'Adding a copy of one benchmark must not change the ranking.'
        end as demand
    from {{ ref('scheme_counterexamples') }}
)

select
    property,
    scheme,
    case when is_violated then 'violated' else 'no counterexample in ' || n_searched end as verdict,
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
from searches
