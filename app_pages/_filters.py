"""Filters of models and benchmarks that stay while the reader moves from page to page.

A page says what it can filter by drawing the choices (`choose_models`, `choose_benchmarks`) and
passing its tables through what they return. The frame says which filters a page leaves unused.
"""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from app_pages._choices import choose_some, memory
from app_pages._glossary import TERMS
from app_pages._views import names_of, select
from warehouse.fields import field

SIZES = {
    "under 10 million": (0, 10e6),
    "10 to 50 million": (10e6, 50e6),
    "50 to 150 million": (50e6, 150e6),
    "150 million and more": (150e6, float("inf")),
}
UNKNOWN = "not known"

NAMES = {
    "cohort": "Cohort",
    "family": "Model family",
    "size": "Model size",
    "training": "Training data",
    "kind": "Kind of network",
    "suite": "Benchmark family",
    "area": "Region",
    "confidence": "Identity confidence",
    "policy": "Missing cells",
}
"""What the reader may set, wherever a page offers it: key and name."""

FILTERS = NAMES.keys() - {"cohort", "confidence"}
"""Those of any number of values."""

COLUMNS = {
    "family": ("dim_models", "family"),
    "training": ("dim_models", "training_data"),
    "suite": ("dim_benchmarks", "suite"),
}
"""Columns whose values have names for people."""

Keep = Callable[..., pd.DataFrame]

WHOLE = "Ranks, averages and intervals stay those of the whole cohort."
"""What a filter does to numbers, where the page only shows fewer rows."""

_ENTRY = ["source_model_key", "variant_id"]


def choose_models() -> Keep:
    """Offer family, size and training data in the sidebar; give what keeps the models that fit."""
    columns = "model_id, family, training_data, n_parameters, architecture_class"
    models = select("dim_models", columns, order="model_id").rows
    models["size"] = models["n_parameters"].astype(float).map(_size)
    # a model of no known family is one by itself
    alone = models["family"].str.contains(":", na=False)
    models["family"] = models["family"].mask(alone)
    models = models.rename(columns={"training_data": "training", "architecture_class": "kind"})
    models = models.fillna(dict.fromkeys(("family", "training", "kind"), UNKNOWN))
    helps = {"family": None, "kind": None, "size": None, "training": TERMS["training data"]}
    return _choose("model", models, helps)


def _size(n_parameters: float) -> str:
    return next(
        (name for name, (low, high) in SIZES.items() if low <= n_parameters < high), UNKNOWN
    )


def choose_benchmarks() -> Keep:
    """Offer suite and region in the sidebar; give what keeps the benchmarks that fit."""
    columns = "benchmark_id, suite, modality, region"
    benchmarks = select("dim_benchmarks", columns, order="benchmark_id").rows
    area = benchmarks["region"].fillna(benchmarks["modality"]).fillna(UNKNOWN)
    helps = {"suite": TERMS["suite"], "area": TERMS["region"]}
    return _choose("benchmark", benchmarks.fillna({"suite": UNKNOWN}).assign(area=area), helps)


def _choose(what: str, members: pd.DataFrame, helps: dict[str, str | None]) -> Keep:
    asked: dict[str, list[str]] = {}
    is_set = any(memory().kept.get(k) or k in st.query_params for k in helps)
    with st.sidebar.expander(f"Filter {what}s", expanded=is_set, icon=":material/filter_alt:"):
        for key, help in helps.items():
            options = _options(members[key], key)
            asked[key] = choose_some(NAMES[key], options, key, names=_shown(key), help=help)
    asked = {key: values for key, values in asked.items() if values}
    fits = pd.Series(True, index=members.index)
    for key, values in asked.items():
        fits &= members[key].isin(values)
    ids = set(members.loc[fits, f"{what}_id"])
    text = "; ".join(
        f"{NAMES[key].lower()} {', '.join(map(_shown(key), v))}" for key, v in asked.items()
    )

    def keep(frame: pd.DataFrame, *columns: str, note: str = WHOLE) -> pd.DataFrame:
        """Rows whose ids all fit; how many remain, and what that changes, is said above them."""
        if not asked:
            return frame
        columns = columns or (f"{what}_id",)
        fitting = frame[list(columns)].isin(ids).all(axis=1)
        # a cohort counts a set of weights as often as it was submitted
        counted = _ENTRY if what == "model" and set(_ENTRY) <= set(frame) else columns
        n, n_all = _count(frame[fitting], counted), _count(frame, counted)
        if not n:
            st.info(f"None of the {n_all} {what}s here fits the filters in the sidebar ({text}).")
        else:
            st.caption(f":material/filter_alt: {n} of {n_all} {what}s: {text}. {note}")
        return frame[fitting]

    return keep


def _shown(key: str) -> Callable[[str], str]:
    """What gives the name for people of a value."""
    if key == "cohort":
        return lambda value: names_of("cohort_id").get(value, value)
    return field(*COLUMNS[key]).text if key in COLUMNS else str


def _options(values: pd.Series, key: str) -> list[str]:
    found = set(values)
    known = [*SIZES, UNKNOWN] if key == "size" else [*sorted(found - {UNKNOWN}), UNKNOWN]
    return [v for v in known if v in found]


def _count(frame: pd.DataFrame, columns: Sequence[str]) -> int:
    """Distinct benchmarks, those of a pair taken one by one; or distinct entries of a cohort."""
    if columns is _ENTRY:
        return len(frame.drop_duplicates(_ENTRY))
    return pd.concat([frame[c] for c in columns]).nunique()


def say_unused(place: st.delta_generator.DeltaGenerator) -> None:
    """Name, above the page, the filters that are set and that it does not use."""
    kept = memory().kept
    is_set = {key: kept[key] for key in NAMES if kept.get(key)}
    unused = [
        f"{NAMES[key].lower()} ({', '.join(map(_shown(key), values))})"
        for key, values in is_set.items()
        if key not in memory().drawn
    ]
    if unused:
        place.caption(f":material/filter_alt_off: Not used on this page: {'; '.join(unused)}.")
    if is_set.keys() & FILTERS:
        st.sidebar.button("Clear all filters", on_click=_clear, icon=":material/filter_alt_off:")


def _clear() -> None:
    for key in NAMES:
        st.session_state.pop(key, None)
        memory().kept.pop(key, None)
