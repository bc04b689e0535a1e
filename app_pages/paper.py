"""Printed and computed: the figures and numbers of the paper, beside what public data give."""

from __future__ import annotations

import streamlit as st

from app_pages import _shared
from warehouse import charts
from warehouse.export import EXPORTS, benchmark_ids

TARGETS = """\
select
    paper, artefact, quantity, kind, printed, ours, tolerance, status, is_post_hoc,
    expected_status, reason, reading, query
from marts.rpt_paper_targets
order by paper, target_id"""

COHORTS = """\
select cohort_id, title, description, n_models, snapshot_id
from marts.dim_cohorts
where cohort_id in (select unnest($ids))"""

READINGS = """\
select
    cohort_id, level, missing_scores, missing_ranks, ties, direction, reference, n_models, n_parts,
    mean_rank_spearman, z_mean_spearman
from marts.rpt_fig3_readings
order by mean_rank_distance, z_mean_distance"""

FIGURES = [name for name in EXPORTS if name.startswith("fig")]

STATUSES = {
    "exact": "the printed number, within its tolerance",
    "close": "near the printed number",
    "sign": "the same sign or order only",
    "contradicted": "another number",
    "unreachable": "another number, or none, and an input is not public",
}


def figure() -> None:
    """One figure: chart, rows, cohort, SQL and the command that exports it."""
    name = _shared.choose("Figure", FIGURES, "figure", names=_figure_name)
    made = EXPORTS[name]
    cohorts = _shared.query(f"select distinct cohort_id from marts.{made.mart} order by all")
    ids = cohorts["cohort_id"].tolist()
    if not ids:
        _shared.stop_absent(None, _figure_name(name))
    first = made.default if made.default in ids else ids[0]
    titles = _shared.query(COHORTS, ids=ids).set_index("cohort_id")
    cohort_id = _shared.choose("Models of", ids, "cohort", default=first)
    chosen = {"cohort_id": cohort_id, **made.options}
    for option, default in made.options.items():
        found = _shared.query(f"select distinct {option} from marts.{made.mart} order by all")
        names = {"level": _shared.level_name, "method": _shared.method_name}[option]
        chosen[option] = _shared.choose(
            option.capitalize(),
            found[option].tolist(),
            f"{name}_{option}",
            default=default,
            names=names,
        )
    rows = _shared.query(made.sql, **chosen)
    if rows.empty:
        st.info("There are no rows for this choice; take another level or method.")
        return
    cohort = titles.loc[cohort_id]
    st.caption(
        f"{made.description} **{cohort['title']}**, {cohort['n_models']} models. "
        f"{cohort['description']}"
    )
    chart = made.draw(rows, _shared.query(BENCHMARKS, ids=benchmark_ids(rows)))
    _shared.scrolling_chart(chart, name)
    _shared.downloads(rows, f"{name}_{'_'.join(chosen.values())}", chart)
    options = "".join(f" --{k} {v}" for k, v in chosen.items() if k != "cohort_id")
    st.caption("The same with PDF, PNG, LaTeX table, BibTeX and provenance:")
    st.code(f"aw export {name} --cohort {cohort_id}{options}", language="bash")
    _shared.show_sql(made.sql, **chosen)
    if name == "fig3_rankings":
        readings()


BENCHMARKS = """\
select benchmark_id, title, modality, region
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""


def _figure_name(name: str) -> str:
    return f"Figure {name[3]}: {EXPORTS[name].title}"


def readings() -> None:
    """What each plausible reading of the figure's two printed correlations gives."""
    with st.expander("Readings of “mean rank”"):
        found = _shared.query(READINGS)
        st.write(
            "The paper prints .47 (mean rank) and .92 (z-mean) without saying how missing scores, "
            f"ties and levels were treated. These are {len(found)} readings on four sets of models "
            "of 2024, the nearest first; among so many a near hit is no evidence."
        )
        st.dataframe(found, hide_index=True, height=300)
        _shared.downloads(found, "fig3_readings")


def targets() -> None:
    """Every printed number with ours."""
    st.header("Every printed number")
    found = _shared.query(TARGETS)
    if found.empty:
        st.info("This warehouse checks no printed number. Build it again: `make warehouse`.")
        return
    is_setting = found["kind"] == "setting"
    for title, part in (("Results", found[~is_setting]), ("Settings", found[is_setting])):
        if part.empty:
            continue
        counts = part["status"].value_counts()
        _shared.metrics(
            {
                f"{title}: {status}": (str(counts[status]), meaning)
                for status, meaning in STATUSES.items()
                if status in counts
            }
        )
    results = found[~is_setting]
    n_post_hoc = int(results["is_post_hoc"].fillna(False).sum())
    n_exact_post_hoc = int(
        (results["is_post_hoc"].fillna(False) & (results["status"] == "exact")).sum()
    )
    st.caption(
        "A **result** could have come out otherwise. A **setting** is a threshold, a number of "
        "metrics or a definition that we took over or assembled to match: it cannot fail. Of the "
        f"results, {n_post_hoc} rest on a reading that was chosen by what comes out "
        f"({n_exact_post_hoc} of the exact ones), which says little."
    )
    st.caption(
        "Paper 001 is Ahlert et al., 002 is Sucholutsky & Griffiths, *Alignment with human "
        "representations supports robust few-shot learning*, geirhos2021 the tables of the "
        "model-vs-human toolbox. The status follows from the two "
        "numbers, the tolerance and one rule: every result of paper 001 depends on the models of "
        "a private export, so what misses is unreachable and never contradicted. The build fails "
        "when a status changes."
    )
    statuses = ["any", *charts.known_first(found["status"], STATUSES)]
    status = _shared.choose("Status", statuses, "status")
    shown = found if status == "any" else found[found["status"] == status]
    st.dataframe(
        shown,
        column_config={
            "paper": "Paper",
            "artefact": "Where",
            "quantity": st.column_config.TextColumn("What", width=320),
            "kind": "Kind",
            "printed": "Printed",
            "ours": "Ours",
            "tolerance": "Tolerance",
            "status": "Status",
            "is_post_hoc": st.column_config.CheckboxColumn(
                "Chosen after", help="The reading was chosen because of what comes out."
            ),
            "expected_status": "Reviewed as",
            "reason": st.column_config.TextColumn("Why", width=260),
            "reading": st.column_config.TextColumn("Our reading", width=260),
            "query": "SQL",
        },
        hide_index=True,
        height=420,
    )
    _shared.downloads(found, "paper_targets")
    _shared.show_sql(TARGETS)


def main() -> None:
    """Draw the page."""
    st.title("Printed and computed")
    st.write(
        "The figures and numbers of Ahlert et al., *How aligned are different alignment metrics?*, "
        "recomputed from public data. Their export of Brain-Score is not public: the cohorts "
        "stand in for it, and each says who is in it."
    )
    figure()
    targets()


main()
