"""Bring your own scores: see your models beside the published ones."""

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import choose_cohort, plain
from app_pages._export import button, menu
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import rank, stop, stop_absent, this_build
from app_pages._views import Answer, Drawing, finding, folded, grid, limits, select, table, view
from compute.stats.frames.places import place_frame
from warehouse.figures.ranking import SCHEMES as NAMES
from warehouse.figures.ranking import compared_percentiles, rank_intervals
from warehouse.figures.record import DEFAULT_COHORT
from warehouse.own import scores as own
from warehouse.own.text import MAX_BYTES, MAX_PROBLEMS, Refused

SCHEMES = ("arithmetic_mean", "z_mean", "mean_rank", "borda", "win_rate")
AT_MOST = 4

HOW = f"""\
**Where your scores are**: in the memory of this explorer, until you close or reload the page.
*Keep in this browser* stores the file in this browser, on your machine, and your next visit finds
it there. Nothing is written to the warehouse or sent elsewhere.

**Percentile**: {TERMS["percentile"]}

**Rank**: among the models of the cohort, by the mean over the benchmarks that the chosen models
share. {TERMS["rank interval"]} In Python: `warehouse.rank.rank(…, own=…)`.

**A benchmark of your own** is named `{own.OWN}NAME`, higher is better; no published model has a
score on it."""

KEEPER = """\
export default function ({ data, setStateValue }) {
    const place = "alignment-warehouse/own"
    if (data.write) localStorage.setItem(place, data.write)
    if (data.write === "") localStorage.removeItem(place)
    const kept = localStorage.getItem(place) ?? ""
    if (kept !== data.known) setStateValue("kept", kept)
}"""
"""Reads and writes the storage of the visitor's browser."""


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


def kept_here() -> str:
    """The file that this browser keeps, after it was told what to keep."""
    mount = st.components.v2.component("own_scores", js=KEEPER)
    known = st.session_state.get("own_known", "")
    data = {"write": st.session_state.pop("own_write", None), "known": known}
    found = mount(key="own_kept", data=data, default={"kept": ""}, on_kept_change=lambda: None)
    st.session_state["own_known"] = found.kept or ""
    return st.session_state["own_known"]


def take(data: bytes) -> None:
    """Take a file whole, or say what is wrong with it; the one before stays then."""
    try:
        found = own.read(data, benchmarks())
    except Refused as refused:
        st.session_state["own_problems"] = refused.problems
    else:
        st.session_state["own_problems"] = None
        st.session_state["own"] = found.rows.drop(columns="line")
        st.session_state["own_text"] = data.decode(found.understood["text"]).removeprefix("\ufeff")


def upload() -> pd.DataFrame | None:
    """The scores of this session; a new file takes the place of the old one, or is refused."""
    kept = kept_here()
    if kept and "own" not in st.session_state and not st.session_state.get("own_forgotten"):
        take(kept.encode())
    left, right = st.columns([2, 1])
    with left:
        file = st.file_uploader(
            "Your scores (CSV, long or wide)",
            type=["csv", "tsv", "txt"],
            max_upload_size=MAX_BYTES // 1_000_000,
            key="own_file",
        )
    with right:
        what_it_holds()
    if file is not None and file.file_id != st.session_state.get("own_file_id"):
        st.session_state["own_file_id"] = file.file_id
        take(file.getvalue())
    problems = st.session_state.get("own_problems")
    if problems:
        n = len(problems)
        many = "at least " if n >= MAX_PROBLEMS else ""
        st.error(f"The file was refused: {many}{n} problem{'' if n == 1 else 's'}.")
        grid(pd.DataFrame(problems))
    mine = st.session_state.get("own")
    if mine is not None:
        n_models, n_benchmarks = mine["model"].nunique(), mine["benchmark_id"].nunique()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"{len(mine)} scores; models: {n_models}; benchmarks: {n_benchmarks}.",
                width="content",
            )
            if kept != st.session_state["own_text"]:
                st.button("Keep in this browser", on_click=keep_here, icon=":material/save:")
            st.button("Forget them", on_click=forget, icon=":material/delete:")
    return mine


