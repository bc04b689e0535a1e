with encodings as (
    select * from {{ ref('stg_encoder_dimensionality__encodings') }}
),

eigmetrics as (
    select * from {{ ref('stg_encoder_dimensionality__eigmetrics') }}
),

n_shots as (
    select * from {{ ref('stg_encoder_dimensionality__n_shots') }}
),

dimensionalities as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        layer,
        'encdim.dimensionality.' || pooling as benchmark_id,
        effective_dimensionality as score,
        cast(null as double) as error,
        1 as n_repeats,
        _load_id,
        _file
    from eigmetrics
),

few_shots as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        layer,
        'encdim.' || n_train || '-shot.top1' as benchmark_id,
        avg(top1) as score,
        stddev_samp(top1) / sqrt(count(*)) as error,
        count(*) as n_repeats,
        min(_load_id) as _load_id,
        min(_file) as _file
    from n_shots
    group by all
),

final as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        layer,
        benchmark_id,
        score,
        error,
        1 as n_repeats,
        _load_id,
        _file
    from encodings
    union all by name
    select * from dimensionalities
    union all by name
    select * from few_shots
)

select * from final
