"""What a reader chooses: it stands in the address of the page and survives a change of page.

Streamlit's own ``bind="query-params"`` with ``persist_state`` (1.67) was tried in a browser in the
place of this protocol. It does not serve:

- it replaces the entry of the browser's history, so Back leaves the page instead of taking back
  the last choice;
- the address holds the printed labels, ``cohort=toy (4 models)``, and refuses ``cohort=toy``: a
  link breaks when a count or a wording changes;
- what equals the default is left out of the address: a link shows something else once the default
  moves, as that of the newest snapshot does;
- unknown values are removed without a word, and a list joined by commas counts as unknown;
- a choice that one page does not offer is lost on the next page that does.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages._glossary import TERMS
from app_pages._shared import query, stop, stop_absent
from warehouse.figures.marks import known_first
from warehouse.figures.record import DEFAULT_COHORT

LEVELS = {
    "leaf": "Single benchmarks",
    "group": "Twelve groups: parents of neural benchmarks, and behaviour",
    "region": "Regions: V1, V2, V4, IT, behaviour",
    "modality": "Neural and behavioural average",
}
METHODS = {
    "spearman": "Spearman (ranks)",
    "pearson": "Pearson (scores)",
    "kendall": "Kendall (order of pairs)",
}


@dataclass
class Memory:
    """What this visitor chose, by the key of the choice."""

    page: str = ""
    kept: dict[str, list[str]] = field(default_factory=dict)
    """From page to page, also while a page does not offer it."""
    written: dict[str, list[str]] = field(default_factory=dict)
    """What this script last wrote into the address; anything else there is a link followed."""
    drawn: dict[str, list[str]] = field(default_factory=dict)
    """On the page in view, so far in this run."""


def memory() -> Memory:
    """The choices of this session."""
    return st.session_state.setdefault("choices", Memory())


def begin(page: str) -> None:
    """Forget which choices the last run drew; the frame calls it before it runs a page."""
    now = memory()
    if now.page != page:  # what a widget showed there may be a default of that page
        for key in now.drawn:
            st.session_state.pop(key, None)
    now.page, now.drawn = page, {}


def write_address() -> None:
    """Put all that the page chose into the address, as one step of the browser's history."""
    chosen = memory().drawn
    memory().written |= chosen
    now = {key: st.query_params.get_all(key) for key in st.query_params}
    then = {key: values for key, values in (now | chosen).items() if values}
    if then != now:
        st.query_params.from_dict(then)


def choose(
    label: str,
    options: Sequence[str] | Mapping[str, str],
    key: str,
    *,
    default: str | None = None,
    names: Callable[[str], str] = str,
    help: str | None = None,
    place: DeltaGenerator | None = None,
) -> str:
    """Select one; a mapping gives the names of its keys. ``place`` is a column of the page.

    A page that does not offer what was chosen elsewhere shows its default; the choice comes back
    on the next page that offers it.
    """
    if isinstance(options, Mapping):
        names = options.get
    options = list(options)
    fallback = default if default in options else options[0]
    start = next((w for (w, *_) in _asked(key) if w in options), fallback)
    st.session_state[key] = start
    value = (place or st).selectbox(label, options, key=key, format_func=names, help=help)
    _say_unknown(key, options, f"Shown is {plain(names(value))}.")
    kept = memory().kept
    if kept.get(key, [None])[0] in options or value != fallback:
        kept[key] = [value]
    memory().drawn[key] = [value]
    return value


def choose_some(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    at_most: int | None = None,
    names: Callable[[str], str] = str,
    help: str | None = None,
    unknown: str | None = "It is left out.",
) -> list[str]:
    """Select any number, as `choose`; the address names them one by one or joined by commas.

    ``unknown`` is what is said of a value in the address that is not offered; None if the page
    says it in its own words.
    """
    start = [v for v in _split(next(_asked(key), []), options) if v in set(options)]
    st.session_state[key] = list(dict.fromkeys(start))[:at_most]
    values = st.multiselect(
        label,
        options,
        key=key,
        max_selections=at_most,
        format_func=names,
        help=help,
        select_all=at_most is None,
    )
    if unknown:
        _say_unknown(key, options, unknown)
    elsewhere = [v for v in memory().kept.get(key, []) if v not in set(options)]
    memory().kept[key] = values + elsewhere
    memory().drawn[key] = values
    return values


def choose_text(
    label: str,
    key: str,
    *,
    default: str = "",
    widget: Callable[..., str] = st.text_input,
    **options: object,
) -> str:
    """Type a text, as `choose`; in the address only where there is one."""
    st.session_state[key] = next((w for (w, *_) in _asked(key)), default)
    value = widget(label, key=key, **options)
    memory().kept[key] = [value]
    memory().drawn[key] = [value] if value else []
    return value