def what_it_holds() -> None:
    """Templates to fill in, and what the columns hold."""
    known = public(DEFAULT_COHORT).rows["benchmark_id"].unique()
    ids = known if len(known) else benchmarks()["benchmark_id"].unique()
    with st.container(horizontal=True):
        button("Long template", lambda: template(ids, "long"), "own_scores.csv", "text/csv")
        button("Wide template", lambda: template(ids, "wide"), "own_scores_wide.csv", "text/csv")
        st.button("Try an example", on_click=lambda: take(template(ids, "long").encode()))
    with st.popover("What the file must hold", type="tertiary"):
        rows = [
            {"column": name, "needed": "yes" if name in own.REQUIRED else "no", "holds": text}
            for name, text in own.CONTRACT.items()
        ]
        st.table(pd.DataFrame(rows).set_index("column"))
        st.caption(
            "Long: a score per row. Wide: a row per model and a column per benchmark, or the "
            "other way round; an empty cell is a missing score. Capitals do not matter. UTF-8, up "
            f"to {MAX_BYTES // 1_000_000} MB, {own.MAX_ROWS:,} scores and {own.MAX_MODELS} "
            "models; a file with an error is refused whole."
        )
        listed = benchmarks()
        title = f"The {len(listed)} benchmarks"
        folded(title, "own_benchmarks", lambda: grid(listed, height=220))


def template(ids: list[str], form: str) -> str:
    """A file that passes: two models on the benchmarks of a cohort, three of them filled in."""
    scores = {"mine": (0.3, 0.4, 0.5), "other": (0.35, 0.3, 0.6)}
    rows = [(m, b, s) for m in scores for b, s in zip(ids, scores[m], strict=False)]
    long = pd.DataFrame(rows, columns=["model", "benchmark", "score"])
    if form == "long":
        return long.assign(error="0.01").to_csv(index=False)
    wide = long.pivot(index="model", columns="benchmark", values="score").reindex(columns=ids)
    return wide.to_csv()


def keep_here() -> None:
    """Let the browser keep the file."""
    st.session_state["own_write"] = st.session_state["own_text"]


def forget() -> None:
    """Drop the scores of this session, and what the browser keeps."""
    for key in ("own", "own_problems", "own_ranked", "own_drawn", "own_text"):
        st.session_state.pop(key, None)
    st.session_state["own_write"], st.session_state["own_forgotten"] = "", True


def placed(cohort_id: str, mine: pd.DataFrame) -> pd.DataFrame:
    """Each score among those of the cohort, and which are not drawn."""
    found = place_frame(mine, public(cohort_id).rows)
    others = mine[~mine["benchmark_id"].isin(found["benchmark_id"])]
    elsewhere = sorted(b for b in set(others["benchmark_id"]) if not b.startswith(own.OWN))
    if elsewhere:
        st.caption(
            f"Not drawn, because this cohort lacks them: {', '.join(elsewhere[:8])}"
            f"{' …' if len(elsewhere) > 8 else ''}."
        )
    nowhere = [plain(m) for m in mine["model"].unique() if m not in set(found["model"])]
    if nowhere and len(found):
        st.caption(f"Not drawn, without a score in this cohort: {', '.join(nowhere)}.")
    titles = benchmarks()[["benchmark_id", "title"]]
    return found.merge(titles, on="benchmark_id", how="left")


def ranked(cohort_id: str, found: pd.DataFrame, ids: list[str]) -> pd.DataFrame:
    """The whole ranking over some benchmarks, with the visitor's models that have them all."""
    sets = found.groupby("model")["benchmark_id"].agg(set)
    whole = [m for m in sets.index if sets[m].issuperset(ids)]
    lacking = [plain(m) for m in sets.index if m not in whole]
    if lacking:
        st.caption(f"Not ranked, for lack of a score on all {len(ids)}: {', '.join(lacking)}.")
    mine = found[found["model"].isin(whole)]
    key = (cohort_id, tuple(ids), tuple(whole), this_build(), st.session_state["own_text"])
    kept_key, rankings = st.session_state.get("own_ranked", (None, None))
    if kept_key != key:
        with st.spinner("Ranking …"):
            rankings = rank(cohort_id, "leaf", SCHEMES, benchmarks=ids, own=mine.to_dict("list"))
        st.session_state["own_ranked"] = (key, rankings)
    return rankings


