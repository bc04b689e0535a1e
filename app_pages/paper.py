"""Printed and computed: the figures and numbers of the paper, beside what public data give."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse import figures
from warehouse.figures import marks, papers
from warehouse.figures.record import benchmark_ids

TARGETS = """\
select
    paper, artefact, quantity, kind, printed, ours, tolerance, status, is_post_hoc,
    expected_status, reason, reading, query
from marts.rpt_paper_targets
order by paper, target_id"""

READINGS = """\
select
    cohort_id, level, missing_scores, missing_ranks, ties, direction, reference, n_models, n_parts,
    mean_rank_spearman, z_mean_spearman
from marts.rpt_ahlert2024_fig3_readings
order by mean_rank_distance, z_mean_distance"""

NOTES = """\
select *
from marts.rpt_architecture_notes
order by position, property_id"""

PAPERS = {
    "001": "Ahlert et al., How aligned are different alignment metrics?",
    "002": "Sucholutsky & Griffiths, Alignment with human representations supports robust "
    "few-shot learning",
}
FIGURES = {
    "001": [name for name in figures.FIGURES if name.startswith("ahlert2024_")],
    "002": [name for name in figures.FIGURES if name.startswith("sucholutsky2023_")],
}
OPTIONS = {
    "level": ("Level", _shared.level_name),
    "method": ("Method", _shared.method_name),
    "stimulus_set_id": ("Images", str),
}

STATUSES = {
    "exact": "the printed number, within its tolerance",
    "close": "near the printed number",
    "sign": "the same sign or order only",
    "contradicted": "another number",
    "unreachable": "another number, or none, and an input is not public",
}


def figure(paper: str) -> None:
    """One figure or table: chart, rows, models, SQL and the command that exports it."""
    name = _shared.choose("Figure", FIGURES[paper], f"figure{paper}", names=_figure_name)
    made = figures.FIGURES[name]
    key = made.scope.key
    found = _shared.query(f"select distinct {key} from marts.{made.mart} order by all")
    known = _shared.query(made.scope.known).iloc[:, 0].tolist()
    ids = [i for i in found[key] if i in known]
    if not ids:
        _shared.stop_absent(None, _figure_name(name))
    titles = {i: _shared.query(made.scope.sql, id=i).iloc[0] for i in ids}
    of = _shared.choose(
        "Models of",
        ids,
        f"{name}_{made.scope.noun}",
        default=made.default,
        names=lambda i: f"{i} ({titles[i]['title']})",
    )
    chosen = {key: of, **made.options}
    for option, default in made.options.items():
        label, names = OPTIONS[option]
        found = _shared.query(f"select distinct {option} from marts.{made.mart} order by all")
        chosen[option] = _shared.choose(
            label, found[option].tolist(), f"{name}_{option}", default=default, names=names
        )
    rows = _shared.query(made.sql, **chosen)
    if rows.empty:
        st.info("There are no rows for this choice; take another.")
        return
    about = titles[of]
    n_models = (rows if "n_models" in rows else titles[of])["n_models"]
    st.caption(
        f"{made.description} **{about['title']}**, {marks.span(n_models)} models. "
        + (about["description"] if about["description"] != about["title"] else "")
    )
    chart = _shared.draw(made.draw, rows, _shared.query(BENCHMARKS, ids=benchmark_ids(rows)))
    _shared.scrolling_chart(chart, name)
    if name in EXPLAINED:
        EXPLAINED[name](rows)
    _shared.downloads(rows, f"{name}_{'_'.join(chosen.values())}", chart)
    options = "".join(f" --{k.replace('_', '-')} {v}" for k, v in chosen.items() if k != key)
    st.caption("The same with PDF, PNG, LaTeX table, BibTeX and provenance:")
    st.code(f"aw export {name} --{made.scope.noun} {of}{options}", language="bash")
    _shared.show_sql(made.sql, **chosen)


def table_1(rows: pd.DataFrame) -> None:
    """What Table 1 shows, and what it does not."""
    arms = rows[rows["model_group"] != "mid"]
    for group, name in (("high", "High 5"), ("low", "Low 5")):
        arm = arms[arms["model_group"] == group]
        st.markdown(
            f"**{name}** lie above Mid 5 in {(arm['above_mid'] > 0).sum()} of {len(arm)} cells: "
            f"in {(arm['p_above_mid'] < marks.ALPHA).sum()} by more than random fives would "
            f"(p < .05), in {(arm['p_residual_above_mid'] < marks.ALPHA).sum()} with ImageNet "
            "top-1 held fixed."
        )
    st.caption(
        "Crosses are printed, dots recomputed, grey ticks the mean of all models. Lines are 95 % "
        "intervals over the five models of a group, too narrow with five. p: groups dealt out at "
        "random, 20,000 times, uncorrected."
    )
    st.dataframe(rows, hide_index=True, height=300)


def table_2(rows: pd.DataFrame) -> None:
    """Whether the printed p fit the printed correlations."""
    printed = rows[rows["is_printed"]]
    st.markdown(
        f"{int(printed['is_consistent'].sum())} of the {len(printed)} printed p-values are what "
        f"the printed correlation implies for {marks.span(printed['n_models'])} models, with or "
        "without the degree of freedom of the covariate: the text calls the correlations partial, "
        "the caption does not, and the printed digits cannot tell."
    )
    st.dataframe(rows, hide_index=True, height=300)


def readings(_: pd.DataFrame) -> None:
    """What each plausible reading of the figure's two printed correlations gives."""
    with st.expander("Readings of “mean rank”"):
        found = _shared.query(READINGS)
        st.write(
            "The paper prints .47 (mean rank) and .92 (z-mean) without saying how missing scores, "
            f"ties and levels were treated. These are {len(found)} readings on four sets of models "
            "of 2024, the nearest first; among so many a near hit is no evidence."
        )
        st.dataframe(found, hide_index=True, height=300)
        _shared.downloads(found, "ahlert2024_fig3_readings")


