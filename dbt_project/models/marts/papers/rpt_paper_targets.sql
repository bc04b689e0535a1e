{#- A query names the marts as a reader would; each name is replaced by its ref for lineage. -#}
with targets as (select * from {{ ref('paper_targets') }}),
sources as (select * from {{ ref('dim_sources') }}),

-- an input that nobody published may have been placed here all the same
missing_inputs as (
    select
        inputs.depends_on,
        inputs.missing_input
    from {{ ref('paper_inputs') }} as inputs
    anti join sources on inputs.source_id = sources.source_id and sources.is_present
),

computed as (
    {% for target_id, query in paper_queries().items() %}
    {%- set executable = namespace(sql=query) -%}
    {%- for after in query.split('marts.')[1:] -%}
    {%- set mart = after.split()[0] -%}
    {%- set executable.sql = executable.sql | replace('marts.' ~ mart, ref(mart) | string) -%}
    {%- endfor %}
    select
        '{{ target_id }}' as target_id,
        ({{ executable.sql }}) as ours,
        '{{ query | replace("'", "''") }}' as query
    {% if not loop.last %}union all{% endif %}
    {%- endfor %}
),

compared as (
    select
        targets.*,
        missing_inputs.missing_input,
        computed.ours,
        computed.query,
        abs(computed.ours - targets.printed) as distance,
        -- nothing stands in for the input
        computed.ours is null
        and missing_inputs.depends_on is not null
        and not targets.is_post_hoc as is_missing,
        -- counts over empty marts are zero
        computed.query is not null
        and (computed.ours is null or (computed.ours = 0 and targets.printed != 0)) as is_empty
    from targets
    left join computed using (target_id)
    left join missing_inputs using (depends_on)
),

-- no status is chosen by hand: it follows from the numbers and from what the printed one depends
-- on. A number over models, maps or probes that nobody published cannot be contradicted from public
-- data: it is unreachable unless our stand-in hits or comes close all the same. Only a correlation
-- has a sign to keep, and an identity is never nearly right.
final as (
    select
        * exclude (missing_input, distance, is_missing, is_empty),
        case
            when is_missing then 'unreachable'
            when is_empty then 'not_built'
            when distance <= tolerance + 1e-9 then 'exact'
            when kind != 'identity' and distance <= .1 * abs(printed) then 'close'
            when kind = 'correlation' and sign(ours) = sign(printed) then 'sign'
            when missing_input is not null then 'unreachable'
            else 'contradicted'
        end as status,
        case
            when is_empty and not is_missing then 'a source is absent'
            else
                nullif(
                    concat_ws(
                        '; ',
                        case when status != 'exact' then 'missing input: ' || missing_input end,
                        case when is_post_hoc then 'reading chosen by its result' end
                    ),
                    ''
                )
        end as reason
    from compared
)

select * from final
