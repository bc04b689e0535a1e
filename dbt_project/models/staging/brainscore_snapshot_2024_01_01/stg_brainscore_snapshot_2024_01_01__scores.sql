-- Redacted submissions ("Model 533") leave here: nobody may look behind the redaction.
with published as (
    select * from {{ source('brainscore_snapshot_2024_01_01', 'models') }}
),

submissions as (
    select
        id,
        json_extract_string(model, '$.name') as model_name,
        from_json(
            scores,
            '"MAP(VARCHAR, STRUCT(value VARCHAR, raw VARCHAR, error VARCHAR, version VARCHAR))"'
        ) as scores,
        _load_id,
        _file,
        _row
    from published
    where not regexp_full_match(json_extract_string(model, '$.name'), 'Model \d+')
),

entries as (
    select
        * exclude (scores),
        unnest(map_entries(scores)) as entry
    from submissions
),

cells as (
    select
        * exclude (entry),
        entry.key as published_benchmark,
        regexp_replace(entry.key, '_v\d+$', '') as benchmark_id,
        entry.value.value as printed,
        -- negatives are printed as a point and whole thousandths: .-13 is -0.013
        case
            when starts_with(entry.value.value, '.-')
                then -{{ finite('substr(entry.value.value, 3)') }} / 1000
            else {{ finite('entry.value.value') }}
        end as score_printed,
        {{ finite('entry.value.raw') }} as score_raw,
        {{ finite('entry.value.error') }} as error,
        coalesce(entry.value.version, '') as benchmark_version
    from entries
)

select
    'brainscore_2024_01_01' as snapshot_id,
    id as source_model_key,
    trim(model_name) as source_model_name,
    '' as variant_id,
    benchmark_id,
    published_benchmark,
    benchmark_version,
    score_raw,
    -- X means that there is no ceiling: the raw score is then the score
    coalesce(score_printed, case when printed = 'X' then score_raw end) as score,
    error,
    case
        when score_printed is not null then 'scored'
        when printed = 'X' and score_raw is not null then 'scored'
        when printed = 'X' then 'never_run'
        else 'failed'
    end as state,
    case
        when score_printed is not null then 'value'
        when printed = 'X' and score_raw is not null then 'raw only'
        else printed
    end as state_evidence,
    _load_id,
    _file,
    _row
from cells
