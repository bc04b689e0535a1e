-- pooling is only in the file's name: 'False' there is no pooling.
with source as (
    select * from {{ source('encoder_dimensionality', 'eigmetrics') }}
),

keyed as (
    select
        *,
        concat_ws(
            '|', architecture, case when task = 'None' then '' else task end, kind, source
        ) as source_model_key,
        regexp_extract(_file, 'pooling:([^|]+)', 1) as pooling_text
    from source
),

final as (
    select
        'encoder_dimensionality_2022' as snapshot_id,
        source_model_key,
        source_model_key as source_model_name,
        layer,
        case when pooling_text = 'False' then 'none' else pooling_text end as pooling,
        {{ finite('"effective dimensionality"') }} as effective_dimensionality,
        {{ finite('"80% variance"') }} as n_dims_80_variance,
        {{ finite('alpha') }} as alpha,
        _load_id,
        _file,
        _row
    from keyed
)

select * from final
