"""One benchmark: what it measures, how its scores lie, what it goes with, who is best at it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse.figures import agreement, catalogue, marks, missing
from warehouse.figures.record import DEFAULT_BENCHMARK, DEFAULT_COHORT

BENCHMARKS = """\
select benchmark_id, title, suite, modality, region, parent_benchmark_id, n_scores
from marts.dim_benchmarks
order by benchmark_id"""

PUBLISHED = """\
select distinct benchmark_id, published_benchmark
from marts.fct_scores
where published_benchmark <> benchmark_id
order by benchmark_id, published_benchmark"""

FACTS = """\
select *
from marts.dim_benchmarks
where benchmark_id = $benchmark_id"""

LEVELS = """\
select *
from marts.rpt_benchmark_levels
where benchmark_id = $benchmark_id"""

SNAPSHOTS = """\
select *
from marts.rpt_benchmark_snapshots
where benchmark_id = $benchmark_id
order by snapshot_date, snapshot_id"""

SCORES = """\
select *
from marts.rpt_model_scores
where benchmark_id = $benchmark_id and snapshot_id = $snapshot_id
order by score_rank, model_id"""

RELIABILITIES = """\
select *
from marts.rpt_benchmark_reliabilities
where benchmark_id = $benchmark_id
order by cohort_id"""

AVAILABLE = """\
select cohort_id, level, method, count(*) as n_pairs
from marts.fct_benchmark_correlations
where benchmark_a = $benchmark_id or benchmark_b = $benchmark_id
group by all
order by all"""

CORRELATIONS = """\
select
    case when benchmark_a = $benchmark_id then benchmark_b else benchmark_a end as benchmark_id,
    estimate, ci_low, ci_high, family_boot_low, family_boot_high, n_models, p_value, p_bonferroni,
    n_tests, reliability, estimate_disattenuated, estimate_partial, n_partial
from marts.fct_benchmark_correlations
where
    (benchmark_a = $benchmark_id or benchmark_b = $benchmark_id)
    and cohort_id = $cohort_id and level = $level and method = $method
