"""Is there a U? Any benchmark against any property, the claims of a U, and the paper itself."""

import pandas as pd
import streamlit as st

from app_pages import _worth_printed, _worth_theory
from app_pages._choices import choose, choose_in_turn, choose_some, memory, tabs
from app_pages._export import menu
from app_pages._origins import cite
from app_pages._shared import benchmarks, query, stop_absent, titles
from app_pages._views import (
    Answer,
    ask,
    draw,
    facts,
    finding,
    folded,
    limits,
    select,
    typeset,
    view,
)
from warehouse.figures import relations
from warehouse.figures.marks import span
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

HOW = """\
Sucholutsky & Griffiths (2023) predict that models of high and of low alignment learn best from few
examples. **Two lines** (Simonsohn 2018) show a U where the first falls and the second rises, both
significantly (.05, uncorrected) when families are allowed for (wild bootstrap). *Undecided*: the
slopes turn and one is not significant, or there are fewer than 30 models or ten families.
*Nothing found*: no slope is significant. Simulated, the test calls a slope significant in 6 to 9 of
100 samples where there is none, and a straight line a U in 1.

A correlation with **z²**, the squared distance from mean alignment, cannot show a U: z² is little
else than alignment itself where that is skewed, and picks up the bend where a relation only
steepens.

**High, middling, low**: middling is nearest to the mean alignment. All models are drawn again and
the groups formed anew, 1,000 times; families are ignored, so that intervals of high and low hold
the mean in 79 to 87 of 100 simulated samples, not in 95. p: against as many at random, and for what
a curve in ImageNet top-1 leaves."""

ENDS = 4
"""Properties of the highest and of the lowest correlation that are drawn at first."""

LINES = "breakpoint, slope_low, slope_low_p_value, slope_high, slope_high_p_value"


def choose_cohort(place: st.delta_generator.DeltaGenerator) -> pd.Series:
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
        place=place,
    )
    cohort = cohorts.loc[cohort_id]
    columns = "n_units, n_families, n_with_imagenet_top1, n_pairs, n_estimated, n_too_few, "
    said = facts(cohort, "dim_relation_cohorts", columns + "n_part_of_whole")
    memory().notes.append(f"**{cohort['title']}.** {cohort['description']} {said}")
    return cohort


def say_verdicts(claims: Answer) -> None:
    """How many of the claims show a U, in words and by each test."""
    known = claims.rows[claims.rows["state"] == "estimated"]
    plain, held = (known[known["covariate"] == c] for c in relations.COVARIATES)
    if plain.empty:
        st.info("None of the claims has its sources here. See: `aw sources`.")
        return
    n = plain["verdict"].value_counts().reindex(list(relations.VERDICTS), fill_value=0)
    is_u = held["verdict"] == "u"
    n_both = (is_u & held["claim_id"].isin(plain.loc[plain["verdict"] == "u", "claim_id"])).sum()
    finding(
        f"**{n['u'] or 'None'} of {len(plain)} claims of a U {'are' if n['u'] > 1 else 'is'} borne "
        f"out by two lines** (over {span(plain['n_units'])} models or layers); "
        f"{n['inverted_u'] or 'none'} show the opposite, {n['monotone'] or 'none'} go one way, and "
        f"{n['none'] + n['undecided'] or 'none'} show nothing or rest on too little. With ImageNet "
        f"top-1 held fixed it is {is_u.sum() or 'none'} of {len(held)}; in both ways "
        f"{n_both or 'none'}.",
        f"{HOW}\n\n{trap()}",
        claim="u_shape",
    )
    view(claims, relations.verdict_counts, name="u_shape_verdicts")


def evidence() -> None:
    """What is left of a U, and any benchmark against any property."""
    claims = select("rpt_u_shape_verdicts", order="position, covariate desc")
    say_verdicts(claims)
    st.header("One relation")
    first, others = st.columns([1, 3])
    cohort = choose_cohort(first)
    of = {"cohort_id": cohort["cohort_id"]}
    pair = "distinct alignment_id, property_id, covariate"
    pairs = select("fct_downstream_relations", pair, order="all", **of).rows
    names = titles({*pairs["alignment_id"], *pairs["property_id"]})
    with others:
        chosen, _ = choose_in_turn(
            pairs,
            alignment_id=("Stands for alignment", names, "alignment", "IT"),
            property_id=("Property", names, "property", "ImageNet-C-top1"),
            covariate=("Covariate", relations.COVARIATES),
        )
    show_pair(of | chosen, names, f"{cohort['unit']}s")
    show_properties(of | chosen, names)
    folded("Every claim, by test", "claims", lambda: view(claims, relations.verdict_tiles))
    folded("Models that look where people look", "attention", show_attention)
    ids = [chosen["alignment_id"], chosen["property_id"]]
    scored = select(
        "fct_downstream_scores", "distinct source_id", order="source_id", **of, benchmark_id=ids
    )
    cite(
        *scored.rows["source_id"],
        citations=[*benchmarks(ids)["citation"], "simonsohn2018", "cameron2008"],
    )


