with source as (
    select * from {{ source('encoder_dimensionality', 'n_shot') }}
),

keyed as (
    select
        *,
        concat_ws(
            '|', architecture, case when task = 'None' then '' else task end, kind, source
        ) as source_model_key
    from source
),

final as (
    select
        'encoder_dimensionality_2022' as snapshot_id,
        source_model_key,
        source_model_key as source_model_name,
        layer,
        try_cast(n_train as integer) as n_train,
        try_cast(i_repeat as integer) as i_repeat,
        {{ finite('"accuracy (top 1)"') }} as top1,
        {{ finite('"accuracy (top 5)"') }} as top5,
        {{ finite('MRR') }} as mrr,
        _load_id,
        _file,
        _row
    from keyed
)

select * from final