order by estimate desc, benchmark_id"""

STATES = """\
select snapshot_id, state, state_evidence, n_cells, share
from marts.rpt_cell_states
where benchmark_id = $benchmark_id
order by snapshot_id, state, state_evidence"""

ISSUES = """\
select issue_id, snapshot_id, count(*) as n_rows, min(detail) as example
from marts.bridge_known_issue_rows
where benchmark_id = $benchmark_id
group by issue_id, snapshot_id
order by issue_id, snapshot_id"""

ENDS = 10
"""Benchmarks shown at each end of the correlations, and models at each end of the ranking."""


def choose_benchmark() -> tuple[str, pd.DataFrame]:
    """Let the reader pick a benchmark by any of its names; an address may hold any of them too."""
    listed, published = _shared.query(BENCHMARKS), _shared.query(PUBLISHED)
    found = listed.set_index("benchmark_id", drop=False)
    if found.empty:
        st.info("This warehouse knows no benchmark. Build it again: `make warehouse`.")
        _shared.stop()
    names = pd.concat(
        [
            published.rename(columns={"published_benchmark": "name"}),
            found[["benchmark_id", "title"]].rename(columns={"title": "name"}),
        ]
    )
    take_alias(found.index, names)
    titles = found["title"].to_dict()

    def shown(benchmark_id: str) -> str:
        title = titles[benchmark_id]
        return benchmark_id if title == benchmark_id else f"{title} · {benchmark_id}"

    ids = found.index.tolist()
    benchmark_id = _shared.choose(
        "Benchmark",
        ids,
        "benchmark",
        default=DEFAULT_BENCHMARK,
        names=shown,
        help="Type a part of its title or identifier, for example IT or ImageNet-C.",
    )
    return benchmark_id, found


def take_alias(ids: pd.Index, names: pd.DataFrame) -> None:
    """Turn a published name or a title in the address into the benchmark that it stands for."""
    asked = st.query_params.get("benchmark")
    if asked is None or asked in ids:
        return
    same = names["name"].str.lower() == asked.strip().lower()
    matches = sorted(set(names.loc[same, "benchmark_id"]) & set(ids))
    if not matches:
        return
    st.query_params["benchmark"] = matches[0]
    if len(matches) > 1:
        links = ", ".join(f"[{m}]({_shared.permalink('benchmark', m)})" for m in matches[1:])
        st.info(f"{_shared.plain(asked)} is the name of {len(matches)} benchmarks; also {links}.")


def about(benchmark_id: str, benchmarks: pd.DataFrame) -> pd.DataFrame:
    """What it measures, and what its scores are to be held against."""
    fact = _shared.query(FACTS, benchmark_id=benchmark_id).iloc[0]
    st.markdown(f"**{fact['title']}.** {fact['description'] or ''}")
    said = {
        "Modality": fact["modality"],
        "Region": fact["region"],
        "Dataset": fact["dataset"],
        "Suite": fact["suite"],
        "Unit": fact["unit"],
        "Versions": fact["versions"],
    }
    parts = [f"**{name}**: {value}" for name, value in said.items() if isinstance(value, str)]
    if fact["direction"] == "lower":
        parts.append(f"**Lower is better**: {fact['direction_reason']}")
    st.markdown(". ".join(parts) + ".")
    family(benchmark_id, fact, benchmarks)
    levels = _shared.query(LEVELS, benchmark_id=benchmark_id)
    held_against(levels)
    _shared.show_sql(FACTS, benchmark_id=benchmark_id)
    return levels


def family(benchmark_id: str, fact: pd.Series, benchmarks: pd.DataFrame) -> None:
    """Its parents up to the root, and its children."""

    def link(b: str) -> str:
        return f"[{benchmarks.at[b, 'title']}]({_shared.permalink('benchmark', b)})"

    line, above = [], fact["parent_benchmark_id"]
    while isinstance(above, str) and above in benchmarks.index:
        line.append(link(above))
        above = benchmarks.at[above, "parent_benchmark_id"]
    if line:
        st.markdown("Part of " + ", in turn of ".join(line) + ".")
    children = benchmarks.index[benchmarks["parent_benchmark_id"] == benchmark_id]
    if len(children):
        shown = ", ".join(link(b) for b in children[:40])
        st.markdown(f"It is made of {len(children)}: {shown}{' …' if len(children) > 40 else '.'}")


def held_against(levels: pd.DataFrame) -> None:
    """Chance and ceiling in words."""
    if levels.empty:
        return
    level, parts = levels.iloc[0], []
    if pd.notna(level["chance"]):
        parts.append(f"**Chance** {level['chance']:.4g}: {level['chance_reason']}")
    else:
        parts.append("**Chance** is not plain for this benchmark, and not guessed here.")
    spread = (
        f" ({level['ceiling_low']:.3g} to {level['ceiling_high']:.3g}"
        + (f", {level['n_people']:.0f} people or animals)" if pd.notna(level["n_people"]) else ")")
        if pd.notna(level["ceiling_low"])
        else ""
    )
    if pd.notna(level["ceiling"]):
        kind = str(level["ceiling_kind"]).capitalize()
        parts.append(f"**{kind}** {level['ceiling']:.3g}{spread}: {level['ceiling_reason']}")
    elif spread:
        parts.append(f"**Ceiling**{spread}: {level['ceiling_reason']}")
    else:
        parts.append("**Ceiling** is not known.")
    st.markdown("  \n".join(parts))


def distribution(
    benchmark_id: str, snapshots: pd.DataFrame, levels: pd.DataFrame
) -> tuple[str, pd.DataFrame]:
    """The scores of one snapshot, over models."""
    st.subheader("How the scores lie")
    scored = snapshots[snapshots["n_models"] > 0].sort_values(["snapshot_date", "snapshot_id"])
    ids = scored["snapshot_id"].tolist()[::-1]
    n = scored.set_index("snapshot_id")["n_models"]
    fullest = n[n >= n.iloc[-1]].index[-1]
    snapshot_id = _shared.choose(
        "Snapshot",
        ids,
        "snapshot",
        default=fullest,
        names=lambda s: f"{s} ({n[s]} models)",
        help="A dated state of a source. The newest stands first.",
    )
    rows = _shared.query(SCORES, benchmark_id=benchmark_id, snapshot_id=snapshot_id)
    one = scored.set_index("snapshot_id").loc[snapshot_id]
    with_error = rows["error"].dropna()
    shown = {
        "Models": (f"{one['n_models']:,}", f"{one['n_scored']:,} published rows."),
        "Mean": (f"{one['mean_score']:.4g}", "Over models, each once."),
        "SD": (
            "none" if pd.isna(one["sd_score"]) else f"{one['sd_score']:.3g}",
            "Sample standard deviation over models.",
        ),
        "Median": (
            f"{one['quantile_50']:.4g}",
            f"Quartiles {one['quantile_25']:.4g} and {one['quantile_75']:.4g}.",
        ),
        "Range": (f"{one['min_score']:.3g} to {one['max_score']:.3g}", None),
    }
    if len(with_error):
        kind = rows["error_kind"].dropna().iloc[0]
        shown["Typical error"] = (
            f"{with_error.median():.2g}",
            f"Median error of the raw score, over {kind.replace('_', ' ')}; {len(with_error)} "
            "models have one.",
        )
    _shared.metrics(shown)
    drawing = _shared.draw(catalogue.score_distribution, rows, levels)
    _shared.scrolling_chart(drawing, "distribution")
    level = levels.iloc[0] if len(levels) else {}
    if pd.notna(level.get("ceiling")):
        above = int((rows["score"] > level["ceiling"]).sum())
        st.caption(
            f"{above} of {len(rows)} models lie above the {level['ceiling_kind']}"
            + (", which is an estimate." if level["ceiling_kind"] == "ceiling" else ".")
        )
    if pd.notna(one["ceiling_raw"]):
        st.caption(
            f"Raw and ceiled scores of this snapshot imply a ceiling of {one['ceiling_raw']:.3f} "
            f"in raw units; the score is {one['ceiling_form']}."
        )
    _shared.downloads(rows, f"{_shared.slug(benchmark_id)}_{snapshot_id}", drawing)
    _shared.show_sql(SCORES, benchmark_id=benchmark_id, snapshot_id=snapshot_id)
    return snapshot_id, rows


MODEL_COLUMNS = {
    "score_rank": _shared.number("Rank", "%.1f"),
    "model": _shared.link_column("Model", "model", width=300),
    "source_model_name": "Published as",
    "score": _shared.number("Score", "%.4g"),
    "error": _shared.number("Error", "%.3g", "Of the raw score."),
    "score_percentile": _shared.percent("Percentile", "Share of the other models it beats."),
    "percentile_low": _shared.percent("95 % from", "Over models (Wilson)."),
    "percentile_high": _shared.percent("to"),
    "n_published": st.column_config.NumberColumn("Rows", help="Published rows of this model."),
    "source_file": "File",
    "source_row": "Row",
}


def best_and_worst(rows: pd.DataFrame) -> None:
    """Who is best and worst, with links to their pages."""
    linked = rows.assign(model=[_shared.permalink("model", m) for m in rows["model_id"]])
    for title, part in (("The best models", linked.head(ENDS)), ("The worst", linked.tail(ENDS))):
        st.markdown(f"**{title}** of {len(rows)}")
        st.dataframe(part[list(MODEL_COLUMNS)], column_config=MODEL_COLUMNS, hide_index=True)
        if len(rows) <= ENDS:
            return


COVERAGE_COLUMNS = {
    "snapshot_id": st.column_config.TextColumn("Snapshot", width=220),
    "snapshot_date": st.column_config.DateColumn("Day"),
    "n_models": "Models",
    "n_scored": "Scored rows",
    "n_failed": "Failed",
    "n_never_run": "Never run",
    "mean_score": _shared.number("Mean", "%.4g"),
    "sd_score": _shared.number("SD", "%.3g"),
    "quantile_50": _shared.number("Median", "%.4g"),
    "max_score": _shared.number("Highest", "%.4g"),
    "ceiling_raw": _shared.number("Raw ceiling", "%.3f", "Implied by raw and ceiled scores."),
    "source_id": "Source",
}


def coverage(benchmark_id: str, snapshots: pd.DataFrame) -> None:
    """Who was scored when, and why the other cells are empty."""
    st.subheader("Who was scored, and when")
    drawing = _shared.draw(missing.coverage_bars, snapshots)
    _shared.scrolling_chart(drawing, "coverage")
    st.dataframe(snapshots[list(COVERAGE_COLUMNS)], column_config=COVERAGE_COLUMNS, hide_index=True)
    _shared.downloads(snapshots, f"{_shared.slug(benchmark_id)}_snapshots", drawing)
    _shared.show_sql(SNAPSHOTS, benchmark_id=benchmark_id)
    states = _shared.query(STATES, benchmark_id=benchmark_id)
    if (states["state"] != "scored").any():
        st.markdown("**Why cells are empty, and how we know**")
        columns = {
            "snapshot_id": st.column_config.TextColumn("Snapshot", width=220),
            "state": "State",
            "state_evidence": "Evidence in the file",
            "n_cells": "Cells",
            "share": _shared.percent("Share"),
        }
        empty = states[states["state"] != "scored"]
        st.dataframe(empty[list(columns)], column_config=columns, hide_index=True)
        _shared.show_sql(STATES, benchmark_id=benchmark_id)


RELIABILITY_COLUMNS = {
    "cohort_id": st.column_config.TextColumn("Cohort", width=220),
    "reliability": _shared.number(
        "Reliability", "%.2f", "Share of the spread between models that is not error."
    ),
    "n_models": "Models",
    "error_kind": st.column_config.TextColumn("Error over"),
    "is_measurement_error": st.column_config.CheckboxColumn("Of measurement"),
    "score_variance": _shared.number("Variance of scores", "%.2g"),
    "error_variance": _shared.number("of error", "%.2g"),
    "unused_because": st.column_config.TextColumn("Not used because", width=260),
    "reason": st.column_config.TextColumn("What the error is", width=420),
}


def reliability(benchmark_id: str) -> None:
    """How much of the spread between models is error."""
    st.subheader("How reliable it is")
    found = _shared.query(RELIABILITIES, benchmark_id=benchmark_id)
    if found.empty:
        st.caption("No error is known for it in a cohort, so nobody can say.")
        return
    st.dataframe(
        found[list(RELIABILITY_COLUMNS)], column_config=RELIABILITY_COLUMNS, hide_index=True
    )
    _shared.downloads(found, f"{_shared.slug(benchmark_id)}_reliabilities")
    _shared.show_sql(RELIABILITIES, benchmark_id=benchmark_id)


PAIR_COLUMNS = {
    "benchmark": _shared.link_column("Benchmark", "benchmark", width=300),
    "estimate": _shared.number("Correlation"),
    "ci_low": _shared.number("95 % from", "%.2f", "Fisher z (Kendall: Fieller)."),
    "ci_high": _shared.number("to", "%.2f"),
    "family_boot_low": _shared.number("families: from", "%.2f", "Bootstrap over families."),
    "family_boot_high": _shared.number("to ", "%.2f"),
    "n_models": "Models",
    "p_bonferroni": _shared.number("p Bonferroni", "%.2g"),
    "estimate_partial": _shared.number("Top-1 fixed", "%.2f", "With ImageNet top-1 held fixed."),
    "estimate_disattenuated": _shared.number("Noise corrected", "%.2f"),
}


def correlates(benchmark_id: str, benchmarks: pd.DataFrame) -> None:
    """What it goes with and what it does not, in a cohort of the reader's choice."""
    st.subheader("What it goes with")
    available = _shared.query(AVAILABLE, benchmark_id=benchmark_id)
    if available.empty:
        st.caption("It stands in no cohort, so it is correlated with nothing here.")
        return
    left, middle, right = st.columns(3)
    with left:
        cohorts = marks.known_first(available["cohort_id"], [DEFAULT_COHORT])
        cohort_id = _shared.choose("Cohort", cohorts, "cohort")
    here = available[available["cohort_id"] == cohort_id]
    with middle:
        level = _shared.choose_level(here)
    with right:
        methods = marks.known_first(here.loc[here["level"] == level, "method"], _shared.METHODS)
        method = _shared.choose("Correlation", methods, "method", names=_shared.method_name)
    chosen = {
        "benchmark_id": benchmark_id,
        "cohort_id": cohort_id,
        "level": level,
        "method": method,
    }
    found = _shared.query(CORRELATIONS, **chosen)
    known = found["benchmark_id"].isin(benchmarks.index)
    pairs = found.assign(
        title=found["benchmark_id"].map(benchmarks["title"]).where(known, found["benchmark_id"]),
        modality=found["benchmark_id"].map(benchmarks["modality"]),
        benchmark=[_shared.permalink("benchmark", b) for b in found["benchmark_id"]],
    ).dropna(subset=["estimate"])
    constant = len(found) - len(pairs)
    if pairs.empty:
        st.caption("No correlation with another benchmark can be computed in this cohort.")
        return
    ends = pairs if len(pairs) <= 2 * ENDS else pd.concat([pairs.head(ENDS), pairs.tail(ENDS)])
    few, many = pairs["n_models"].min(), pairs["n_models"].max()
    drawing = _shared.draw(agreement.correlate_dots, ends)
    _shared.scrolling_chart(drawing, "correlates")
    st.caption(
        f"{len(ends)} of {len(pairs)} benchmarks of {cohort_id}: those at the two ends, picked for "
        "their size, so that a new sample would bring them nearer to the rest. Lines are 95 % "
        f"intervals, each by itself; models under a pair: {few}"
        + (f" to {many}." if many > few else ".")
        + (f" {constant} are the same for every model and have no correlation." if constant else "")
    )
    st.dataframe(pairs[list(PAIR_COLUMNS)], column_config=PAIR_COLUMNS, hide_index=True, height=300)
    _shared.downloads(pairs, f"{_shared.slug(benchmark_id)}_{cohort_id}_{level}", drawing)
    _shared.show_sql(CORRELATIONS, **chosen)


def main() -> None:
    """Draw the page."""
    st.title("Benchmark")
    st.write(
        "One way of scoring models: what it measures, how far apart it puts them, how sure it is, "
        "and what else it agrees with."
    )
    benchmark_id, benchmarks = choose_benchmark()
    levels = about(benchmark_id, benchmarks)
    snapshots = _shared.query(SNAPSHOTS, benchmark_id=benchmark_id)
    sources: list[str] = sorted(set(snapshots["source_id"]))
    if not (snapshots["n_models"] > 0).any():
        st.info(
            "No score of it is here: its source is absent, or the source publishes only its "
            "parts. What is missing, and how to get it, stands under *Sources and quality*; then: "
            "`aw build`."
        )
    else:
        _, rows = distribution(benchmark_id, snapshots, levels)
        best_and_worst(rows)
        _shared.origin(rows["load_id"])
        coverage(benchmark_id, snapshots)
        reliability(benchmark_id)
        correlates(benchmark_id, benchmarks)
    _shared.known_problems(ISSUES, benchmark_id, benchmark_id=benchmark_id)
    citation = _shared.query(FACTS, benchmark_id=benchmark_id)["citation"]
    _shared.cite_all(sources, citation)


main()
