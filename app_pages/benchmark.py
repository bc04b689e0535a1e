"""One benchmark: what it measures, its scores, what agrees with it, and who is best at it."""

import pandas as pd
import streamlit as st

from app_pages._choices import METHODS, choose, choose_known, choose_level, permalink, take_alias
from app_pages._origins import cite, known_problems, origin
from app_pages._shared import query, stop
from app_pages._views import Answer, ask, draw, metrics, select, show_sql, table, view
from warehouse.figures.agreement import correlate_dots
from warehouse.figures.catalogue import score_distribution
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


def choose_benchmark() -> tuple[str, pd.DataFrame]:
    """Let the reader pick a benchmark by any of its names; an address may hold any of them too."""
    found = select("dim_benchmarks", order="benchmark_id").rows.set_index(
        "benchmark_id", drop=False
    )
    if found.empty:
        st.info("This warehouse knows no benchmark. Build it again: `make warehouse`.")
        stop()
    titled = found.rename(columns={"benchmark_id": "id", "title": "name"})[["id", "name"]]
    take_alias("benchmark", found.index, pd.concat([query(PUBLISHED), titled]))
    benchmark_id = choose(
        "Benchmark",
        {i: i if t == i else f"{t} · {i}" for i, t in found["title"].items()},
        "benchmark",
        default=DEFAULT_BENCHMARK,
        help="Type a part of its title or identifier, for example IT or ImageNet-C.",
    )
    return benchmark_id, found


def about(fact: pd.Series, listed: pd.DataFrame) -> None:
    """What it measures, and where it stands among its parents and children."""
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


def distribution(benchmark_id: str, snapshots: pd.DataFrame, levels: pd.DataFrame) -> Answer:
    """The scores of one snapshot, over models."""
    st.subheader("How the scores are spread")
    scored = snapshots[snapshots["n_models"] > 0].sort_values(["snapshot_date", "snapshot_id"])
    scored = scored.set_index("snapshot_id")
    n = scored["n_models"]
    snapshot_id = choose(
        "Snapshot",
        {s: f"{s} ({n[s]} models)" for s in scored.index[::-1]},
        "snapshot",
        default=n[n >= n.iloc[-1]].index[-1],
        help="A dated state of a source. The newest stands first.",
    )
    found = select(
        "rpt_model_scores",
        order="score_rank, model_id",
        benchmark_id=benchmark_id,
        snapshot_id=snapshot_id,
    )
    rows, one = found.rows, scored.loc[snapshot_id]
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
    with_error = rows["error"].dropna()
    if len(with_error):
        kind = rows["error_kind"].dropna().iloc[0]
        shown["Typical error"] = (
            f"{with_error.median():.2g}",
            f"Median error of the raw score, over {kind.replace('_', ' ')}; {len(with_error)} "
            "models have one.",
        )
    metrics(shown)
    said = []
    level = levels.iloc[0] if len(levels) else {}
    if pd.notna(level.get("ceiling")):
        above = int((rows["score"] > level["ceiling"]).sum())
        said.append(
            f"{above} of {len(rows)} models lie above the {level['ceiling_kind']}"
            + (", which is an estimate." if level["ceiling_kind"] == "ceiling" else ".")
        )
    if pd.notna(one["ceiling_raw"]):
        said.append(
            f"Raw and ceiled scores of this snapshot imply a ceiling of {one['ceiling_raw']:.3f} "
            f"in raw units; the score is {one['ceiling_form']}."
        )
    chart = draw(score_distribution, rows, levels)
    view(found, chart, said=" ".join(said))
    return found


def reliability(benchmark_id: str) -> None:
    """How much of the spread between models is error."""
    st.subheader("How reliable it is")
    found = select("rpt_benchmark_reliabilities", order="cohort_id", benchmark_id=benchmark_id)
    if found.is_empty:
        st.caption("No error of its scores is known in any cohort, so its reliability is unknown.")
        return
    view(
        found,
        columns="cohort_id, reliability, n_models, error_kind, is_measurement_error, "
        "score_variance, error_variance, unused_because, reason",
    )


