"""Bring your own scores: see your models beside the published ones, in this session alone."""

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_cohort
from app_pages._export import button, menu
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import rank, stop, stop_absent
from app_pages._views import (
    Answer,
    Drawing,
    folded,
    grid,
    select,
    table,
    view,
)
from ingest import settings
from warehouse import own
from warehouse.figures.ranking import SCHEMES as NAMES
from warehouse.figures.ranking import compared_percentiles, rank_intervals
from warehouse.figures.record import DEFAULT_COHORT

SCHEMES = ("arithmetic_mean", "z_mean", "mean_rank", "borda", "win_rate")


def benchmarks() -> pd.DataFrame:
    """Every benchmark that a score can be of."""
    columns = "benchmark_id, title, modality, region, direction, unit"
    return select("dim_benchmarks", columns, order="benchmark_id").rows


def public(cohort_id: str) -> Answer:
    """The published scores of a cohort."""
    return select(
        "fct_scores_normalized",
        "benchmark_id, source_model_key, variant_id, score_directed",
        order="benchmark_id, source_model_key, variant_id",
        cohort_id=cohort_id,
        level="leaf",
    )


def upload() -> pd.DataFrame | None:
    """The scores of this session; a new file takes the place of the old one, or is refused."""
    st.write(
        "Upload a CSV file with one score per row. It is kept in this browser session only, gone "
        "when you close or reload the page, and never written to the warehouse or to a disk."
    )
    with st.expander("What the file must hold", expanded="own" not in st.session_state):
        rows = [
            {"column": name, "needed": "yes" if name in own.REQUIRED else "no", "holds": text}
            for name, text in own.CONTRACT.items()
        ]
        st.table(pd.DataFrame(rows).set_index("column"))
        st.caption(
            f"UTF-8, up to {own.MAX_BYTES // 1_000_000} MB, {own.MAX_ROWS:,} rows and "
            f"{own.MAX_MODELS} models. A file with an error is refused whole."
        )
        button("Example", _example, "own_scores.csv", "text/csv")
        known = benchmarks()
        title = f"The {len(known)} benchmarks, each with its identifier and unit"
        folded(title, "own_benchmarks", lambda: grid(known, height=220))
    file = st.file_uploader(
        "Your scores (CSV)", type="csv", max_upload_size=own.MAX_BYTES // 1_000_000, key="own_file"
    )
    if file is not None and file.file_id != st.session_state.get("own_file_id"):
        st.session_state["own_file_id"] = file.file_id
        try:
            taken = own.read(file.getvalue(), benchmarks())
            st.session_state["own"], st.session_state["own_problems"] = taken, None
        except own.Refused as refused:
            st.session_state["own_problems"] = refused.problems
    problems = st.session_state.get("own_problems")
    if problems:
        n = len(problems)
        many = "at least " if n >= own.MAX_PROBLEMS else ""
        st.error(f"The file was refused: {many}{n} problem{'' if n == 1 else 's'}.")
        grid(pd.DataFrame(problems))
    return st.session_state.get("own")


def _example() -> str:
    """A file that passes: two models on the first benchmarks of the cohort shown."""
    known = public(DEFAULT_COHORT).rows["benchmark_id"]
    ids = (known if len(known) else benchmarks()["benchmark_id"]).unique()[:3]
    rows = [(m, b, f"0.{i + 3}", "0.01") for m in ("mine", "other") for i, b in enumerate(ids)]
    return pd.DataFrame(rows, columns=["model", "benchmark", "score", "error"]).to_csv(index=False)


def forget() -> None:
    """Drop the scores of this session."""
    for key in ("own", "own_problems", "own_ranked", "own_drawn"):
        st.session_state.pop(key, None)


def placed(cohort_id: str, mine: pd.DataFrame) -> pd.DataFrame:
    """Each score among those of the cohort."""
    found = own.place(mine, public(cohort_id).rows)
    n_left_out = len(mine) - len(found)
    if n_left_out:
        others = sorted(set(mine["benchmark_id"]) - set(found["benchmark_id"]))
        st.caption(
            f"{n_left_out} of your {len(mine)} scores are on benchmarks outside this cohort: "
            f"{', '.join(others[:8])}{' …' if len(others) > 8 else ''}."
        )
    titles = benchmarks()[["benchmark_id", "title"]]
    return found.merge(titles, on="benchmark_id", how="left")


