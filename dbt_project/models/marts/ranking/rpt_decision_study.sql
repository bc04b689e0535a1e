-- More datasets of the same kind: what the average owes to its datasets falls as 1 / n, so the odds
-- of the coefficient, ability over error, grow with n (Brennan 2001, section 4.2).
with estimated as (
    select * from {{ ref('int_generalizability_estimated') }}
    where quantity = 'one_dataset' and over = 'datasets'
),

numbers as (select unnest(range(1, 31)) as n_each),

final as (
    select
        estimated.cohort_id,
        numbers.n_each * estimated.n_modalities as n_datasets,
        {% for column in
            ('estimate', 'family_ci_low', 'family_ci_high', 'dataset_ci_low', 'dataset_ci_high',
             'ci_low', 'ci_high') %}
        {{ of_more_datasets(column) }} as {{ column if '_' in column else 'coefficient' }},
        {% endfor %}
        estimated.n_models,
        estimated.n_families,
        estimated.n_datasets as n_datasets_here,
        estimated.n_modalities
    from estimated
    cross join numbers
)

select * from final
