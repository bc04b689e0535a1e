-- the properties depend on our code alone: a unit test checks every counterexample against it
with searches as (
    select
        *,
        counterexample is not null as is_violated,
        json_array_length(counterexample, '$.scores_before') as n_models,
        json_array_length(counterexample, '$.scores_before[0]') as n_benchmarks,
        case property
            when 'scale_invariance'
                then 'multiplying one benchmark by a positive number leaves the ranking as it is'
            when 'affine_invariance'
                then
                    'multiplying one benchmark by a positive number and adding a constant leaves '
                    || 'the ranking as it is'
            when 'independence_of_irrelevant_models'
                then 'taking one model away leaves the order of the others as it is'
            when 'monotonicity'
                then 'raising one score of a model never lowers the rank of that model'
            when 'stability_under_a_duplicated_benchmark'
                then 'adding a copy of one benchmark leaves the ranking as it is'
        end as meaning
    from {{ ref('scheme_counterexamples') }}
)

select
    property,
    scheme,
    case when is_violated then 'violated' else 'no counterexample in ' || n_searched end as verdict,
    n_searched,
    counterexample,
    case
        when is_violated
            then
                'Not so that ' || meaning || ': ' || n_models || ' models on ' || n_benchmarks
                || ' benchmarks, found in matrix ' || n_searched || ' and shrunk.'
        else
            'In none of ' || n_searched || ' random matrices was it wrong that ' || meaning
            || '. This is no proof.'
    end as explanation
from searches
