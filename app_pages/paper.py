"""Printed and computed: the figures and numbers of the papers, beside what public data give."""

from collections.abc import Callable

import pandas as pd
import streamlit as st

from app_pages._choices import LEVELS, METHODS, choose, named
from app_pages._shared import benchmarks, query, stop_absent
from app_pages._views import ask, draw, metrics, select, show_figure, table, view
from warehouse.figures import FIGURES
from warehouse.figures.marks import ALPHA, span
from warehouse.figures.record import benchmark_ids
from warehouse.figures.relations import ATTENTION
from warehouse.figures.sucholutsky2023 import note_dots

PAPERS = {
    "ahlert2024": "Ahlert et al. (2024), How aligned are different alignment metrics?",
    "sucholutsky2023": "Sucholutsky & Griffiths (2023), Alignment with human representations "
    "supports robust few-shot learning",
}
PRINTED_IN = PAPERS | {
    "geirhos2021": "Geirhos et al. (2021), tables of the model-vs-human toolbox",
    "any": "any paper",
}
ABOUT = {
    "ahlert2024": "Recomputed from public data. The paper's own export of Brain-Score is not "
    "public: the cohorts stand in for it, and each says who is in it.",
    "sucholutsky2023": "Recomputed from public data. The accuracies of the paper's 491 models are "
    "public; their alignment with people and their few-shot accuracies are not. Where one of these "
    "is an axis, our own models or public alignments stand in, and it says so.",
}
OPTIONS = {
    "level": ("Level", LEVELS),
    "method": ("Method", METHODS),
    "stimulus_set_id": ("Images", {}),
}
STATUSES = {
    "exact": "the printed number, within its tolerance",
    "close": "near the printed number",
    "sign": "the same sign or order only",
    "contradicted": "another number",
    "unreachable": "another number, or none, and an input is not public",
}


def table_1(rows: pd.DataFrame) -> None:
    """What Table 1 shows, and what it does not."""
    for group, name in (("high", "High 5"), ("low", "Low 5")):
        arm = rows[rows["model_group"] == group]
        st.markdown(
            f"**{name}** lie above Mid 5 in {(arm['above_mid'] > 0).sum()} of {len(arm)} cells: "
            f"in {(arm['p_above_mid'] < ALPHA).sum()} by more than random fives would (p < .05), "
            f"in {(arm['p_residual_above_mid'] < ALPHA).sum()} with ImageNet top-1 held fixed."
        )
    st.caption(
        "Crosses are printed, dots recomputed, grey ticks the mean of all models. Lines are 95 % "
        "intervals over the five models of a group, too narrow with five. p: groups dealt out at "
        "random, 20,000 times, uncorrected."
    )
    table(rows, "rpt_sucholutsky2023_table1", height=300)


def table_2(rows: pd.DataFrame) -> None:
    """Whether the printed p fit the printed correlations."""
    printed = rows[rows["is_printed"]]
    st.markdown(
        f"{int(printed['is_consistent'].sum())} of the {len(printed)} printed p-values are what "
        f"the printed correlation implies for {span(printed['n_models'])} models, with or "
        "without the degree of freedom of the covariate: whether the correlations are partial, "
        "as the text says and the caption does not, the printed digits cannot tell."
    )
    table(rows, "rpt_sucholutsky2023_table2", height=300)


def readings(_: pd.DataFrame) -> None:
    """What each plausible reading of the figure's two printed correlations gives."""
    with st.expander("Readings of “mean rank”"):
        found = select(
            "rpt_ahlert2024_fig3_readings",
            "cohort_id, level, missing_scores, missing_ranks, ties, direction, reference, "
            "n_models, n_parts, mean_rank_spearman, z_mean_spearman",
            order="mean_rank_distance, z_mean_distance",
        )
        view(
            found,
            columns="*",
            intro="The paper prints .47 (mean rank) and .92 (z-mean) without saying how missing "
            f"scores, ties and levels were treated. These are {len(found.rows)} readings, the "
            "nearest first; among so many a near hit is no evidence.",
            height=300,
        )


def few_shot(rows: pd.DataFrame) -> None:
    """How few models these are."""
    st.caption(
        f"Our own pretrained models: {span(rows['n_models'])}. Bands are 95 % intervals "
        "(groups: models drawn again and groups formed anew; correlations: Fisher's z), both as if "
        "models were unrelated, so too narrow. A U would make the correlation with z² positive, "
        "but a positive one does not show a U."
    )


def attention(rows: pd.DataFrame) -> None:
    """How few models the attention row has, and what it gives over other models."""
    joined = rows[rows["joined_at"].notna() & rows["estimate"].notna()]
    if joined.empty:
        return
    st.caption(
        f"Attention-map similarity is that of {span(joined['n_models'])} sets of weights that "
        "Brain-Score and a newer run of ClickMe (2025/26) are both known to have measured, not the "
        "table of Fel et al. (2022) that the paper used. So few weights, of so few families, "
        "show nothing, whatever their p; the mean correlation leaves them out."
    )
    with st.expander("Attention maps and benchmarks of other sources"):
        found = select(
            "fct_cross_source_correlations",
            order="n_models desc, benchmark_a, benchmark_b, confidence",
            confidence=["exact_weights", "same_recipe"],
        )
        is_of = found.rows[["benchmark_a", "benchmark_b"]].eq(ATTENTION).any(axis=1)
        view(
            found.only(found.rows[is_of]),
            columns="benchmark_a, benchmark_b, confidence, n_models, n_families, estimate, "
            "ci_low, ci_high, p_value",
            said="Each pair over all weights that both sources have, once where the weights are "
            "the same, once where the recipe is. Intervals and p over families, p uncorrected.",
            height=300,
        )


