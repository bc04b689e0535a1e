-- Every cell of the wide table becomes a row, the empty ones too: a raw cell is '' and never
-- null, so a plain unpivot keeps them all.
with source as (
    select * from {{ source('imagenet_testbed', 'robustness_top1s') }}
),

unpivoted as (
    unpivot source
    on columns(* exclude (model, _load_id, _file, _row))
    into name condition_name value score_text
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score
    from unpivoted
),

final as (
    select
        'imagenet_testbed_2020' as snapshot_id,
        model as source_model_key,
        model as source_model_name,
        '' as variant_id,
        'testbed.' || condition_name as benchmark_id,
        condition_name as published_benchmark,
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
