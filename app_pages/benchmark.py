"""One benchmark: what it measures, its scores, what agrees with it, and who is best at it."""

from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app_pages._choices import (
    LEVELS,
    METHODS,
    choose,
    choose_by_any_name,
    choose_known,
    named,
    to_page,
)
from app_pages._export import menu
from app_pages._origins import PUBLISHED_IN, cite, known_problems, origin, with_files
from app_pages._shared import query, stop
from app_pages._views import (
    Answer,
    ask,
    draw,
    facts,
    finding,
    folded,
    limits,
    names_of,
    select,
    view,
)
from warehouse.fields import field
from warehouse.figures.agreement import correlate_dots
from warehouse.figures.catalogue import score_distribution
from warehouse.figures.marks import short_titles, span
from warehouse.figures.missing import coverage_bars
from warehouse.figures.record import DEFAULT_BENCHMARK, DEFAULT_COHORT

PUBLISHED = """\
select distinct benchmark_id as id, published_benchmark as name
from marts.fct_scores
where published_benchmark <> benchmark_id
order by id, name"""

AVAILABLE = """\
select cohort_id, level, method, count(*) as n_pairs
from marts.fct_benchmark_correlations
where benchmark_a = $benchmark_id or benchmark_b = $benchmark_id
group by all
order by all"""

CORRELATIONS = """\
select
    case when benchmark_a = $benchmark_id then benchmark_b else benchmark_a end as benchmark_id,
    estimate, ci_low, ci_high, n_models, p_value, p_bonferroni,
    n_tests, reliability, estimate_disattenuated, estimate_partial, n_partial
from marts.fct_benchmark_correlations
where
    (benchmark_a = $benchmark_id or benchmark_b = $benchmark_id)
    and cohort_id = $cohort_id and level = $level and method = $method
order by estimate desc, benchmark_id"""

ISSUES = """\
select issue_id, snapshot_id, count(*) as n_rows, min(detail) as example
from marts.bridge_known_issue_rows
where benchmark_id = $benchmark_id
group by issue_id, snapshot_id
order by issue_id, snapshot_id"""

ENDS = 6
"""Benchmarks shown at each end of the correlations."""
BEST = 10
"""Models in the table of the best."""
AT_MOST = 12
"""Parts that are linked beside a benchmark; the tree has all of them."""