if benchmarks().empty:
    stop_absent(None, "This page")
mine = upload()
if mine is None:
    stop()
n_models, n_benchmarks = mine["model"].nunique(), mine["benchmark_id"].nunique()
st.success(f"Taken: {len(mine)} scores; models: {n_models}; benchmarks: {n_benchmarks}.")
st.button("Forget them", on_click=forget, icon=":material/delete:")
cohort = choose_cohort()
cohort_id = cohort["cohort_id"]
keep = _filters.choose_benchmarks()
found = keep(placed(cohort_id, mine), note="Averages are taken over these alone.")
if found.empty:
    st.info("None of your scores is on a benchmark of this cohort: take another cohort.")
    stop()

st.header("Your scores beside the published ones")
models = list(dict.fromkeys(found["model"]))
# a name of one's own model does not go into the address
kept = st.session_state.get("own_drawn", [])
st.session_state["own_drawn"] = [m for m in kept if m in models]
drawn = st.multiselect("Draw these models", models, key="own_drawn", max_selections=4)
drawn = drawn or models[:4]
rows = found[found["model"].isin(drawn)].rename(columns={"model": "model_id"})
n_outside = int(found["is_outside"].sum())
if n_outside:
    st.warning(f"{n_outside} scores lie beyond every published one. Is the unit the same?")
view(
    public(cohort_id).only(found),
    Drawing.of(compared_percentiles(rows, drawn), "own"),
    "model, title, score, error, score_percentile, score_rank, n_models, is_outside",
    name="own_beside_public",
    labels={"n_models": "Published models"},
    more={"fct_scores": ("score", "error")},
    config={
        "model": st.column_config.TextColumn("Model", width=160, pinned=True),
        "title": st.column_config.TextColumn("Benchmark", width=220),
        "is_outside": st.column_config.CheckboxColumn(
            "Out of range", help="Beyond every published score: check the unit."
        ),
    },
    height=300,
)

st.header("Where would they rank?")
sets = found.groupby("model")["benchmark_id"].agg(frozenset)
ids = sorted(frozenset.intersection(*sets))
if not ids:
    st.info("Your models share no benchmark of this cohort, so no average compares them.")
else:
    st.caption(
        f"Averaged are the {len(ids)} benchmarks of this cohort that all your models have. "
        f"{TERMS['rank interval']}"
    )
    path = settings.WAREHOUSE
    key = (cohort_id, tuple(ids), path.stat().st_mtime_ns, st.session_state["own_file_id"])
    kept_key, rankings = st.session_state.get("own_ranked", (None, None))
    if kept_key != key:
        with st.spinner("Ranking …"):
            rankings = rank(cohort_id, "leaf", SCHEMES, benchmarks=ids, own=found.to_dict("list"))
        st.session_state["own_ranked"] = (key, rankings)
    mine = rankings[rankings["source_model_key"].str.startswith("own:")]
    mine = mine.assign(model_id=mine["source_model_name"])
    chart = Drawing.of(rank_intervals(mine[mine["model_id"].isin(drawn)], drawn), "own_ranks")
    chart.show()
    table(
        mine.assign(model=mine["model_id"]),
        "fct_model_rankings",
        "scheme, model, score_rank, rank_ci_low, rank_ci_high, n_above_holm, n_below_holm, "
        "n_benchmarks, n_datasets, n_models",
        labels={"n_models": "Models ranked"},
        names={"scheme": NAMES},
        config={"model": "Model"},
    )
    menu(Answer(mine, "", {}), "own_ranks", chart)
    st.caption("The whole ranking, yours among the published models:")
    menu(Answer(rankings, "", {}), "own_ranking")
    st.caption("In Python: `warehouse.rank.rank(…, own=…)`.")
cite(cohort["source_id"])
