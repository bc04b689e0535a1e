-- The numeric benchmark_id of the file counts its benchmarks; the published name says more.
with source as (
    select * from {{ source('scaling_primate_vvs', 'benchmark_scores') }}
),

renamed as (
    select * rename (score as score_text)
    from source
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score,
        {{ finite('acc') }} as accuracy,
        try_cast(is_ssl as boolean) as is_self_supervised
    from renamed
),

final as (
    select
        'scaling_2024' as snapshot_id,
        model_id as source_model_key,
        model_id as source_model_name,
        '' as variant_id,
        substr(benchmark_name, strpos(benchmark_name, '.') + 1) as benchmark_id,
        benchmark_name as published_benchmark,
        '' as benchmark_version,
        score as score_raw,
        score,
        cast(null as double) as error,
        case
            when score_text = '' then 'never_run'
            when score is null then 'failed'
            else 'scored'
        end as state,
        case
            when score_text = '' then 'empty cell'
            when score is null then score_text
            else 'value'
        end as state_evidence,
        _load_id,
        _file,
        _row,
        arch as architecture,
        arch_family as architecture_family,
        nullif(dataset, '') as training_data,
        {{ finite('n_params') }} as n_parameters,
        -- Self-supervised models have no classifier and 35 of them print 0.0: not a measurement.
        case when accuracy > 0 or not is_self_supervised then accuracy end as validation_accuracy,
        try_cast(is_pretrained as boolean) as is_pretrained,
        try_cast(is_random as boolean) as is_random,
        is_self_supervised,
        try_cast(seed as integer) as seed,
        cast({{ finite('n_samples') }} as bigint) as n_samples
    from typed
)

select * from final
