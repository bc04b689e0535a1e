{#- A query names the marts as a reader would; each name is replaced by its ref for lineage. -#}
{%- set relations = {
    'marts.fct_benchmark_correlations': ref('fct_benchmark_correlations'),
    'marts.fct_scores': ref('fct_scores'),
    'marts.dim_cohorts': ref('dim_cohorts'),
    'marts.bridge_cohort_models': ref('bridge_cohort_models'),
} -%}
{%- set queries = paper_queries() -%}

with targets as (
    select * from {{ ref('paper_targets') }}
),


computed as (
    {% for target_id, query in queries.items() %}
    {%- set executable = namespace(sql=query) -%}
    {%- for name, relation in relations.items() -%}
    {%- set executable.sql = executable.sql | replace(name, relation | string) -%}
    {%- endfor %}
    select
        '{{ target_id }}' as target_id,
        cast(({{ executable.sql }}) as double) as ours,
        '{{ query | replace("'", "''") }}' as query
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

compared as (
    select
        targets.*,
        computed.ours,
        computed.query,
        abs(computed.ours - targets.printed) as distance
    from targets
    left join computed on targets.target_id = computed.target_id
),

-- no status is chosen by hand: it follows from the numbers, except where an input is missing
final as (
    select
        cast(target_id as varchar) as target_id,
        cast(paper as varchar) as paper,
        cast(artefact as varchar) as artefact,
        cast(quantity as varchar) as quantity,
        cast(printed as double) as printed,
        cast(tolerance as double) as tolerance,
        cast(ours as double) as ours,
        cast(
            case
                when missing_input is not null then 'unreachable'
                when ours is null or (ours = 0 and printed != 0) then 'not_built'
                when distance <= tolerance + 1e-9 then 'exact'
                when distance <= .1 * abs(printed) then 'close'
                when sign(ours) = sign(printed) then 'sign'
                else 'contradicted'
            end as varchar
        ) as status,
        cast(
            case
                when missing_input is not null then 'missing input: ' || missing_input
                when ours is null then 'a source is absent'
                else 'differs by ' || round(distance, 4) || ', tolerance ' || tolerance
            end as varchar
        ) as reason,
        cast(query as varchar) as query
    from compared
)

select * from final
