with parsed as (
    select
        json_extract_string(fields, '$.model[0]') as source_model_name,
        json_extract_string(fields, '$.benchmark[0]') as published_benchmark,
        json_extract_string(fields, '$.benchmark[1]') as benchmark_version,
        {{ finite("json_extract_string(fields, '$.score_ceiled')") }} as score_ceiled,
        {{ finite("json_extract_string(fields, '$.score_raw')") }} as score_raw,
        {{ finite("json_extract_string(fields, '$.error')") }} as error,
        _load_id,
        _file,
        _row
    from {{ source('brainscore_fixture_2020_07', 'scores') }}
),

renamed as (
    select
        *,
        -- today's identifiers: no lab prefix, Majaj2015 became MajajHong2015
        case published_benchmark
            when 'fei-fei.Deng2009-top1' then 'ImageNet-top1'
            else replace(
                regexp_replace(published_benchmark, '^(movshon|dicarlo)\.', ''),
                'Majaj2015', 'MajajHong2015'
            )
        end as benchmark_id,
        -- benchmarks without a ceiling print their raw score alone
        coalesce(score_ceiled, score_raw) as score
    from parsed
)

select
    'brainscore_2020_07' as snapshot_id,
    source_model_name as source_model_key,
    source_model_name,
    '' as variant_id,
    benchmark_id,
    published_benchmark,
    benchmark_version,
    score_raw,
    score,
    error,
    case when score is null then 'failed' else 'scored' end as state,
    case
        when score is null then 'null'
        when score_ceiled is null then 'raw only'
        else 'value'
    end as state_evidence,
    _load_id,
    _file,
    _row
from renamed
