"""One benchmark: what it measures, its scores, what agrees with it, and who is best at it."""

import pandas as pd
import streamlit as st

from app_pages._choices import (
    LEVELS,
    METHODS,
    choose,
    choose_by_any_name,
    choose_in_turn,
    permalink,
)
from app_pages._export import menu
from app_pages._origins import cite, known_problems, origin
from app_pages._shared import query
from app_pages._views import Answer, ask, draw, facts, select, table, view
from warehouse.figures.agreement import correlate_dots
from warehouse.figures.catalogue import score_distribution
from warehouse.figures.marks import span
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

ENDS = 10
"""Benchmarks shown at each end of the correlations, and models at each end of the ranking."""


def about(fact: pd.Series, listed: pd.DataFrame) -> None:
    """What it measures, and where it stands among its parents and children."""
    st.markdown(f"**{fact['title']}.** {fact['description'] or ''}")
    shown = "modality, region, metric_type, species, acquisition, dataset, suite, unit, versions"
    st.caption(facts(fact, "dim_benchmarks", shown))
    if fact["direction"] == "lower":
        st.markdown(f"**Lower is better**: {fact['direction_reason']}.")

    def link(b: str) -> str:
        return f"[{listed.at[b, 'title']}]({permalink('benchmark', b)})"

    line, above = [], fact["parent_benchmark_id"]
    while isinstance(above, str) and above in listed.index:
        line.append(link(above))
        above = listed.at[above, "parent_benchmark_id"]
    if line:
        st.markdown("Part of " + ", in turn of ".join(line) + ".")
    children = listed.index[listed["parent_benchmark_id"] == fact["benchmark_id"]]
    if len(children):
        shown = ", ".join(link(b) for b in children[:40])
        st.markdown(f"It is made of {len(children)}: {shown}{' …' if len(children) > 40 else '.'}")


def chance_and_ceiling(level: pd.Series) -> None:
    """What its scores are to be held against."""
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
    st.markdown("  \n".join(lines))


def distribution(snapshots: Answer, levels: pd.DataFrame) -> None:
    """The scores of one snapshot, over models."""
    st.subheader("How the scores are spread")
    scored = snapshots.rows[snapshots.rows["n_models"] > 0].set_index("snapshot_id")
    n = scored["n_models"]
    snapshot_id = choose(
        "Snapshot",
        {s: f"{s} ({n[s]} models)" for s in scored.index[::-1]},
        "snapshot",
        default=n[n >= n.iloc[-1]].index[-1],
        help="A dated state of a source. The newest stands first.",
    )
    found = select("rpt_model_scores", order="score_rank, model_id", **of, snapshot_id=snapshot_id)
    rows, one = found.rows, scored.loc[snapshot_id]
    columns = "n_models, n_scored, mean_score, sd_score, quantile_25, quantile_50, quantile_75, "
    columns += "min_score, max_score, median_error, error_kind, n_errors, ceiling_raw, ceiling_form"
    st.caption(facts(one, snapshots.mart, columns))
    said, level = "", levels.iloc[0] if len(levels) else {}
    if pd.notna(level.get("ceiling")):
        above = int((rows["score"] > level["ceiling"]).sum())
        estimate = ", which is an estimate" if level["ceiling_kind"] == "ceiling" else ""
        said = f"{above} of {len(rows)} models lie above the {level['ceiling_kind']}{estimate}."
    view(found, draw(score_distribution, rows, levels), said=said)
    for title, part in (("The best models", rows.head(ENDS)), ("The worst", rows.tail(ENDS))):
        st.markdown(f"**{title}** of {len(rows)}")
        table(
            part,
            found.mart,
            "score_rank, model_id, source_model_name, score, error, score_percentile, "
            "n_published, source_file, source_row",
        )
        if len(rows) <= ENDS:
            break
    origin(rows["load_id"])


