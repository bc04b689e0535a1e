{# The heat map of a figure: both halves, with labels, places and corrected p-values. #}
{% macro figure_correlations(figure_id) -%}
with metrics as (
    select * from {{ ref('figure_metrics') }}
    where figure_id = '{{ figure_id }}'
),

tested as (
    select * from {{ ref('int_figure_pairs_tested') }}
    where figure_id = '{{ figure_id }}'
),

corrected as (
    select
        *,
        count(p_value) over () as n_tests,
        avg(estimate) over (
            order by metric_a, metric_b
            rows between unbounded preceding and unbounded following
        ) as mean_estimate
    from tested
),

-- a heat map has both halves
mirrored as (
    select * from corrected
    union all by name
    select * replace (metric_b as metric_a, metric_a as metric_b) from corrected
),

final as (
    select
        cast(a.cohort_id as varchar) as cohort_id,
        cast(a.metric_id as varchar) as metric_a,
        cast(b.metric_id as varchar) as metric_b,
        cast(a.label as varchar) as label_a,
        cast(b.label as varchar) as label_b,
        cast(a.region as varchar) as region_a,
        cast(b.region as varchar) as region_b,
        cast(a.position as bigint) as position_a,
        cast(b.position as bigint) as position_b,
        cast(mirrored.n_models as bigint) as n_models,
        cast(mirrored.estimate as double) as estimate,
        cast(mirrored.ci_low as double) as ci_low,
        cast(mirrored.ci_high as double) as ci_high,
        cast(mirrored.p_value as double) as p_value,
        -- least() would make 1 of an absent p
        cast(
            case
                when mirrored.p_value is not null
                    then least(1, mirrored.p_value * mirrored.n_tests)
            end as double
        ) as p_bonferroni,
        cast(mirrored.n_tests as bigint) as n_tests,
        cast(.05 / mirrored.n_tests as double) as alpha_bonferroni,
        cast(mirrored.p_value * mirrored.n_tests < .05 as boolean) as is_significant,
        cast(mirrored.mean_estimate as double) as mean_estimate,
        cast(mirrored.estimate is not null as boolean) as is_public
    from metrics as a
    inner join metrics as b on a.metric_id != b.metric_id
    left join mirrored on a.metric_id = mirrored.metric_a and b.metric_id = mirrored.metric_b
)

select * from final
{%- endmacro %}
