-- No table may say who submitted a model: no column of any layer is named for a person, and in no
-- raw table does a text hold such a key (the published JSON has "submitter") or a mail address.
-- Authors in the BibTeX of a candidate model are those of its paper, and stay. What this machine
-- has computed is private and not asked; a shard, MODEL@LAYER.parquet, is no address.
{%- set words = ['submitter', 'author', 'user', 'email', 'e_mail'] %}

select
    table_schema,
    table_name,
    column_name as found
from information_schema.columns
where regexp_matches(column_name, '{{ words | join("|") }}', 'i')
{%- for raw_table in raw_tables() if raw_table.source_name != 'own' %}
union all
select
    '{{ raw_table.schema }}',
    '{{ raw_table.identifier }}',
    cast(count(*) as varchar) || ' rows'
from (
    select cast(published as varchar) as printed from {{ raw_table.relation_name }} as published
) as rows_of_text
where
    -- a character is found faster than a pattern
    (
        contains(printed, '@')
        and regexp_matches(
            regexp_replace(printed, '[^ ]+[.]parquet', '', 'g'),
            '[a-z0-9_.+-]+@[a-z0-9-]+\.[a-z]', 'i'
        )
    )
    or (
        contains(printed, '"')
        and regexp_matches(printed, '"[a-z_]*({{ words | join("|") }})[a-z_]*\\*"\s*:', 'i')
    )
having count(*) > 0
{%- endfor %}
