{% set gates = ['same_quarter', 'lowest_of_half'] %}
with tested as (select * from {{ ref('int_panels_tested') }}),

stacked as (
    {% for gate in gates %}
    select
        cohort_id,
        tested_cohort_id,
        panel,
        n_chosen,
        '{{ gate }}' as gate,
        {% for share in ('sensitivity', 'specificity') %}
        {{ gate }}_{{ share }} as {{ share }},
        {{ gate }}_{{ share }}_ci_low as {{ share }}_ci_low,
        {{ gate }}_{{ share }}_ci_high as {{ share }}_ci_high,
        {% endfor %}
        {{ gate }}_n_better as n_better,
        {{ gate }}_n_passed as n_passed,
        n_models,
        n_families,
        n_benchmarks
    from tested
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- a run is one model on one benchmark; who does not pass is not run on the rest
final as (
    select
        *,
        (1 - n_passed / n_models) * (1 - n_chosen / n_benchmarks) as share_saved
    from stacked
)

select * from final