def correlates(listed: pd.DataFrame) -> None:
    """Which benchmarks agree with it most and least, in a cohort of the reader's choice."""
    st.subheader("Which benchmarks agree with it?")
    available = query(AVAILABLE, **of)
    if available.empty:
        st.caption("It belongs to no cohort, so there is nothing to correlate it with.")
        return
    chosen, _ = choose_in_turn(
        available,
        cohort_id=("Cohort", {DEFAULT_COHORT: DEFAULT_COHORT}, "cohort"),
        level=("Level", LEVELS),
        method=("Correlation", METHODS),
    )
    found = ask(CORRELATIONS, **of, **chosen)
    ids = found.rows["benchmark_id"]
    pairs = found.rows.assign(
        title=ids.map(listed["title"]).fillna(ids), modality=ids.map(listed["modality"])
    ).dropna(subset=["estimate"])
    constant = len(ids) - len(pairs)
    ends = pairs if len(pairs) <= 2 * ENDS else pd.concat([pairs.head(ENDS), pairs.tail(ENDS)])
    which = "All" if len(ends) == len(pairs) else f"The {ENDS} highest and the {ENDS} lowest"
    view(
        found.only(pairs),
        draw(correlate_dots, ends) if len(pairs) else None,
        "benchmark_id, estimate, ci_low, ci_high, n_models, "
        "p_bonferroni, estimate_partial, estimate_disattenuated",
        said=f"{which} of {len(pairs)} correlations in {chosen['cohort_id']}; such extremes are "
        "partly luck. Lines: 95 % intervals, uncorrected; models in a pair: "
        f"{span(pairs['n_models'])}."
        + (f" {constant} are the same for every model: no correlation." if constant else ""),
        absent="No correlation with another benchmark can be computed in this cohort.",
        height=300,
    )


every = select("dim_benchmarks", order="benchmark_id").rows
listed = every.set_index("benchmark_id", drop=False)
titled = every.rename(columns={"benchmark_id": "id", "title": "name"})[["id", "name"]]
benchmark_id = choose_by_any_name(
    "benchmark",
    {i: i if t == i else f"{t} · {i}" for i, t in listed["title"].items()},
    pd.concat([query(PUBLISHED), titled]),
    DEFAULT_BENCHMARK,
    "Type a part of its title or identifier, for example IT or ImageNet-C.",
)
of = {"benchmark_id": benchmark_id}
fact = select("dim_benchmarks", order="all", **of)
about(fact.rows.iloc[0], listed)
levels = select("rpt_benchmark_levels", order="all", **of).rows
if not levels.empty:
    chance_and_ceiling(levels.iloc[0])
menu(fact, fact.name)
snapshots = select("rpt_benchmark_snapshots", order="snapshot_date, snapshot_id", **of)
if not (snapshots.rows["n_models"] > 0).any():
    st.info(
        "No score of it is here: its source is absent, or the source publishes only its parts. "
        "The page *Sources and tests* says what is missing and how to get it; then: `aw build`."
    )
else:
    distribution(snapshots, levels)
    view(
        snapshots,
        coverage_bars,
        "snapshot_id, snapshot_date, n_models, n_scored, n_failed, n_never_run, mean_score, "
        "sd_score, quantile_50, max_score, ceiling_raw, source_id",
        title="Who was scored, and when",
    )
    states = select(
        "rpt_cell_states",
        "snapshot_id, state, state_evidence, n_cells, share",
        order="snapshot_id, state, state_evidence",
        **of,
    )
    view(
        states.only(states.rows[states.rows["state"] != "scored"]),
        columns="*",
        intro="**Why scores are missing, and how we know**",
    )
    view(
        select("rpt_benchmark_reliabilities", order="cohort_id", **of),
        columns="cohort_id, reliability, n_models, error_kind, is_measurement_error, "
        "score_variance, error_variance, unused_because, reason",
        title="How reliable it is",
        absent="No error of its scores is known in any cohort, so its reliability is unknown.",
    )
    correlates(listed)
known_problems(ask(ISSUES, **of), benchmark_id)
cite(*set(snapshots.rows["source_id"]), citations=fact.rows["citation"])
