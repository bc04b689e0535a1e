-- A row without a score prints the error that stopped it.
with printed as (
    select
        * exclude (score),
        {{ finite('score') }} as score
    from {{ source('brainscore_vision_repo', 'laion_fmri_results') }}
)

select
    'laion_fmri_2026' as snapshot_id,
    model as source_model_key,
    model as source_model_name,
    '' as variant_id,
    benchmark as benchmark_id,
    benchmark as published_benchmark,
    '' as benchmark_version,
    {{ finite('raw_r') }} as score_raw,
    score,
    cast(null as double) as error,
    case when score is null then 'failed' else 'scored' end as state,
    case
        when score is null then regexp_extract(error, '^[^:\n]*')
        else 'value'
    end as state_evidence,
    {{ finite('ceiling') }} as ceiling,
    _load_id,
    _file,
    _row
from printed
