"""What is alignment worth? Any benchmark against any property, and what is left of a U."""

import pandas as pd
import streamlit as st

from app_pages import _worth_theory
from app_pages._choices import choose, choose_in_turn, choose_some, tabs
from app_pages._export import menu
from app_pages._origins import cite
from app_pages._shared import benchmarks, query, stop_absent, titles
from app_pages._views import ask, draw, facts, metrics, select, table, view
from warehouse.figures import relations
from warehouse.figures.record import RELATION_COHORT
from warehouse.figures.sucholutsky2023 import GROUPS

TRAP = """\
select z2_verdict, verdict, count(*) as n_pairs
from marts.fct_downstream_shapes
where covariate = 'none' and state = 'estimated'
group by all"""

STATES = {
    "too_few": "Only {n} {units} have both; ten are needed.",
    "covariate_unknown": "Ten {units} have both, but only {n} of them a known ImageNet top-1.",
    "covariate_is_a_side": "One of the two is itself an ImageNet top-1: it cannot be held fixed.",
    "constant": "One of the two is the same for all {n} {units}, or top-1 decides it fully.",
}


VERDICT_HELP = (
    "By two lines (Simonsohn 2018): a U has a falling and a rising line, both significant when "
    "families are allowed for (wild bootstrap). Undecided: the slopes turn and one of them is not "
    "significant, or there are fewer than 30 models or ten families."
)

PARABOLA = "quadratic_estimate, quadratic_se, quadratic_p_value, quadratic_p_value_naive, vertex, "
LINES = "breakpoint, slope_low, slope_low_p_value, slope_low_p_value_naive, n_low, slope_high, "
SHAPE = f"{PARABOLA}share_below_vertex, {LINES}"
SHAPE += "slope_high_p_value, slope_high_p_value_naive, n_high"
"""What parabola and two lines say of the drawn pair."""
INTERVALS = "ci_low, ci_high, p_value, n_clusters, ci_low_naive, ci_high_naive"

PLAINLY = {
    "u": "A U is found",
    "inverted_u": "The opposite of a U is found",
    "monotone": "It goes one way, without a sign of a U",
    "none": "Nothing is found at this n, neither a U nor a slope",
    "undecided": "It cannot be said",
}


def choose_cohort() -> pd.Series:
    """Let the reader pick a cohort of the downstream analysis; end the page without one."""
    cohorts = select("dim_relation_cohorts", order="n_estimated desc, cohort_id").rows
    cohorts = cohorts[cohorts["n_pairs"] > 0].set_index("cohort_id", drop=False)
    if cohorts.empty:
        stop_absent(None, "This view")
    cohort_id = choose(
        "Cohort",
        {c: f"{row['title']} ({row['n_units']})" for c, row in cohorts.iterrows()},
        "worth_cohort",
        default=RELATION_COHORT.default,
        help="The models, or layers, that are compared.",
    )
    cohort = cohorts.loc[cohort_id]
    st.caption(cohort["description"])
    columns = "n_units, n_families, n_with_imagenet_top1, n_pairs, n_estimated, n_too_few, "
    st.caption(facts(cohort, "dim_relation_cohorts", columns + "n_part_of_whole"))
    return cohort


