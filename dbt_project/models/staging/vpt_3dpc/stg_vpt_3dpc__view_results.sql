-- Ten names stand twice or three times (317 names, 328 rows) because the list of models names
-- them under test and subset headings too. The rows are equal: one evaluation printed again, not a
-- second one. Every row is kept; the repeats get the variants 2 and 3 in the order of the file.
-- imagenet_accuracy repeats combined_results, so it is left to that model.
with source as (
    select * from {{ source('vpt_3dpc', 'view_results') }}
),

numbered as (
    select
        *,
        view_accuracy as score_text,
        row_number() over (partition by _file, model_name order by _row) as n_th
    from source
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score,
        case
            when contains(_file, '/linear_probe_view_exp/') then 'vpt.strategy.linear-probe'
            when contains(_file, '/finetune_view_exp/') then 'vpt.strategy.fine-tuned'
        end as benchmark_id
    from numbered
),

final as (
    select
        'vpt_2024' as snapshot_id,
        model_name as source_model_key,
        model_name as source_model_name,
        case when n_th = 1 then '' else cast(n_th as varchar) end as variant_id,
        benchmark_id,
        'view_accuracy' as published_benchmark,
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