def correlates(benchmark_id: str, listed: pd.DataFrame) -> None:
    """Which benchmarks agree with it most and least, in a cohort of the reader's choice."""
    st.subheader("Which benchmarks agree with it?")
    available = query(AVAILABLE, benchmark_id=benchmark_id)
    if available.empty:
        st.caption("It belongs to no cohort, so there is nothing to correlate it with.")
        return
    left, middle, right = st.columns(3)
    first = {DEFAULT_COHORT: DEFAULT_COHORT}
    cohort_id = choose_known("Cohort", available["cohort_id"], first, "cohort", place=left)
    here = available[available["cohort_id"] == cohort_id]
    level = choose_level(here["level"], place=middle)
    of_level = here.loc[here["level"] == level, "method"]
    method = choose_known("Correlation", of_level, METHODS, "method", place=right)
    found = ask(
        CORRELATIONS, benchmark_id=benchmark_id, cohort_id=cohort_id, level=level, method=method
    )
    ids = found.rows["benchmark_id"]
    pairs = found.rows.assign(
        title=ids.map(listed["title"]).fillna(ids), modality=ids.map(listed["modality"])
    ).dropna(subset=["estimate"])
    constant = len(ids) - len(pairs)
    if pairs.empty:
        st.caption("No correlation with another benchmark can be computed in this cohort.")
        return
    ends = pairs if len(pairs) <= 2 * ENDS else pd.concat([pairs.head(ENDS), pairs.tail(ENDS)])
    few, many = pairs["n_models"].min(), pairs["n_models"].max()
    view(
        found.only(pairs),
        draw(correlate_dots, ends),
        "benchmark_id, estimate, ci_low, ci_high, n_models, "
        "p_bonferroni, estimate_partial, estimate_disattenuated",
        said=f"{len(ends)} of {len(pairs)} benchmarks of {cohort_id}: the highest and "
        "the lowest correlations. The extremes of many are partly luck: in new data they would be "
        f"nearer to the rest. Lines are 95 % intervals, uncorrected; models in a pair: {few}"
        + (f" to {many}." if many > few else ".")
        + (f" {constant} are the same for every model: no correlation." if constant else ""),
        height=300,
    )


st.write(
    "One benchmark: what it measures, how its scores are spread over models, how reliable they "
    "are, and which other benchmarks agree with it."
)
benchmark_id, listed = choose_benchmark()
facts = select("dim_benchmarks", order="all", benchmark_id=benchmark_id)
about(facts.rows.iloc[0], listed)
levels = select("rpt_benchmark_levels", order="all", benchmark_id=benchmark_id).rows

if not levels.empty:
    level, parts = levels.iloc[0], []
    if pd.notna(level["chance"]):
        parts.append(f"**Chance** {level['chance']:.4g}: {level['chance_reason']}")
    else:
        parts.append("**Chance** is not known for this benchmark.")
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
show_sql(facts)
snapshots = select(
    "rpt_benchmark_snapshots", order="snapshot_date, snapshot_id", benchmark_id=benchmark_id
)
if not (snapshots.rows["n_models"] > 0).any():
    st.info(
        "No score of it is here: its source is absent, or the source publishes only its parts. "
        "The page *Sources and quality* says what is missing and how to get it; then: `aw build`."
    )
else:
    scores = distribution(benchmark_id, snapshots.rows, levels)
    found = scores
    rows = found.rows
    for title, part in (("The best models", rows.head(ENDS)), ("The worst", rows.tail(ENDS))):
        st.markdown(f"**{title}** of {len(rows)}")
        table(
            part,
            found.mart,
            "score_rank, model_id, source_model_name, score, error, score_percentile, "
            "percentile_low, percentile_high, n_published, source_file, source_row",
        )
        if len(rows) <= ENDS:
            break
    origin(scores.rows["load_id"])
    found = snapshots
    st.subheader("Who was scored, and when")
    view(
        found,
        draw(coverage_bars, found.rows),
        "snapshot_id, snapshot_date, n_models, n_scored, n_failed, n_never_run, mean_score, "
        "sd_score, quantile_50, max_score, ceiling_raw, source_id",
    )
    states = select(
        "rpt_cell_states",
        "snapshot_id, state, state_evidence, n_cells, share",
        order="snapshot_id, state, state_evidence",
        benchmark_id=benchmark_id,
    )
    empty = states.rows[states.rows["state"] != "scored"]
    if not empty.empty:
        st.markdown("**Why scores are missing, and how we know**")
        table(empty, states.mart)
        show_sql(states)
    reliability(benchmark_id)
    correlates(benchmark_id, listed)
known_problems(ISSUES, benchmark_id, benchmark_id=benchmark_id)
cite(*set(snapshots.rows["source_id"]), citations=facts.rows["citation"])