def show_pair(chosen: dict[str, str], names: dict[str, str], units: str) -> None:
    """One property over one alignment: what the two lines say, correlations, groups."""
    one = {key: chosen[key] for key in ("cohort_id", "alignment_id", "property_id")}
    every = select("fct_downstream_relations", order="covariate desc, transform, method", **one)
    shape = select("fct_downstream_shapes", order="all", **chosen).rows.iloc[0]
    points = ask(relations.POINTS, **chosen)
    if shape["state"] != "estimated":
        st.info(STATES[shape["state"]].format(n=shape["n_units"], units=units))
        menu(points, points.name)
    else:
        known = every.rows.set_index(["covariate", "transform", "method"])
        spearman = known.loc[(chosen["covariate"], "raw", "spearman")]
        st.markdown(
            f"{names[one['alignment_id']]} and {names[one['property_id']]}, "
            f"{shape['n_units']:,} {units} of {shape['n_families']} families: Spearman "
            f"**{typeset(format(spearman['estimate'], '.2f'))}**{limits(spearman)}; by two "
            f"lines **{relations.VERDICTS[shape['verdict']]}**."
        )
        place, rows = st.container(), points.rows
        labelled = choose_some(
            f"Name these {units} in the plot",
            sorted(rows["unit_name"].unique()),
            "worth_models",
            at_most=8,
        )
        with place:
            view(
                points.only(rows.drop(columns=[c for c in shape.index if c not in one])),
                draw(relations.worth_scatter, rows, names, labelled=labelled),
                said=facts(shape, "fct_downstream_shapes", LINES),
            )
    view(
        every,
        columns="transform, covariate, method, estimate, ci_low, ci_high, p_value, n_units, "
        "n_families",
        names={
            "covariate": relations.COVARIATES,
            "transform": relations.TRANSFORMS,
            "method": relations.CORRELATIONS,
        },
        labels={"n_units": units.capitalize()},
    )
    found = select("fct_high_mid_low", order="model_group", **one)
    if not found.is_empty:  # six units or more have both
        n = int(found.rows["n_group"].iloc[0])
        st.header(f"The {n} {units} of highest, middling and lowest alignment")
        # what top-1 leaves is tested where the top-1 of every one is known
        groups = found.rows.dropna(axis=1, how="all")
        columns = ["model_group", "mean", "ci_low", "ci_high", "p_above_mid"]
        columns += ["p_residual_above_mid", "members"]
        view(
            found,
            columns=[column for column in columns if column in groups],
            shown=groups.set_index("model_group").loc[list(GROUPS)].reset_index(),
            names={"model_group": {group: group.capitalize() for group in GROUPS}},
            labels={"members": units.capitalize()},
        )


def show_properties(chosen: dict[str, str], names: dict[str, str]) -> None:
    """Correlation of the chosen alignment with every property."""
    st.header("What else goes with it?")
    first, second = st.columns(2)
    transform = choose("Correlates", relations.TRANSFORMS, "transform", place=first)
    values = {k: chosen[k] for k in ("cohort_id", "alignment_id", "covariate")}
    found = ask(relations.BY_PROPERTY, **values, transform=transform)
    drawn = found.rows[found.rows["method"] == "spearman"]
    missing = drawn[drawn["estimate"].isna()]
    known = drawn.dropna(subset=["estimate"]).sort_values("estimate")
    n, some = len(known), 2 * ENDS
    if n > some:
        offered = {"ends": f"{ENDS} highest, {ENDS} lowest", "all": f"All {n}"}
        if choose("Properties", offered, "properties", place=second, is_switch=True) == "ends":
            drawn = pd.concat([known.head(ENDS), known.tail(ENDS)])
    why = missing["state"].value_counts()
    reasons = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in why.items())
    view(
        found,
        draw(relations.worth_dots, drawn, names) if n else None,
        said=f"Without an estimate, in the download alone: {reasons}." if reasons else "",
    )


def trap() -> str:
    """How often z² alone finds a U, in words."""
    found = query(TRAP)
    if found.empty:
        return ""
    by_z2 = found[found["z2_verdict"] == "u"].groupby("verdict")["n_pairs"].sum()
    return (
        f"Of all {found['n_pairs'].sum():,} pairs z² alone finds a U in {by_z2.sum():,}; two lines "
        f"over families make a U of {by_z2.get('u', 0):,} of them, and in "
        f"{by_z2.get('monotone', 0):,} both lines rise or both fall."
    )


def show_attention() -> None:
    """Whether models that look where people look stand more."""
    of = {"alignment_id": relations.ATTENTION, "property_id": "timm.imagenet-a.top1"}
    found = select("rpt_u_shape_verdicts", order="position, covariate desc", **of)
    said = relations.in_one_sentence(found.rows)
    if said:
        view(found, intro=said)
    else:
        st.info("Alignment with where people clicked is not here: `aw fetch onevision_clickme`.")


tabs(
    {
        "Evidence": evidence,
        "Theory": _worth_theory.show,
        "Figures and printed numbers": _worth_printed.show,
    }
)
