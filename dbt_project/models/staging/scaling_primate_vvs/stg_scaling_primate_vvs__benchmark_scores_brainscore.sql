-- Every cell of the wide table becomes a row, the empty ones too: a raw cell is '' and never
-- null, so a plain unpivot keeps them all. X is an attempt without a valid score.
with source as (
    select * from {{ source('scaling_primate_vvs', 'benchmark_scores_brainscore') }}
),

unpivoted as (
    unpivot source
    on columns(* exclude (model_id, _load_id, _file, _row))
    into name benchmark_name value score_text
),

typed as (
    select
        *,
        {{ finite('score_text') }} as score
    from unpivoted
),

final as (
    select
        'scaling_brainscore_2024' as snapshot_id,
        model_id as source_model_key,
        model_id as source_model_name,
        '' as variant_id,
        benchmark_name as benchmark_id,
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
        _row
    from typed
)

select * from final