def said(rankings: pd.DataFrame | None, found: pd.DataFrame, model: str) -> str:
    """Where one of the visitor's models would rank, and what it is best and worst at."""
    text = f"**{plain(model)}** "
    if rankings is None:
        text += "shares no benchmark of this cohort with the others you chose."
    else:
        rows = rankings[rankings["source_model_key"] == f"own:{model}"]
        one = rows[rows["scheme"] == "arithmetic_mean"].iloc[0]
        text += (
            f"would rank {one['score_rank']:g}{limits(one, 'rank_', '.0f')} of {one['n_models']} "
            f"in {cohort['title']}, by the mean of {one['n_benchmarks']} benchmarks."
        )
    mine = found[found["model"] == model].sort_values("score_percentile", kind="stable")
    if len(mine) > 1:
        low, high = mine.iloc[0], mine.iloc[-1]
        text += (
            f" It is best at {high['title']}, where it beats {high['score_percentile']:.0%} of "
            f"{high['n_models']} models, and worst at {low['title']} "
            f"({low['score_percentile']:.0%})."
        )
    return text


def own_benchmarks(mine: pd.DataFrame) -> None:
    """Scores on benchmarks of one's own: no published model has one."""
    rows = mine[mine["benchmark_id"].str.startswith(own.OWN)]
    if rows.empty:
        return
    st.header("On benchmarks of your own")
    named = rows.assign(benchmark_id=rows["benchmark_id"].str.removeprefix(own.OWN))
    wide = named.pivot(index="model", columns="benchmark_id", values="score").reset_index()
    grid(wide, {"model": "Model"})
    menu(Answer(wide, "", {}), "own_benchmarks")


if benchmarks().empty:
    stop_absent(None, "This page")
mine = upload()
if mine is None:
    finding("Where would your models rank? Fill in a template and upload it.", HOW)
    stop()
left, right = st.columns(2)
with left:
    cohort = choose_cohort()
cohort_id = cohort["cohort_id"]
keep = _filters.choose_benchmarks()
found = keep(placed(cohort_id, mine), note="Averages are taken over these alone.")
if found.empty:
    st.info("None of your scores is on a benchmark of this cohort: take another cohort.")
    own_benchmarks(mine)
    stop()
models = list(dict.fromkeys(found["model"]))
# a name of one's own model does not go into the address
kept = st.session_state.get("own_drawn", [])
st.session_state["own_drawn"] = [m for m in kept if m in models] or models[:AT_MOST]
with right:
    drawn = st.multiselect("Compare", models, key="own_drawn", max_selections=AT_MOST)
drawn = drawn or models[:AT_MOST]
sets = found[found["model"].isin(drawn)].groupby("model")["benchmark_id"].agg(frozenset)
ids = sorted(frozenset.intersection(*sets))
rankings = ranked(cohort_id, found, ids) if ids else None
finding(said(rankings, found, drawn[0]), HOW)

left, right = st.columns(2, gap="large")
with left:
    n_outside = int(found["is_outside"].sum())
    if n_outside:
        st.warning(f"{n_outside} scores lie beyond every published one. Is the unit the same?")
    rows = found.rename(columns={"model": "model_id"})
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
with right:
    if rankings is None:
        st.info("The chosen models share no benchmark of this cohort: no average compares them.")
    else:
        ours = rankings[rankings["source_model_key"].str.startswith("own:")]
        ours = ours.assign(model_id=ours["source_model_name"])
        chart = Drawing.of(rank_intervals(ours[ours["model_id"].isin(drawn)], drawn), "own_ranks")
        chart.show()
        table(
            ours.assign(model=ours["model_id"]),
            "fct_model_rankings",
            "scheme, model, score_rank, rank_ci_low, rank_ci_high, n_above_holm, n_below_holm, "
            "n_benchmarks, n_datasets, n_models",
            labels={"n_models": "Models ranked"},
            names={"scheme": NAMES},
            config={"model": "Model"},
        )
        menu(Answer(rankings, "", {}), "own_ranking", chart)
own_benchmarks(mine)
cite(cohort["source_id"])