def _asked(key: str) -> Iterator[list[str]]:
    """What was chosen last, then what was chosen before: a link, the widget, another page."""
    address = st.query_params.get_all(key)
    if address and address != memory().written.get(key):
        yield address
    widget = st.session_state.get(key)
    if widget is not None:
        yield widget if isinstance(widget, list) else [widget]
    if key in memory().kept:
        yield memory().kept[key]


def _split(texts: Sequence[str], options: Sequence[str]) -> list[str]:
    """Single values: a text that is no option may be several of them, joined by commas."""
    known = set(options)
    return [v for text in texts for v in ([text] if text in known else text.split(","))]


def in_address(key: str, options: Sequence[str] = ()) -> list[str]:
    """Values that the address holds, offered or not."""
    return [v for v in _split(st.query_params.get_all(key), options) if v]


def _say_unknown(key: str, options: Sequence[str], instead: str) -> None:
    """Warn of a value that a link asks for and this page does not offer."""
    if st.query_params.get_all(key) == memory().written.get(key):
        return  # this script wrote it
    strange = [plain(v) for v in dict.fromkeys(in_address(key, options)) if v not in options]
    if strange:
        st.warning(f"The link asks for {', '.join(strange[:4])}: not known here. {instead}")


def take_alias(key: str, ids: Sequence[str], aliases: pd.DataFrame) -> None:
    """Turn another name in the address into the model or benchmark that it stands for.

    ``aliases`` has the columns ``id`` and ``name``. Of several the first is taken, the others are
    named with links.
    """
    asked = st.query_params.get(key)
    if asked is None or asked in ids:
        return
    same = aliases["name"].str.lower() == asked.strip().lower()
    first, *others = [i for i in aliases.loc[same, "id"].drop_duplicates() if i in ids] or [None]
    if first is None:
        return
    st.query_params[key] = first
    if others:
        links = ", ".join(f"[{i}]({permalink(key, i)})" for i in others)
        n = len(others) + 1
        st.info(f"{plain(asked)} is the name of {n} {key}s: here is {first}; also {links}.")


def permalink(page: str, value: str) -> str:
    """Address of the page of one model or benchmark."""
    return f"/{page}?{page}={quote(value)}"


def plain(text: str, at_most: int = 80) -> str:
    """Text of a visitor, as it stands: no link, picture or style can be made with it."""
    text = text if len(text) <= at_most else text[: at_most - 1] + "…"
    return re.sub(r"([^\w\s.,;]|_)", r"\\\1", " ".join(text.split()))


COHORTS = """\
select c.*, s.source_id
from marts.dim_cohorts as c
left join marts.dim_snapshots as s on c.snapshot_id = s.snapshot_id
order by c.cohort_id"""

LEFT_OUT = {
    "n_not_in_list": "not on the list",
    "n_never_scored": "never scored",
    "n_incomplete": "incomplete",
    "n_below_floor": "below the accuracy floor",
    "n_duplicates": "duplicates",
}
"""Why a candidate is not in a cohort, by the column that counts them."""


def choose_cohort(among: Sequence[str] | None = None) -> pd.Series:
    """Let the reader pick a cohort; end the page with advice when its source is absent.

    Pages that offer only some cohorts name them.
    """
    cohorts = query(COHORTS).set_index("cohort_id", drop=False)
    if among is not None:
        cohorts = cohorts[cohorts.index.isin(among)]
    if cohorts.empty:
        st.info("This warehouse names no cohort. Build it again: `make warehouse`.")
        stop()
    n_models = cohorts["n_models"]
    filled = cohorts.index[n_models > 0]
    cohort_id = choose(
        "Cohort",
        {c: f"{c} ({n} models)" if n else f"{c} (source absent)" for c, n in n_models.items()},
        "cohort",
        default=DEFAULT_COHORT if DEFAULT_COHORT in filled else next(iter(filled), None),
        help=TERMS["cohort"],
    )
    cohort = cohorts.loc[cohort_id]
    left_out = ", ".join(f"{cohort[c]} {why}" for c, why in LEFT_OUT.items() if cohort[c])
    n = cohort["n_candidates"]
    st.caption(
        f"**{cohort['title']}.** {cohort['description']} "
        + (
            f"Of {n} candidate models left out: {left_out}."
            if left_out
            else f"All {n} candidate models are in."
        )
    )
    if not cohort["n_models"]:
        stop_absent(cohort["source_id"], f"The cohort {cohort_id}")
    return cohort


def choose_level(available: pd.Series, label: str = "Level", **options: object) -> str:
    """Let the reader pick one of the levels that there are."""
    return choose_known(label, available, LEVELS, "level", **options)


def choose_known(
    label: str, found: pd.Series, known: Mapping[str, str], key: str, **options: object
) -> str:
    """As `choose`, among the values found: those with a name first, in the order of the names."""
    return choose(label, named(found, known), key, **options)


def named(found: pd.Series, known: Mapping[str, str]) -> dict[str, str]:
    """Values found, each with its name or itself: those with a name first."""
    return {value: known.get(value, value) for value in known_first(found, known)}
