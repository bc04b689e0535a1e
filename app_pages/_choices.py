"""What a reader chooses: it stands in the address of the page and survives a change of page.

Streamlit's own ``bind="query-params"`` with ``persist_state`` (1.67) does not serve: Back leaves
the page instead of taking back the last choice; the address holds printed labels, and none for a
default, so that links break or change with a wording, a count or a default; unknown values are
removed without a word; a choice that one page does not offer is lost.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, urlencode

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages._glossary import TERMS
from app_pages._shared import query, stop_absent
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


# the browser may run it again when the reader is elsewhere already
REPLACE = """([page, bare, full]) => {
    const [now, then] = [location.search, bare].map(text => new URLSearchParams(text).toString())
    if (location.pathname.split("/").pop() === page && now === then) {
        history.replaceState(history.state, "", `${location.pathname}?${full}`)
    }
}"""


@dataclass
class Memory:
    """What this visitor chose, by the key of the choice."""

    page: str = ""
    is_entered: bool = False
    """Whether the page in view was just turned to, so that nothing was chosen on it yet."""
    kept: dict[str, list[str]] = field(default_factory=dict)
    """From page to page, also while a page does not offer it."""
    written: dict[str, list[str]] = field(default_factory=dict)
    """What this script last wrote into the address; anything else there is a link followed."""
    drawn: dict[str, list[str]] = field(default_factory=dict)
    """On the page in view, so far in this run."""
    notes: list[str] = field(default_factory=list)
    """What the choices of the page in view say of themselves, as the rule of a cohort."""
    cited: tuple[list[str], list[str]] = ([], [])
    """Sources of the page in view, and what else it cites."""


def memory() -> Memory:
    """The choices of this session."""
    return st.session_state.setdefault("choices", Memory())


def begin(page: str) -> None:
    """Forget which choices the last run drew; the frame calls it before it runs a page."""
    now = memory()
    if now.page != page:  # what a widget showed there may be a default of that page
        for key in now.drawn:
            st.session_state.pop(key, None)
        now.page, now.is_entered = page, True
        now.cited = ([], [])
    now.drawn, now.notes = {}, []


def write_address() -> None:
    """Put all that the page chose into the address.

    A choice is a step of the browser's history. What a page shows when it is turned to is none: it
    takes the place of the bare address, so that one press of Back leaves the page.
    """
    chosen, is_entered = memory().drawn, memory().is_entered
    memory().written |= chosen
    memory().is_entered = False
    now = {key: st.query_params.get_all(key) for key in st.query_params}
    then = {key: values for key, values in (now | chosen).items() if values}
    if then == now:
        return
    if is_entered:  # Streamlit itself can only add a step
        place = [memory().page, *(urlencode(address, doseq=True) for address in (now, then))]
        st.html(f"<script>({REPLACE})({json.dumps(place)})</script>", unsafe_allow_javascript=True)
    else:
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
    is_switch: bool = False,
) -> str:
    """Select one; a mapping gives the names of its keys. ``place`` is a column of the page.

    A switch shows all options side by side.
    A page that does not offer what was chosen elsewhere shows its default; the choice comes back
    on the next page that offers it.
    """
    if isinstance(options, Mapping):
        names = options.get
    options = list(options)
    fallback = default if default in options else options[0]
    start = next((w for (w, *_) in _asked(key) if w in options), fallback)
    st.session_state[key] = start
    on = place or st
    widget = partial(on.segmented_control, required=True) if is_switch else on.selectbox
    value = widget(label, options, key=key, format_func=names, help=help)
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
    unknown: str | None = "This page leaves out what it does not know.",
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


def by_any_name(asked: str, page: str, offered: Collection[str], aliases: pd.DataFrame) -> str:
    """Id of the model or benchmark that a link calls by any of its names; unknown text stays.

    ``aliases`` has the columns ``id`` and ``name``. Of several with one name the first is taken,
    the others are linked.
    """
    if asked in offered:
        return asked
    same = aliases["name"].str.lower() == asked.strip().lower()
    known = [i for i in aliases.loc[same, "id"].drop_duplicates() if i in offered]
    if len(known) > 1:
        links = ", ".join(f"[{i}]({permalink(page, i)})" for i in known[1:])
        n = f"the name of {len(known)} {page}s"
        st.info(f"{plain(asked)} is {n}: here is {known[0]}; also {links}.")
    return known[0] if known else asked


def model_aliases() -> pd.DataFrame:
    """Names of models for `by_any_name`, first those that count, with ``is_resolved``."""
    return query(ALIASES)


ALIASES = """\
select distinct model_id as id, source_model_name as name, is_resolved
from marts.rpt_model_aliases
order by is_resolved desc, name, id"""


def choose_by_any_name(
    page: str, names: Mapping[str, str], aliases: pd.DataFrame, default: str, help: str
) -> str:
    """Select the model or benchmark of a page; the address may hold any of its names.

    ``names`` are what each id is listed as; ``aliases`` is as `by_any_name` takes it.
    """
    if not names:
        stop_absent(None, f"The page of one {page}")
    asked = st.query_params.get(page)
    if asked is not None and asked not in names:
        st.query_params[page] = by_any_name(asked, page, names, aliases)
    return choose(page.capitalize(), names, page, default=default, help=help)


def permalink(page: str, value: str) -> str:
    """Address of the page of one model or benchmark."""
    return f"/{page}?{page}={quote(value)}"


def to_page(page: str, label: str, **choices: str) -> None:
    """Link to a page of the explorer with some choices made; the session goes on."""
    st.page_link(f"app_pages/{page}.py", label=label, query_params=choices)


def tabs(parts: Mapping[str, Callable[[], None]], key: str = "tab") -> None:
    """Tabs of a page, of which the chosen one alone is run; the address holds it.

    ``parts`` are the functions that show each tab, by its name.
    """
    names = {re.sub(r"\W+", "-", name.lower()): name for name in parts}
    start = next((w for (w, *_) in _asked(key) if w in names or w in parts), next(iter(names)))
    st.session_state[key] = names.get(start, start)
    _say_unknown(key, list(names), f"Shown is {st.session_state[key]}.")
    for tab, (slug, name) in zip(
        st.tabs(list(parts), key=key, on_change="rerun"), names.items(), strict=True
    ):
        if tab.open:
            memory().drawn[key] = memory().kept[key] = [slug]
            with tab:
                parts[name]()


def plain(text: str, at_most: int = 80) -> str:
    """Text of a visitor, as it stands: no link, picture or style can be made with it."""
    text = text if len(text) <= at_most else text[: at_most - 1] + "…"
    # Streamlit links what looks like an address, escaped or not, unless an invisible sign parts it
    text = re.sub(r"(?i)w(?=ww)|https?(?=:)|@", "\\g<0>\N{WORD JOINER}", " ".join(text.split()))
    # Markdown gives a meaning to signs of ASCII alone, and shows a backslash before any other
    return re.sub(r"([!-+/:<-@[-`{-~-])", r"\\\1", text)


COHORTS = """\
select c.*, s.source_id
from marts.dim_cohorts as c
left join marts.dim_snapshots as s on c.snapshot_id = s.snapshot_id
order by c.cohort_id"""

OPENS_WITH = (
    " Pages open with it, though there are newer ones, as Ahlert et al. (2024) analyse the same "
    "leaderboard, so that their figures can be compared."
)

LEFT_OUT = {
    "n_not_in_list": "not on the list",
    "n_never_scored": "never scored",
    "n_incomplete": "incomplete",
    "n_below_floor": "below the accuracy floor",
    "n_duplicates": "duplicates",
}
"""Why a candidate is not in a cohort, by the column that counts them."""


def choose_cohort(
    among: Sequence[str] | None = None, place: DeltaGenerator | None = None
) -> pd.Series:
    """Let the reader pick a cohort; end the page with advice when its source is absent.

    Pages that offer only some cohorts name them. ``place`` is a column of the page.
    """
    cohorts = query(COHORTS).set_index("cohort_id", drop=False)
    if among is not None:
        cohorts = cohorts[cohorts.index.isin(among)]
    if cohorts.empty:
        stop_absent(None, "A cohort")
    filled = cohorts.index[cohorts["n_models"] > 0]
    default = DEFAULT_COHORT if DEFAULT_COHORT in filled else next(iter(filled), None)
    asked = next((w for (w, *_) in _asked("cohort") if w in cohorts.index), default)
    cohort_id = choose(
        "Cohort",
        _folded(cohorts, asked or ""),
        "cohort",
        default=default,
        help=TERMS["cohort"],
        place=place,
    )
    cohort = cohorts.loc[cohort_id]
    why = OPENS_WITH if cohort_id == DEFAULT_COHORT else ""
    left_out = ", ".join(f"{cohort[c]} {why}" for c, why in LEFT_OUT.items() if cohort[c])
    n = cohort["n_candidates"]
    memory().notes.append(
        f"**{cohort['title']}.** {cohort['description']} "
        + (
            f"Of {n} candidate models left out: {left_out}."
            if left_out
            else f"All {n} candidate models are in."
        )
        + why
    )
    if not cohort["n_models"]:
        stop_absent(cohort["source_id"], f"The cohort {cohort['title']}")
    return cohort


def _folded(cohorts: pd.DataFrame, asked: str) -> dict[str, str]:
    """Names of the main cohorts, those with most benchmarks first, and the variants of one of them.

    A variant whose main cohort a page does not offer stands for itself.
    """
    main = cohorts["variant_of"].where(cohorts["variant_of"].isin(cohorts.index), cohorts.index)
    order = cohorts.assign(main=main, is_first=main == DEFAULT_COHORT, is_main=main.index == main)
    order = order.sort_values(
        ["is_main", "is_first", "n_benchmarks", "n_models"], ascending=False, kind="stable"
    )
    names = {}
    for one in order.index[order["is_main"]]:
        is_open = asked in main and main[asked] == one
        for cohort_id in order.index[order["main"] == one] if is_open else [one]:
            n, title = order.loc[cohort_id, ["n_models", "title"]]
            counted = f"{n} models" if n else "source absent"
            names[cohort_id] = f"{'' if cohort_id == one else '– '}{title} ({counted})"
    return names


def choose_known(
    label: str, found: pd.Series, known: Mapping[str, str], key: str, **options: object
) -> str:
    """As `choose`, among the values found: those with a name first, in the order of the names."""
    return choose(label, named(found, known), key, **options)


def choose_in_turn(
    found: pd.DataFrame, **columns: tuple[str, Mapping[str, str], *tuple[str, ...]]
) -> tuple[dict[str, str], pd.DataFrame]:
    """Choose a value of each column, side by side, among the rows that the choices before leave.

    A column has a label, the names of its values and, where there are such, a key of its own and a
    default. Gives the values, and the rows that have them.
    """
    chosen = {}
    places = st.columns(len(columns))
    for place, (column, (label, known, *own)) in zip(places, columns.items(), strict=True):
        key, default = (*own, *(column, None)[len(own) :])
        chosen[column] = choose_known(
            label, found[column], known, key, default=default, place=place
        )
        found = found[found[column] == chosen[column]]
    return chosen, found


def named(found: pd.Series, known: Mapping[str, str]) -> dict[str, str]:
    """Values found, each with its name or itself: those with a name first."""
    return {value: known.get(value, value) for value in known_first(found, known)}