def evidence() -> None:
    """Any benchmark against any property, and what is left of a U."""
    cohort = choose_cohort()
    of = {"cohort_id": cohort["cohort_id"]}
    pair = "distinct alignment_id, property_id, covariate"
    pairs = select("fct_downstream_relations", pair, order="all", **of).rows
    names = titles({*pairs["alignment_id"], *pairs["property_id"]})
    chosen, _ = choose_in_turn(
        pairs,
        alignment_id=("Stands for alignment", names, "alignment", "IT"),
        property_id=("Property", names, "property", "ImageNet-C-top1"),
        covariate=("Covariate", relations.COVARIATES),
    )
    chosen = of | chosen
    one = {key: chosen[key] for key in ("cohort_id", "alignment_id", "property_id")}
    every = select("fct_downstream_relations", order="covariate desc, transform, method", **one)
    here = every.rows[every.rows["covariate"] == chosen["covariate"]]
    shape = select("fct_downstream_shapes", order="all", **chosen).rows.iloc[0]
    units = f"{cohort['unit']}s"
    points = ask(relations.POINTS, **chosen)
    if shape["state"] != "estimated":
        st.info(STATES[shape["state"]].format(n=shape["n_units"], units=units))
        menu(points, points.name)
    else:
        raw = here[here["transform"] == "raw"].set_index("method")
        correlations = {}
        for method, name in relations.CORRELATIONS.items():
            said = facts(raw.loc[method], every.mart, INTERVALS)
            correlations[name] = (f"{raw.at[method, 'estimate']:.2f}", said)
        metrics(
            correlations
            | {
                units.capitalize(): (f"{shape['n_units']:,}", f"{units} that have both."),
                "Families": (str(shape["n_families"]), "Models of one family are not independent."),
                "Is it a U?": (relations.VERDICTS[shape["verdict"]], VERDICT_HELP),
            }
        )
        rows = points.rows
        known = sorted(rows["unit_name"].unique())
        labelled = choose_some(f"Name these {units} in the plot", known, "worth_models", at_most=8)
        view(
            points.only(rows.drop(columns=[c for c in shape.index if c not in one])),
            draw(relations.worth_scatter, rows, names, labelled=labelled),
            said=facts(shape, "fct_downstream_shapes", SHAPE),
        )
    table(
        every.rows,
        every.mart,
        "transform, covariate, method, estimate, ci_low, ci_high, p_value, ci_low_naive, "
        "ci_high_naive, p_value_naive, n_units, n_families, n_clusters",
        names={
            "covariate": relations.COVARIATES,
            "transform": relations.TRANSFORMS,
            "method": relations.CORRELATIONS,
        },
        labels={"n_units": units.capitalize()},
    )
    found = select("fct_high_mid_low", order="model_group", **one)
    if not found.is_empty:  # six units or more have both
        n, n_all = (int(found.rows[column].iloc[0]) for column in ("n_group", "n_units"))
        view(
            found,
            columns="model_group, mean, ci_low, ci_high, p_permutation, above_mid, p_above_mid, "
            "p_residual, p_residual_above_mid, n_group, members",
            title=f"The {n} {units} of highest, middling and lowest alignment",
            said=f"Middling is nearest to the mean alignment. Intervals: all {n_all:,} {units} "
            "drawn again and the groups formed anew, 1,000 times; families are ignored, so that "
            "for high and low they hold the mean in 79 to 87 of 100 simulated samples, not in 95. "
            f"p: the property dealt out at random, 2,000 times, against any {n}, against the "
            f"middling {n}, and both for what a curve in ImageNet top-1 leaves (a cubic from 40 "
            "on, a straight line below). A U would need both ends above the middle.",
            shown=found.rows.set_index("model_group").loc[list(GROUPS)].reset_index(),
            names={"model_group": {group: group.capitalize() for group in GROUPS}},
            labels={"members": units.capitalize()},
        )

    st.header("What else goes with it?")
    transform = choose("Correlates", relations.TRANSFORMS, "transform")
    values = {k: chosen[k] for k in ("cohort_id", "alignment_id", "covariate")}
    found = ask(relations.BY_PROPERTY, **values, transform=transform)
    missing = found.rows[found.rows["estimate"].isna()]
    why = missing.drop_duplicates("property_id")["state"].value_counts()
    reasons = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in why.items())
    view(
        found,
        draw(relations.worth_dots, found.rows, names) if len(missing) < len(found.rows) else None,
        said=f"Without an estimate, in the download alone: {reasons}." if reasons else "",
    )

    st.header("Is there a U?")
    st.write(
        "Sucholutsky & Griffiths (2023) predict that few-shot learning is best for models of high "
        "and of low alignment, and show it by a positive correlation with z², the squared distance "
        "from mean alignment. **That cannot show a U**: z² is little else than alignment itself "
        "where alignment is skewed, and picks up the bend where a relation only steepens. Both "
        "give a positive correlation without a single model that gains from less alignment."
    )
    found = select("rpt_u_shape_verdicts", order="position, covariate desc")
    rows = found.rows
    if rows.empty:
        st.info("None of the claims has its sources here. See: `aw sources`.")
    else:
        trap = query(TRAP)
        by_z2 = trap[trap["z2_verdict"] == "u"]
        n_by_z2 = by_z2.groupby("verdict")["n_pairs"].sum()
        st.write(
            f"Of all {int(trap['n_pairs'].sum()):,} pairs, nothing held fixed, z² alone finds a U "
            f"in {n_by_z2.sum():,}. Two lines over families make a U of "
            f"**{n_by_z2.get('u', 0):,}** of them; in {n_by_z2.get('monotone', 0):,} both lines "
            "rise or both fall. No test is corrected for their number, and pairs with one side in "
            "common come together."
        )
        plain = rows[(rows["covariate"] == "none") & (rows["state"] == "estimated")]
        claims = plain.groupby("verdict")["claim"].agg("; ".join)
        n = plain["verdict"].value_counts()
        st.write(f"**In plain words**, of {len(plain)} claims with nothing held fixed:")
        for verdict, words in PLAINLY.items():
            said = claims.get(verdict, "none of them")
            st.markdown(f"- **{words} ({n.get(verdict, 0)}):** {said}.")
        view(
            found,
            relations.verdict_tiles,
            name="u_shape_verdicts",
            said="Nothing found: no slope is significant at this n. Undecided: the slopes turn and "
            "one of them is not significant, or there are fewer than 30 models or ten families "
            "(networks, for layers, which are all of one family). Each test is at .05, "
            "uncorrected; simulated, it calls a slope significant in 6 to 9 of 100 samples where "
            "there is none, and a straight line a U in 1. "
            f"{int((rows['state'] != 'estimated').sum())} partial relations have no estimate and "
            "no tiles: too few known top-1 accuracies, or top-1 is itself a side.",
        )

    st.header("Are models that look where people look more robust?")
    of_attention = {"alignment_id": relations.ATTENTION, "property_id": "timm.imagenet-a.top1"}
    claims = select("rpt_u_shape_verdicts", order="position, covariate desc", **of_attention).rows
    of_paper = {"property_id": of_attention["property_id"], "is_printed": True}
    printed = select("rpt_sucholutsky2023_table2", order="alignment_id", **of_paper).rows
    found = select(
        "rpt_u_shape_verdicts", order="position, covariate desc", alignment_id=relations.ATTENTION
    )
    view(
        found,
        columns="claim, covariate, estimate, ci_low, ci_high, n_units, n_families, z2_estimate, "
        "z2_ci_low, z2_ci_high, verdict",
        name="attention",
        intro="Robustness to ImageNet-A, top-1. " + relations.in_one_sentence(claims, printed),
        said="Correlations are Spearman's with alignment and Pearson's with z², intervals are over "
        "families. The alignment is that of a model's input gradients with the places where people "
        "clicked (ClickMe), in a newer run of the laboratory than that of Fel et al. (2022). It "
        "goes with size, architecture and training as accuracy does, and gradients of models that "
        "cut images into patches may be noisy. A positive correlation with z² shows no U here: "
        "accuracy on shifted images bends upwards over ImageNet top-1, and a straight line in "
        "top-1 leaves the bend (docs/downstream.md).",
        absent="Alignment with where people clicked is not here: `aw fetch onevision_clickme`.",
        names={"covariate": relations.COVARIATES, "verdict": relations.VERDICTS},
    )

    found = select(
        "fct_downstream_shapes",
        order="cohort_id, alignment_id, property_id, covariate desc",
        verdict="u",
    )
    rows = found.rows
    names = titles({*rows["alignment_id"], *rows["property_id"]})
    view(
        found,
        columns="cohort_id, alignment_id, property_id, covariate, n_units, n_clusters, slope_low, "
        "slope_low_p_value, slope_high, slope_high_p_value, share_below_vertex",
        title=f"Every U of the whole grid ({len(rows)})",
        intro="Nobody claimed most of these. Of so many tests some are significant by chance, and "
        "pairs that share an alignment or a property come together.",
        absent="There is none.",
        names={"alignment_id": names, "property_id": names, "covariate": relations.COVARIATES},
        height=280,
    )
    ids = [chosen["alignment_id"], chosen["property_id"]]
    scored = select(
        "fct_downstream_scores", "distinct source_id", order="source_id", **of, benchmark_id=ids
    )
    cite(
        *scored.rows["source_id"],
        citations=[*benchmarks(ids)["citation"], "simonsohn2018", "cameron2008"],
    )


tabs({"Evidence": evidence, "Theory": _worth_theory.show})