EXPLAINED = {
    "ahlert2024_fig1_correlations": attention,
    "ahlert2024_fig3_rankings": readings,
    "sucholutsky2023_table1": table_1,
    "sucholutsky2023_table2": table_2,
}


def explain(name: str) -> Callable[[pd.DataFrame], None]:
    """What a page says below a figure."""
    ours = name.startswith(("sucholutsky2023_fig3", "sucholutsky2023_fig4"))
    return few_shot if ours else EXPLAINED.get(name, lambda rows: None)


def held(column: str, mart: str) -> pd.Series:
    """Values of a column that a mart holds."""
    return select(mart, f"distinct {column}", order="all").rows[column]


paper = choose("Paper", PAPERS, "paper")
st.write(ABOUT[paper])

titles = {n: one.title for n, one in FIGURES.items() if n.startswith(paper)}
made = FIGURES[choose("Figure", titles, f"figure_{paper}")]
name, scope = made.name, made.scope
known = query(scope.known).iloc[:, 0].tolist()
ids = [i for i in held(scope.key, made.mart) if i in known]
about = {i: query(scope.sql, id=i).iloc[0] for i in ids}
if not about:
    stop_absent(None, made.title)
of = choose(
    "Models of",
    {i: f"{i} ({one['title']})" for i, one in about.items()},
    f"{name}_{scope.noun}",
    default=made.default or scope.default,
)
chosen = {scope.key: of, **made.options}
for option, default in made.options.items():
    label, names = OPTIONS[option]
    offered = named(held(option, made.mart), names)
    chosen[option] = choose(label, offered, f"{name}_{option}", default=default)
answer = ask(made.sql, **chosen)
rows, one = answer.rows, about[of]
if rows.empty:
    st.info("There are no rows for this choice; take another.")
else:
    n_models = (rows if "n_models" in rows else one)["n_models"]
    st.caption(
        f"{made.description} **{one['title']}**, {span(n_models)} models. "
        f"{one.get('description', '')}"
    )
    show_figure(made, answer, explain(name))
if paper == "sucholutsky2023":
    st.header("Notes on architectures")
    found = select("rpt_architecture_notes", order="position, property_id")
    if found.is_empty:
        stop_absent("timm_results", "The comparison of architectures")
    view(
        found,
        draw(note_dots, found.rows, benchmarks(benchmark_ids(found.rows))),
        "statement, treated, untreated, n_treated, n_families, n_high, n_mid, n_low, unreachable, "
        "caveat",
        intro="Section 4.1 says what distillation, depth, pre-training, normalisation and pruning "
        "do to alignment and few-shot accuracy. Neither was published: here the same networks are "
        "compared on the accuracies that are public.",
        said="Dots are mean differences in percentage points, lines 95 % intervals over families "
        "of architectures. No line: fewer than three families, which say little of others.",
        shown=found.rows.drop_duplicates("claim_id"),
    )

st.header("Every printed number")
answer = select(
    "rpt_paper_targets",
    "paper, artefact, quantity, kind, printed, ours, tolerance, status, is_post_hoc, "
    "expected_status, reason, reading, query",
    order="paper, target_id",
)
found = answer.rows
if found.empty:
    st.info("This warehouse checks no printed number. Build it again: `make warehouse`.")
else:
    others = sorted({*found["paper"]} - {paper})
    offered = {p: PRINTED_IN.get(p, p) for p in (paper, *others, "any")}
    chosen = choose("Printed in", offered, f"printed_{paper}")
    if chosen != "any":
        found = found[found["paper"] == chosen]
    counts = found["status"].value_counts()
    metrics({s: (str(counts[s]), meaning) for s, meaning in STATUSES.items() if s in counts})
    post_hoc = found[found["is_post_hoc"].fillna(False).astype(bool)]
    st.caption(
        "Every number here could have come out otherwise: thresholds and definitions that we took "
        f"over are not listed. {len(post_hoc)} rest on a reading that we chose after seeing the "
        f"result ({int((post_hoc['status'] == 'exact').sum())} of the exact ones): weak evidence."
    )
    st.caption(
        "A number that differs and depends on an input that is not public (the export of Ahlert "
        "et al.; the judgements and most models of Sucholutsky & Griffiths) is called unreachable, "
        "never contradicted. The build fails when a status changes."
    )
    status = choose("Status", ["any", *named(found["status"], STATUSES)], "status")
    view(
        answer.only(found),
        columns="*",
        shown=found if status == "any" else found[found["status"] == status],
        height=420,
    )
