-- The numeric benchmark_id of the file counts its benchmarks; the published name says more.
with renamed as (
    select * rename (score as score_text)
    from {{ source('scaling_primate_vvs', 'benchmark_scores') }}
)

select
    {{ printed_score(
        'scaling_2024', 'model_id', "substr(benchmark_name, strpos(benchmark_name, '.') + 1)",
        'benchmark_name'
    ) }},
    arch as architecture,
    arch_family as architecture_family,
    nullif(dataset, '') as training_data,
    {{ finite('n_params') }} as n_parameters,
    try_cast(is_ssl as boolean) as is_self_supervised,
    -- self-supervised models have no classifier and 35 of them print 0.0: not a measurement
    case when {{ finite('acc') }} > 0 or not is_self_supervised then {{ finite('acc') }} end
        as validation_accuracy,
    try_cast(is_pretrained as boolean) as is_pretrained,
    try_cast(is_random as boolean) as is_random,
    try_cast(seed as integer) as seed,
    cast({{ finite('n_samples') }} as bigint) as n_samples,
    checkpoint_url
from renamed
