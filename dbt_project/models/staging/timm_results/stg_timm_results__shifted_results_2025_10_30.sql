-- One row of the file holds two scores. top1_err and top5_err are 100 minus the accuracy,
-- not error bars, so error stays null.
-- 290 models stand at two image sizes: the size is the variant.
with source as (
    select * from {{ source('timm_results', 'results_shifted_2025_10_30') }}
),

named as (
    select
        *,
        regexp_extract(_file, 'results-(.+)\.csv$', 1) as test_set
    from source
),

unpivoted as (
    select * from named
    unpivot include nulls (score_text for metric in (top1, top5))
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score,
        round({{ printed_number('param_count') }} * 1e6) as n_parameters,
        {{ printed_number('top1_diff') }} as top1_change,
        {{ printed_number('top5_diff') }} as top5_change,
        {{ printed_number('rank_diff') }} as rank_change
    from unpivoted
),

final as (
    select
        'timm_2025_10_30' as snapshot_id,
        model as source_model_key,
        model as source_model_name,
        img_size as variant_id,
        'timm.' || test_set || '.' || metric as benchmark_id,
        'results-' || test_set || '.' || metric as published_benchmark,
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
        n_parameters,
        try_cast(img_size as integer) as img_size,
        case metric when 'top1' then top1_change else top5_change end as score_diff,
        cast(rank_change as integer) as rank_diff,
        (score_text <> '' and score is null)
        or (param_count <> '' and n_parameters is null)
        or (top1_diff <> '' and top1_change is null)
        or (top5_diff <> '' and top5_change is null)
        or (rank_diff <> '' and rank_change is null) as has_leftover
    from typed
)

select * from final
