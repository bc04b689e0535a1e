"""Find a model or a benchmark by any name that a source gives it."""

import re
from collections.abc import Mapping
from typing import NoReturn

import pandas as pd
import streamlit as st

from app_pages._choices import memory, plain, to_page
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


OPTIONS = """\
with names as (
    select 'model' as page, model_id as id, display_name as name, n_scores
    from marts.dim_models
    union all
    select 'benchmark', benchmark_id, title, n_scores
    from marts.dim_benchmarks
)

select page || '=' || id as key, id, name
from names
order by n_scores desc, key"""
"""Models and benchmarks to choose from, those with most scores first."""

ALIASES = """\
select 'model=' || model_id as key, source_model_name as name
from marts.bridge_model_names
where model_id is not null
group by all
order by all"""


@st.cache_data(max_entries=2, show_spinner=False)
def _labels(options: pd.DataFrame, aliases: pd.DataFrame) -> dict[str, str]:
    """What is shown of each: its name, then every other name that it can be found by."""
    labels = {
        row.key: row.name if row.name == row.id else f"{row.name} · {row.id}"
        for row in options.itertuples()
    }
    seen = {row.key: {squeeze(row.name), squeeze(row.id)} for row in options.itertuples()}
    for key, name in zip(aliases["key"], aliases["name"], strict=True):
        if key in labels and squeeze(name) not in seen[key]:
            seen[key].add(squeeze(name))
            labels[key] += f" · {name}"
    return labels


def _take(place: str) -> None:
    """Keep what was chosen and empty the field, so that it is followed once."""
    st.session_state["wanted"] = place, st.session_state[f"find_{place}"]
    st.session_state[f"find_{place}"] = None


def box(place: str) -> None:
    """Field that offers every model and benchmark as one types, and turns to the chosen page.

    What fits no name can be entered too: the one that it names by any spelling is turned to, what
    is nearest to it is linked. ``place`` tells apart the field of a page and that of the sidebar.
    """
    labels = _labels(query(OPTIONS), query(ALIASES))
    st.selectbox(
        "Find a model or a benchmark",
        list(labels),
        index=None,
        format_func=lambda key: labels.get(key, key),
        key=f"find_{place}",
        placeholder="any name, for example resnet-50",
        icon=":material/search:",
        accept_new_options=True,
        filter_mode="contains",
        on_change=_take,
        args=(place,),
    )
    if memory().is_entered:
        st.session_state.pop("wanted", None)
    where, wanted = st.session_state.get("wanted", ("", None))
    if where != place or wanted is None:
        return
    if wanted in labels:
        _turn_to(*wanted.split("=", 1))
    _nearest(wanted, labels)


def _turn_to(page: str, value: str) -> NoReturn:
    del st.session_state["wanted"]
    st.switch_page(f"app_pages/{page}.py", query_params={page: value})


def _nearest(typed: str, labels: Mapping[str, str]) -> None:
    """Links to what has a name like the one that was typed."""
    last = typed.rstrip("/ ").rpartition("/")[2]  # of google/vit-base, the model
    wanted = squeeze(last)
    if len(wanted) < 2:
        st.caption("Type two letters or digits at least.")
        return
    words = re.findall("[a-z0-9]+", last.lower())
    found = query(FOUND, wanted=wanted, words=words)
    if found.empty:
        st.caption(f"No model or benchmark has a name like “{plain(typed)}”.")
    exact = found[found["name"].map(squeeze) == wanted]
    if len(exact) == 1:
        _turn_to(exact["kind"].iloc[0], exact["id"].iloc[0])
    for row in found.head(AT_MOST).itertuples():
        name = labels[f"{row.kind}={row.id}"].partition(" · ")[0]
        label = f"{row.kind.capitalize()}: {name} ({row.n_scores:,} scores)"
        to_page(row.kind, label.replace("[", r"\["), **{row.kind: row.id})
    if len(found) > AT_MOST:
        st.caption(f"{len(found) - AT_MOST:,} more. Type more of the name.")
