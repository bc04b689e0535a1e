with source as (
    select * from {{ source('brainscore_candidate_models', 'models') }}
),

unpivoted as (
    select * from source
    unpivot include nulls (score_text for metric in (top1, top5))
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score
    from unpivoted
),

final as (
    select
        'brainscore_candidate_models_2020' as snapshot_id,
        model as source_model_key,
        model as source_model_name,
        '' as variant_id,
        'candidate_models.imagenet.' || metric as benchmark_id,
        metric as published_benchmark,
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
        nullif(link, '') as link
    from typed
)

select * from final
