with dimensionalities as (
    select
        *,
        'encdim.dimensionality.' || pooling as benchmark_id,
        effective_dimensionality as score,
        cast(null as double) as error
    from {{ ref('stg_encoder_dimensionality__eigmetrics') }}
),

few_shots as (
    select
        snapshot_id,
        source_model_key,
        source_model_name,
        layer,
        'encdim.' || n_train || '-shot.top1' as benchmark_id,
        avg(top1 order by i_repeat) as score,
        stddev_samp(top1 order by i_repeat) / sqrt(count(*)) as error,
        count(*) as n_repeats,
        min(_load_id) as _load_id,
        min(_file) as _file
    from {{ ref('stg_encoder_dimensionality__n_shots') }}
    group by all
),

final as (
    {% for scores in [ref('stg_encoder_dimensionality__encodings'), 'dimensionalities'] %}
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
    from {{ scores }}
    union all by name
    {% endfor %}
    select * from few_shots
)

select * from final
