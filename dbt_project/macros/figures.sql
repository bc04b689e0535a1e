{# The heat map of a figure: both halves, with labels, places and corrected p-values. #}
{% macro figure_correlations(figure_id) -%}
with benchmarks as (
    select * from {{ ref('figure_benchmarks') }}
    where figure_id = '{{ figure_id }}'
),

pairs as (
    select
        *,
        benchmark_a in (select benchmarks.benchmark_id from benchmarks where joined_at is null)
        and benchmark_b in (select benchmarks.benchmark_id from benchmarks where joined_at is null)
            as is_of_all_models
    from {{ ref('int_figure_pairs_correlated') }}
    where cohort_id = '{{ figure_id }}' and method = 'spearman'
),

corrected as (
    select
        *,
        count(p_value) over () as n_tests,
        avg(estimate) filter (where is_of_all_models) over (
            order by benchmark_a, benchmark_b
            rows between unbounded preceding and unbounded following
        ) as mean_estimate
    from pairs
),

-- a heat map has both halves
mirrored as (
    select * from corrected
    union all by name
    select * replace (benchmark_b as benchmark_a, benchmark_a as benchmark_b) from corrected
),

final as (
    select
        a.cohort_id,
        a.benchmark_id as benchmark_a,
        b.benchmark_id as benchmark_b,
        a.label as label_a,
        b.label as label_b,
        a.region as region_a,
        b.region as region_b,
        a.position as position_a,
        b.position as position_b,
        coalesce(a.joined_at, b.joined_at) as joined_at,
        mirrored.n_models,
        mirrored.estimate,
        mirrored.ci_low,
        mirrored.ci_high,
        mirrored.p_value,
        mirrored.n_tests,
        mirrored.mean_estimate,
        -- least() would make 1 of an absent p
        case
            when mirrored.p_value is not null
                then least(1, mirrored.p_value * mirrored.n_tests)
        end as p_bonferroni,
        .05 / mirrored.n_tests as alpha_bonferroni,
        mirrored.p_value * mirrored.n_tests < .05 as is_significant,
        mirrored.estimate is not null as is_public
    from benchmarks as a
    inner join benchmarks as b on a.benchmark_id != b.benchmark_id
    left join mirrored
        on a.benchmark_id = mirrored.benchmark_a and b.benchmark_id = mirrored.benchmark_b
)

select * from final
{%- endmacro %}

{# Relations of our own models: alignment with people's judgements against few-shot accuracy. #}
{% macro is_probe_relation() -%}
    cohort_id = 'all_sources'
    and property_id like 'probe.%'
    and regexp_full_match(alignment_id, 'alignment\.\w+\.behaviour\.(pearson|spearman|triplet)')
{%- endmacro %}

{# What the identifiers of such a relation say. #}
{% macro probe_relation_parts() -%}
    'compute_2026_11' as snapshot_id,
    split_part(alignment_id, '.', 2) as stimulus_set_id,
    split_part(alignment_id, '.', 4) as metric,
    split_part(property_id, '.', 2) as dataset_id
{%- endmacro %}

{% macro probe_shots() -%}
    split_part(property_id, '.', 3) as head,
    cast(regexp_extract(property_id, '(\d+)-shot$', 1) as bigint) as n_shots
{%- endmacro %}