def place_in_tree(listed: pd.DataFrame, here: str) -> None:
    """Links to what it is a part of and to its parts."""
    above, line = listed.at[here, "parent_benchmark_id"], []
    while isinstance(above, str) and above in listed.index:
        line.insert(0, above)
        above = listed.at[above, "parent_benchmark_id"]
    parts = list(listed.index[listed["parent_benchmark_id"] == here])
    short = short_titles(listed.loc[parts, "title"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for before, ids in (("Part of", line), ("Made of", parts[:AT_MOST])):
            if ids:
                st.markdown(f"{before}:", width="content")
            for one in ids:
                to_page("benchmark", short.get(one, listed.at[one, "title"]), benchmark=one)
        if len(parts) > AT_MOST:
            st.markdown(f"and {len(parts) - AT_MOST} more", width="content")


@st.fragment
def tree(listed: pd.DataFrame, here: str) -> None:
    """Every benchmark of a collection below what it is a part of; each leads to its page."""
    box = st.popover(
        "Tree", icon=":material/account_tree:", key="tree", on_change="rerun", width="stretch"
    )
    if not box.open:
        return
    with box:
        suites = list(listed["suite"].unique())
        suite = st.selectbox(
            "Collection",
            suites,
            suites.index(listed.at[here, "suite"]),
            format_func=field("dim_benchmarks", "suite").text,
        )
        rows = listed[listed["suite"] == suite]
        parent = rows["parent_benchmark_id"].where(rows["parent_benchmark_id"].isin(rows.index))

        def branch(one: str, depth: int) -> None:
            to_page("benchmark", "\u2003" * depth + rows.at[one, "title"], benchmark=one)
            for part in rows.index[parent == one]:
                branch(part, depth + 1)

        for root in rows.index[parent.isna()]:
            branch(root, 0)


def chance_and_ceiling(levels: pd.DataFrame) -> str:
    """What its scores are to be held against."""
    for _, level in levels.iterrows():
        lines = ["**Chance** is not known.", "**Ceiling** is not known."]
        if pd.notna(level["chance"]):
            lines[0] = f"**Chance** {level['chance']:.4g}: {level['chance_reason']}"
        known, spread = level[["ceiling", "ceiling_low"]].notna()
        if known or spread:
            kind = str(level["ceiling_kind"]).capitalize() if known else "Ceiling"
            lines[1] = f"**{kind}**" + (f" {level['ceiling']:.3g}" if known else "")
            if spread:
                n = level["n_people"]
                people = f", {n:.0f} people or animals" if pd.notna(n) else ""
                lines[1] += f" ({level['ceiling_low']:.3g} to {level['ceiling_high']:.3g}{people})"
            lines[1] += f": {level['ceiling_reason']}"
        return "  \n".join(lines)
    return ""


def how(fact: pd.Series, levels: pd.DataFrame) -> str:
    """What kind of benchmark it is, and what its scores are held against."""
    shown = "modality, region, metric_type, species, acquisition, dataset, suite, unit"
    lines = [facts(fact, "dim_benchmarks", shown)]
    if fact["direction"] == "lower":
        lines.append(f"**Lower is better**: {fact['direction_reason']}.")
    return "\n\n".join([*lines, chance_and_ceiling(levels)])


def choose_correlations(of: dict[str, str], place: DeltaGenerator) -> tuple[Answer, str]:
    """Correlations with the other benchmarks of a cohort, and the name of the cohort."""
    available = query(AVAILABLE, **of)
    cohorts = named(available["cohort_id"], {DEFAULT_COHORT: DEFAULT_COHORT})
    titled = {c: names_of("cohort_id")[c] for c in cohorts}
    cohort_id = choose("Cohort", titled, "cohort", default=DEFAULT_COHORT, place=place)
    available = available[available["cohort_id"] == cohort_id]
    level = choose_known("Level", available["level"], LEVELS, "level", place=place)
    methods = available.loc[available["level"] == level, "method"]
    method = choose_known("Correlation", methods, METHODS, "method", place=place)
    found = ask(CORRELATIONS, **of, cohort_id=cohort_id, level=level, method=method)
    return found, titled[cohort_id]


def relation(pairs: pd.DataFrame, cohort: str) -> str:
    """Which benchmarks agree with it most and least."""
    if pairs.empty:
        return ""
    most, least = (
        f"{p['title']} ({p['estimate']:.2f}{limits(p).replace(' (', ', ').removesuffix(')')})"
        for _, p in pairs.iloc[[0, -1]].iterrows()
    )
    n = span(pairs["n_models"])
    return (
        f" Over {n} models of “{cohort}” it agrees most with {most} and least with {least} of "
        f"{len(pairs)} others."
    )


def how_reliable(of: dict[str, str], cohort: str) -> str:
    """Its reliability in the cohort that is compared, or in any other."""
    known = select("rpt_benchmark_reliabilities", order="cohort_id", **of).rows
    known = known.dropna(subset=["reliability"])
    known = known.assign(title=known["cohort_id"].map(names_of("cohort_id")))
    here = known[known["title"] == cohort]
    for row in (here if len(here) else known).head(1).itertuples():
        where = "" if len(here) else f" in “{row.title}”"
        return f" Its reliability is {row.reliability:.2f} over {row.n_models} models{where}."
    return " Its reliability is not known."


def correlates(found: Answer, pairs: pd.DataFrame) -> None:
    """The benchmarks that agree with it most and least."""
    ends = pairs if len(pairs) <= 2 * ENDS else pd.concat([pairs.head(ENDS), pairs.tail(ENDS)])
    which = "All" if len(ends) == len(pairs) else f"The {ENDS} highest and {ENDS} lowest of"
    constant = len(found.rows) - len(pairs)
    view(
        found.only(pairs),
        draw(correlate_dots, ends) if len(pairs) else None,
        said=f"{which} {len(pairs)}, partly by luck, with 95 % intervals, uncorrected."
        + (f" {constant} are the same for every model: no correlation." if constant else ""),
        absent="No correlation with another benchmark can be computed.",
        title="Benchmarks that agree with it",
    )


def missing(snapshots: Answer, of: dict[str, str]) -> None:
    """Who was scored when, and why scores are missing."""
    left, right = st.columns(2)
    named_rows = snapshots.rows.assign(
        snapshot_id=snapshots.rows["snapshot_id"].map(names_of("snapshot_id"))
    )
    with left:
        view(snapshots, draw(coverage_bars, named_rows), title="Who was scored, and when")
    states = select(
        "rpt_cell_states",
        "snapshot_id, state, state_evidence, n_cells, share",
        order="snapshot_id, state, state_evidence",
        **of,
    )
    with right:
        view(
            states.only(states.rows[states.rows["state"] != "scored"]),
            columns="snapshot_id, state, state_evidence, n_cells",
            title="Why scores are missing",
            absent="None is missing.",
        )


every = select("dim_benchmarks", order="benchmark_id").rows
listed = every.set_index("benchmark_id", drop=False)
titled = every.rename(columns={"benchmark_id": "id", "title": "name"})[["id", "name"]]
first, second, third, fourth = st.columns([6, 4, 2, 2], vertical_alignment="bottom")
with first:
    benchmark_id = choose_by_any_name(
        "benchmark",
        {i: t if t == i else f"{t} · {i}" for i, t in listed["title"].items()},
        pd.concat([query(PUBLISHED), titled]),
        DEFAULT_BENCHMARK,
        "Type a part of its title or identifier, for example IT or ImageNet-C.",
    )
with fourth:
    tree(listed, benchmark_id)
of = {"benchmark_id": benchmark_id}
fact = select("dim_benchmarks", order="all", **of)
one = fact.rows.iloc[0]
place_in_tree(listed, benchmark_id)
levels = select("rpt_benchmark_levels", order="all", **of).rows
snapshots = select("rpt_benchmark_snapshots", order="snapshot_date, snapshot_id", **of)
cite(*set(snapshots.rows["source_id"]), citations=fact.rows["citation"])
measures = f"**{one['title']}**: {str(one['description'] or 'not described').rstrip('.')}."
scored = snapshots.rows[snapshots.rows["n_models"] > 0].set_index("snapshot_id")
if scored.empty:
    finding(measures, how(one, levels))
    menu(fact, fact.name)
    st.info(
        "No score of it is here: its source is absent, or the source publishes only its parts. "
        "The page *Sources and tests* says what is missing and how to get it; then: `aw build`."
    )
    stop()
# what is one's own stands last, and is shown first only where nothing is published
scored = scored.sort_values("is_private", ascending=False, kind="stable")
n = scored["n_models"]
published = scored.index[~scored["is_private"].astype(bool)]
snapshot_names = names_of("snapshot_id")
snapshot_id = choose(
    "Scores of",
    {s: f"{snapshot_names[s]} ({n[s]} models)" for s in scored.index[::-1]},
    "snapshot",
    default=(published if len(published) else scored.index)[-1],
    place=second,
)
scores = select("rpt_model_scores", order="score_rank, model_id", **of, snapshot_id=snapshot_id)
found, cohort, pairs = None, "", pd.DataFrame()
if len(query(AVAILABLE, **of)):
    found, cohort = choose_correlations(of, third.popover("Compared in", width="stretch"))
    ids = found.rows["benchmark_id"]
    pairs = found.rows.assign(
        title=ids.map(listed["title"]).fillna(ids), modality=ids.map(listed["modality"])
    ).dropna(subset=["estimate"])
text = measures + relation(pairs, cohort) + how_reliable(of, cohort)
finding(text, how(one, levels))
left, right = st.columns(2)
with left:
    above, level = "", levels.iloc[0] if len(levels) else {}
    if pd.notna(level.get("ceiling")):
        n_above = int((scores.rows["score"] > level["ceiling"]).sum())
        above = f"{n_above} of {len(scores.rows)} models lie above the {level['ceiling_kind']}."
    view(scores, draw(score_distribution, scores.rows, levels), said=above, title="Scores")
with right:
    if found is None:
        st.info("It belongs to no cohort, so there is nothing to correlate it with.")
    else:
        correlates(found, pairs)
view(
    scores,
    shown=with_files(scores.rows.head(BEST)),
    columns="score_rank, model_id, score, error, score_percentile, published",
    config=PUBLISHED_IN,
    title=f"The best of {len(scores.rows)} models",
)
origin(scores.rows["load_id"])
missing(snapshots, of)
folded("Known problems", "issues", partial(known_problems, ask(ISSUES, **of), benchmark_id))