def few_shot(rows: pd.DataFrame) -> None:
    """How few models these are."""
    st.caption(
        f"Our own pretrained models: {marks.span(rows['n_models'])}. Bands are 95 % intervals "
        "(groups: models drawn again and groups formed anew; correlations: Fisher's z). A U would "
        "make the correlation with z² positive."
    )


EXPLAINED = {
    "ahlert2024_fig3_rankings": readings,
    "sucholutsky2023_table1": table_1,
    "sucholutsky2023_table2": table_2,
    "sucholutsky2023_fig3_groups": few_shot,
    "sucholutsky2023_fig3_correlations": few_shot,
    "sucholutsky2023_fig4_models": few_shot,
    "sucholutsky2023_fig4_correlations": few_shot,
}


def notes() -> None:
    """What is said of architectures, on what is public."""
    st.header("Notes on architectures")
    found = _shared.query(NOTES)
    if found.empty:
        _shared.stop_absent("timm_results", "The comparison of architectures")
    st.write(
        "Section 4.1 says what distillation, depth, pre-training, normalisation and pruning do to "
        "alignment and few-shot accuracy. Neither was published for these models. Here the same "
        "networks are compared on the accuracies that are public."
    )
    chart = _shared.draw(
        papers.note_dots, found, _shared.query(BENCHMARKS, ids=benchmark_ids(found))
    )
    _shared.scrolling_chart(chart, "notes")
    st.caption(
        "Dots are mean differences in percentage points, lines 95 % intervals (Student's t over "
        "pairs, Welch's t for families against all others). Networks of one family are not "
        "independent: the intervals are rather too narrow."
    )
    said = found.drop_duplicates("claim_id").set_index("position")
    columns = {
        "statement": st.column_config.TextColumn("The paper", width=360),
        "treated": "Compared",
        "untreated": "with",
        "n_treated": "n",
        "n_high": st.column_config.NumberColumn("in a High 5", help="Recovered, any metric."),
        "n_mid": "in a Mid 5",
        "n_low": "in a Low 5",
        "unreachable": "Unreachable",
        "caveat": "But",
    }
    st.dataframe(said[list(columns)], column_config=columns, hide_index=True)
    _shared.downloads(found, "architecture_notes", chart)
    _shared.show_sql(NOTES)


BENCHMARKS = """\
select benchmark_id, title, modality, region
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""


def _figure_name(name: str) -> str:
    made = figures.FIGURES[name]
    return f"Figure {name[3]}: {made.title}" if name.startswith("ahlert2024_") else made.title


def targets(paper: str) -> None:
    """Every printed number with ours."""
    st.header("Every printed number")
    found = _shared.query(TARGETS)
    if found.empty:
        st.info("This warehouse checks no printed number. Build it again: `make warehouse`.")
        return
    papers = [paper, *(p for p in sorted(found["paper"].unique()) if p != paper)]
    chosen = _shared.choose("Printed in", [*papers, "any"], f"printed{paper}", names=_paper_name)
    if chosen != "any":
        found = found[found["paper"] == chosen]
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
        "The status follows from the two numbers, the tolerance and the input that is not public, "
        "if there is one. Every result of paper 001 depends on the models of a private export, and "
        "every alignment of paper 002 on judgements and models whose alignment nobody published: "
        "what misses there is unreachable and never contradicted. The build fails when a status "
        "changes."
    )
    statuses = ["any", *marks.known_first(found["status"], STATUSES)]
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


def _paper_name(paper: str) -> str:
    return {
        **PAPERS,
        "geirhos2021": "Geirhos et al. 2021, tables of the model-vs-human toolbox",
        "any": "any paper",
    }.get(paper, paper)


def main() -> None:
    """Draw the page."""
    st.title("Printed and computed")
    paper = _shared.choose("Paper", list(PAPERS), "paper", names=_paper_name)
    if paper == "001":
        st.write(
            "The figures and numbers of Ahlert et al., *How aligned are different alignment "
            "metrics?*, recomputed from public data. Their export of Brain-Score is not public: "
            "the cohorts stand in for it, and each says who is in it."
        )
    else:
        st.write(
            "The figures, tables and numbers of Sucholutsky & Griffiths, *Alignment with human "
            "representations supports robust few-shot learning*. The accuracies of their 491 "
            "models are public; the models' alignment with people and their few-shot accuracies "
            "are not. Where one of these is an axis, our own models or public alignments stand in, "
            "and it says so."
        )
    figure(paper)
    if paper == "002":
        notes()
    targets(paper)


main()
