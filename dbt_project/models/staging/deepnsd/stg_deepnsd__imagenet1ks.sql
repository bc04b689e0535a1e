with source as (
    select * from {{ source('deepnsd', 'imagenet1k') }}
),

typed as (
    select
        *,
        imagnet1k_top1 as score_text,  -- the column is misspelt by the authors
        {{ finite('imagnet1k_top1') }} as score
    from source
),

final as (
    select
        'deepnsd_2023' as snapshot_id,
        model_string as source_model_key,
        model_string as source_model_name,
        '' as variant_id,
        'deepnsd.imagenet.top1' as benchmark_id,
        'imagnet1k_top1' as published_benchmark,
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
        _row
    from typed
)

select * from final
