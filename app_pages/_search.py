"""Find a model or a benchmark by any name that a source gives it."""

import re
from collections.abc import Mapping

import streamlit as st

from app_pages._choices import plain
from app_pages._shared import query

AT_MOST = 8

# A name fits whole, at its beginning, with all that is typed in it, or nearly; signs between
# letters do not count. Of two that fit alike, the one with more scores comes first.
FOUND = """\
with names as (
    select 'model' as kind, model_id as id, unnest([model_id, display_name]) as name
    from marts.dim_models
    union
    select 'model', model_id, source_model_name
    from marts.bridge_model_names
    union
    select 'benchmark', benchmark_id, unnest([benchmark_id, title])
    from marts.dim_benchmarks
    union
    select 'benchmark', benchmark_id, published_benchmark
    from marts.fct_scores
),
squeezed as (
    select *, regexp_replace(lower(name), '[^a-z0-9]', '', 'g') as text
    from names
    where name is not null and id is not null
),
placed as (
    select
        kind, id, name, text,
        case
            when text = $wanted then 0
            when starts_with(text, $wanted) then 1
            when contains(text, $wanted) then 2
            when list_bool_and([contains(text, w) for w in $words]) then 3
            when length($wanted) > 3 and jaro_winkler_similarity(text, $wanted) > .92 then 4
        end as place
    from squeezed
),
found as (
    select
        kind, id,
        arg_min(name, (place, length(text), name)) as name,
        min(place) as place,
        min(length(text)) as length
    from placed
    where place is not null
    group by all
)
select found.kind, found.id, found.name, coalesce(m.n_scores, b.n_scores) as n_scores
from found
left join marts.dim_models as m on found.kind = 'model' and found.id = m.model_id
left join marts.dim_benchmarks as b on found.kind = 'benchmark' and found.id = b.benchmark_id
order by place, case when place > 1 then length end, n_scores desc, kind, id"""


def squeeze(text: str) -> str:
    """Letters and digits of a name, in lower case: what two spellings have in common."""
    return "".join(c for c in text.lower() if c.isascii() and c.isalnum())


def box(pages: Mapping[str, object]) -> None:
    """Search field in the sidebar; what it finds is linked to its page.

    Parameters
    ----------
    pages : mapping of str to streamlit.Page
        By the last part of their address. A kind without a page is listed without links.
    """
    typed = st.text_input(
        "Find a model or a benchmark",
        key="find",
        placeholder="any name, for example resnet-50",
        icon=":material/search:",
    )
    last = typed.rstrip("/ ").rpartition("/")[2]  # of google/vit-base, the model
    wanted = squeeze(last)
    if len(wanted) < 2:
        if typed:
            st.caption("Type two letters or digits at least.")
        return
    words = re.findall("[a-z0-9]+", last.lower())
    found = query(FOUND, wanted=wanted, words=words)
    if found.empty:
        st.caption(f"No model or benchmark has a name like “{plain(typed)}”.")
    for row in found.head(AT_MOST).itertuples():
        also = "" if squeeze(row.name) == squeeze(row.id) else f"{row.name}, "
        label = f"{row.kind.capitalize()}: {row.id} ({also}{row.n_scores:,} scores)"
        label = label.replace("[", r"\[")
        if row.kind in pages:
            st.page_link(pages[row.kind], label=label, query_params={row.kind: row.id})
        else:
            st.caption(label)
    if len(found) > AT_MOST:
        st.caption(f"{len(found) - AT_MOST:,} more. Type more of the name.")
