"""What is alignment worth? Any benchmark against any property, and what is left of a U."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from app_pages import _shared
from warehouse.figures import papers
from warehouse.figures.marks import titles_of
from warehouse.figures.relations import (
    BY_PROPERTY,
    CORRELATIONS,
    COVARIATES,
    POINTS,
    TRANSFORMS,
    VERDICTS,
    smooth_curve,
    verdict_tiles,
    worth_dots,
    worth_scatter,
)

COHORTS = """\
select *
from marts.dim_relation_cohorts
order by n_estimated desc, cohort_id"""

PAIRS = """\
select distinct alignment_id, property_id
from marts.fct_downstream_relations
where cohort_id = $cohort_id
order by alignment_id, property_id"""

BENCHMARKS = """\
select benchmark_id, title, citation
from marts.dim_benchmarks
where benchmark_id in (select unnest($ids))"""

SOURCES = """\
select distinct source_id
from marts.fct_downstream_scores
where cohort_id = $cohort_id and benchmark_id in (select unnest($ids))
order by source_id"""

RELATIONS = """\
select *
from marts.fct_downstream_relations
where cohort_id = $cohort_id and alignment_id = $alignment_id and property_id = $property_id
order by covariate desc, transform, method"""

SHAPES = """\
select *
from marts.fct_downstream_shapes
where cohort_id = $cohort_id and alignment_id = $alignment_id and property_id = $property_id
order by covariate desc"""

GROUPS = """\
select *
from marts.fct_high_mid_low
where cohort_id = $cohort_id and alignment_id = $alignment_id and property_id = $property_id
order by model_group"""

CLAIMS = """\
select *
from marts.rpt_u_shape_verdicts
order by position, covariate desc"""

FOUND = """\
select *
from marts.fct_downstream_shapes
where verdict = $verdict
order by cohort_id, alignment_id, property_id, covariate desc"""

TRAP = """\
select z2_verdict, verdict, count(*) as n_pairs
from marts.fct_downstream_shapes
where covariate = 'none' and state = 'estimated'
group by all"""

_DEFAULT = ("brainscore_2025_core50", "IT", "ImageNet-C-top1")

_STATES = {
    "too_few": "Only {n} {units} have both; ten are needed.",
    "covariate_unknown": "Ten {units} have both, but only {n} of them a known ImageNet top-1.",
    "covariate_is_a_side": "One of the two is itself an ImageNet top-1: it cannot be held fixed.",
    "constant": "One of the two is the same for all {n} {units}, or top-1 decides it fully.",
}


def choose_cohort() -> pd.Series:
    """Let the reader pick a cohort of the downstream analysis; end the page without one."""
    cohorts = _shared.query(COHORTS).set_index("cohort_id", drop=False)
    cohorts = cohorts[cohorts["n_pairs"] > 0]
    if cohorts.empty:
        _shared.stop_absent(None, "This view")
    cohort_id = _shared.choose(
        "Cohort",
        cohorts.index.tolist(),
        "worth_cohort",
        default=_DEFAULT[0],
        names=lambda c: f"{cohorts.at[c, 'title']} ({cohorts.at[c, 'n_units']})",
        help="The models, or layers, that are compared.",
    )
    cohort = cohorts.loc[cohort_id]
    left_out = f" {cohort['n_part_of_whole']} pairs of a part with its own whole are left out."
    st.caption(
        f"{cohort['description']} {cohort['n_units']:,} {cohort['unit']}s of "
        f"{cohort['n_families']} families; ImageNet top-1 is known of "
        f"{cohort['n_with_imagenet_top1']:,}. Of {cohort['n_pairs']:,} pairs "
        f"{cohort['n_estimated']:,} have an estimate; {cohort['n_too_few']:,} share fewer than ten "
        f"{cohort['unit']}s.{left_out if cohort['n_part_of_whole'] else ''}"
    )
    return cohort


def choose_pair(cohort_id: str) -> tuple[dict[str, str], dict[str, str]]:
    """Alignment, property and covariate, and the names of all benchmarks of the cohort."""
    pairs = _shared.query(PAIRS, cohort_id=cohort_id)
    ids = sorted({*pairs["alignment_id"], *pairs["property_id"]})
    names = titles_of(_shared.query(BENCHMARKS, ids=ids))
    left, middle, right = st.columns(3)
    with left:
        alignment_id = _shared.choose(
            "In the place of alignment",
            pairs["alignment_id"].unique().tolist(),
            "alignment",
            default=_DEFAULT[1],
            names=lambda b: names.get(b, b),
        )
    with middle:
        property_id = _shared.choose(
            "Property",
            pairs.loc[pairs["alignment_id"] == alignment_id, "property_id"].tolist(),
            "property",
            default=_DEFAULT[2],
            names=lambda b: names.get(b, b),
        )
    with right:
        covariate = _shared.choose("Covariate", list(COVARIATES), "covariate", names=COVARIATES.get)
    chosen = {
        "cohort_id": cohort_id,
        "alignment_id": alignment_id,
        "property_id": property_id,
        "covariate": covariate,
    }
    return chosen, names


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(points: pd.DataFrame) -> pd.DataFrame:
    return smooth_curve(points)


def groups(found: pd.DataFrame, one: dict[str, str], units: str) -> None:
    """Means of the property where alignment is high, middling and low (as in their Table 1)."""
    n, n_all = (int(found[column].iloc[0]) for column in ("n_group", "n_units"))
    st.subheader(f"The {n} {units} of highest, middling and lowest alignment")
    rows = found.set_index("model_group").loc[list(papers.GROUPS)].reset_index()
    st.dataframe(
        rows.assign(model_group=rows["model_group"].str.capitalize()),
        column_order=list(_GROUPS),
        column_config=_GROUPS | {"members": units.capitalize()},
        hide_index=True,
    )
    st.caption(
        f"Middling is nearest to the mean alignment. Intervals: all {n_all:,} {units} drawn again "
        "and the groups formed anew, 1,000 times. p: the property dealt out at random, 2,000 "
        f"times, against any {n}, against the middling {n}, and the same for what a straight line "
        "in ImageNet top-1 leaves. A U would need both ends above the middle. The groups that the "
        "paper printed are on *Printed and computed*."
    )
    _shared.downloads(found, "_".join(["groups", *one.values()]))
    _shared.show_sql(GROUPS, **one)


def pair(cohort: pd.Series, chosen: dict[str, str], names: dict[str, str]) -> None:
    """One pair: numbers, scatter plot, estimates and shape."""
    one = {key: chosen[key] for key in ("cohort_id", "alignment_id", "property_id")}
    relations, shapes = _shared.query(RELATIONS, **one), _shared.query(SHAPES, **one)
    relations_here = relations[relations["covariate"] == chosen["covariate"]]
    shape = shapes[shapes["covariate"] == chosen["covariate"]].iloc[0]
    units = f"{cohort['unit']}s"
    if shape["state"] != "estimated":
        st.info(_STATES[shape["state"]].format(n=shape["n_units"], units=units))
    else:
        raw = relations_here[relations_here["transform"] == "raw"].set_index("method")
        _shared.metrics(
            {
                name: (f"{raw.at[method, 'estimate']:.2f}", _intervals(raw.loc[method]))
                for method, name in CORRELATIONS.items()
            }
            | {
                units.capitalize(): (f"{shape['n_units']:,}", f"{units} that have both."),
                "Families": (str(shape["n_families"]), "Models of one family are not independent."),
                "Is it a U?": (VERDICTS[shape["verdict"]], _VERDICT_HELP),
            }
        )
        points = _shared.query(POINTS, **chosen)
        labelled = _shared.choose_some(
            f"Name these {units} in the plot",
            sorted(points["unit_name"].unique()),
            "worth_models",
            at_most=8,
        )
        curve = _curve(points[["alignment", "property"]])
        chart = _shared.draw(worth_scatter, points, names, curve=curve, labelled=labelled)
        _shared.scrolling_chart(chart, "worth")
        st.caption(_shape_in_words(shape, units))
        shown = points.drop(columns=[c for c in shapes if c not in one])
        _shared.downloads(shown, "_".join(one.values()), chart)
    _shared.show_sql(POINTS, **chosen)
    estimates(relations, units)
    found = _shared.query(GROUPS, **one)
    if not found.empty:  # six units or more have both
        groups(found, one, units)


_VERDICT_HELP = (
    "By two lines (Simonsohn 2018): a U has a falling and a rising line, both significant, also "
    "when standard errors are clustered by family. Undecided: the two disagree, or fewer than 30 "
    "models or ten families."
)


def _intervals(row: pd.Series) -> str:
    text = f"95 % interval {row['ci_low']:.2f} to {row['ci_high']:.2f}"
    if pd.notna(row["family_boot_low"]):
        text += f"; over families {row['family_boot_low']:.2f} to {row['family_boot_high']:.2f}"
    return text


def _shape_in_words(shape: pd.Series, units: str) -> str:
    """What parabola and two lines say, with their numbers."""
    bent = (
        f"Parabola: z² {shape['quadratic_estimate']:+.3g} (se {shape['quadratic_se']:.2g}, "
        f"p {_p(shape['quadratic_p_value'])}; over families p "
        f"{_p(shape['quadratic_family_p_value'])}), turning at {shape['vertex']:.3g}, "
        f"{'inside' if shape['is_vertex_inside'] else 'outside'} the data, above "
        f"{shape['share_below_vertex']:.0%} of the {units}."
    )
    if pd.isna(shape["breakpoint"]):
        return f"{bent} There are too few {units} for two lines."
    return (
        f"{bent} Two lines, parting at {shape['breakpoint']:.3g} (dotted): slope "
        f"{shape['slope_low']:+.3g} per sd below (p {_p(shape['slope_low_p_value'])}, over "
        f"families {_p(shape['slope_low_family_p_value'])}; {shape['n_low']:.0f} {units}), "
        f"{shape['slope_high']:+.3g} above (p {_p(shape['slope_high_p_value'])}, over families "
        f"{_p(shape['slope_high_family_p_value'])}; {shape['n_high']:.0f})."
    )


def _p(value: float) -> str:
    if pd.isna(value):
        return "none"
    return "< .001" if value < 0.001 else f"{value:.3f}"


def estimates(relations: pd.DataFrame, units: str) -> None:
    """Every correlation of the pair."""
    shown = relations.assign(
        covariate=relations["covariate"].map(COVARIATES),
        transform=relations["transform"].map(TRANSFORMS),
        method=relations["method"].map(CORRELATIONS),
    )
    st.dataframe(
        shown[list(_ESTIMATES)],
        column_config=_ESTIMATES | {"n_units": units.capitalize()},
        hide_index=True,
    )


_ESTIMATES = {
    "transform": "Correlates",
    "covariate": "Held fixed",
    "method": "Correlation",
    "estimate": _shared.number("Estimate"),
    "ci_low": _shared.number("95 % from"),
    "ci_high": _shared.number("to"),
    "family_boot_low": _shared.number("Over families from"),
    "family_boot_high": _shared.number("to "),
    "p_value": _shared.number("p", "%.2g"),
    "n_units": "Models",
    "n_families": "Families",
    "n_clusters": "Drawn whole",
}


_GROUPS = {
    "model_group": "Alignment",
    "mean": _shared.number("Mean of the property", "%.4g"),
    "ci_low": _shared.number("95 % from", "%.4g"),
    "ci_high": _shared.number("to", "%.4g"),
    "p_permutation": _shared.number("p", "%.2g"),
    "above_mid": _shared.number("Above the middle", "%+.3g"),
    "p_above_mid": _shared.number("p of that", "%.2g"),
    "p_residual": _shared.number("p, top-1 held fixed", "%.2g"),
    "p_residual_above_mid": _shared.number("p of that, top-1 held fixed", "%.2g"),
    "n_group": "n",
    "members": "Models",
}


def properties(chosen: dict[str, str], names: dict[str, str]) -> None:
    """Every property of the chosen alignment."""
    st.header("What else goes with it?")
    transform = _shared.choose("Correlates", list(TRANSFORMS), "transform", names=TRANSFORMS.get)
    values = {k: chosen[k] for k in ("cohort_id", "alignment_id", "covariate")}
    values["transform"] = transform
    rows = _shared.query(BY_PROPERTY, **values)
    missing = rows[rows["estimate"].isna()]
    if len(missing) < len(rows):
        chart = _shared.draw(worth_dots, rows, names)
        _shared.scrolling_chart(chart, "worth_dots")
    else:
        chart = None
    if not missing.empty:
        why = missing.drop_duplicates("property_id")["state"].value_counts()
        reasons = ", ".join(f"{n} {state.replace('_', ' ')}" for state, n in why.items())
        st.caption(f"Without an estimate: {reasons}. They are in the download, with their n.")
    _shared.downloads(rows, f"{values['cohort_id']}_{values['alignment_id']}_relations", chart)
    _shared.show_sql(BY_PROPERTY, **values)


_PLAINLY = {
    "u": "There is a U",
    "inverted_u": "There is the opposite of a U",
    "monotone": "There is no U, it goes one way",
    "none": "There is no U, nothing is found",
    "undecided": "It cannot be said",
}


def claims() -> None:
    """The table of a sceptic."""
    st.header("Is there a U?")
    st.write(
        "Sucholutsky & Griffiths predict that few-shot learning is best for models of high and of "
        "low alignment, and show it by a positive correlation with z², the squared distance from "
        "mean alignment. **That cannot show a U.** Where alignment is skewed, z² is little else "
        "than alignment itself; where a relation only steepens, z² picks up the bend. Both give a "
        "positive correlation without a single model that gains from less alignment."
    )
    found = _shared.query(CLAIMS)
    if found.empty:
        st.info("None of the claims has its sources here. See: `aw sources`.")
        return
    trap = _shared.query(TRAP)
    by_z2 = trap[trap["z2_verdict"] == "u"]
    n_by_z2, n_u = (int(r["n_pairs"].sum()) for r in (by_z2, by_z2[by_z2["verdict"] == "u"]))
    n_one_way = int(by_z2.loc[by_z2["verdict"] == "monotone", "n_pairs"].sum())
    st.write(
        f"Of all {int(trap['n_pairs'].sum()):,} pairs, nothing held fixed, z² alone finds a U in "
        f"{n_by_z2:,}. Two lines, clustered by family, leave **{n_u:,}**; in {n_one_way:,} the "
        "property goes one way all along."
    )
    chart = _shared.draw(verdict_tiles, found)
    _shared.scrolling_chart(chart, "verdicts")
    st.caption(
        "One way: more alignment goes with more (or less) of the property throughout. Nothing "
        "found: no slope is significant at this n. Undecided: the two-lines tests disagree, or "
        "there are fewer than 30 models or ten families (networks, for layers, which are all of "
        "one family). Slopes and p-values are in the download; each is tested at .05, uncorrected. "
        f"{int((found['state'] != 'estimated').sum())} partial relations have no estimate and no "
        "tiles: too few known top-1 accuracies, or top-1 is itself a side."
    )
    plain = found[(found["covariate"] == "none") & (found["state"] == "estimated")]
    st.write(f"**In plain words**, of {len(plain)} claims with nothing held fixed:")
    for verdict, words in _PLAINLY.items():
        named = plain.loc[plain["verdict"] == verdict, "claim"]
        listed = "; ".join(f"{claim}" for claim in named) or "none of them"
        st.markdown(f"- **{words} ({len(named)}):** {listed}.")
    _shared.downloads(found, "u_shape_verdicts", chart)
    _shared.show_sql(CLAIMS)
    every_u()


def every_u() -> None:
    """All pairs of the grid that end as a U, claimed or not."""
    found = _shared.query(FOUND, verdict="u")
    st.subheader(f"Every U of the whole grid ({len(found)})")
    st.write(
        "Nobody claimed most of these. Of so many tests some are significant by chance, and pairs "
        "that share an alignment or a property come together."
    )
    ids = sorted({*found["alignment_id"], *found["property_id"]})
    names = titles_of(_shared.query(BENCHMARKS, ids=ids))
    shown = found.assign(
        alignment=found["alignment_id"].map(names),
        property=found["property_id"].map(names),
        covariate=found["covariate"].map(COVARIATES),
    )
    st.dataframe(shown[list(_FOUND)], column_config=_FOUND, hide_index=True, height=280)
    _shared.downloads(found, "every_u")
    _shared.show_sql(FOUND, verdict="u")


_FOUND = {
    "cohort_id": "Cohort",
    "alignment": "In the place of alignment",
    "property": "Property",
    "covariate": "Held fixed",
    "n_units": "n",
    "n_clusters": "Families",
    "slope_low": _shared.number("First slope", "%.3g"),
    "slope_low_family_p_value": _shared.number("p, families", "%.2g"),
    "slope_high": _shared.number("Second slope", "%.3g"),
    "slope_high_family_p_value": _shared.number("p, families ", "%.2g"),
    "share_below_vertex": _shared.number("Share left of the parabola's turn", "%.2f"),
}


def main() -> None:
    """Draw the page."""
    st.title("What is alignment worth?")
    st.write(
        "Do models that are more like people, or brains, also learn from fewer examples and stand "
        "more distortion? Choose what stands for alignment and what it may be good for. A better "
        "model is better at most things: hold its ImageNet accuracy fixed to see what is left."
    )
    cohort = choose_cohort()
    chosen, names = choose_pair(cohort["cohort_id"])
    pair(cohort, chosen, names)
    properties(chosen, names)
    claims()
    ids = [chosen["alignment_id"], chosen["property_id"]]
    benchmarks = _shared.query(BENCHMARKS, ids=ids)
    sources = _shared.query(SOURCES, cohort_id=chosen["cohort_id"], ids=ids)["source_id"]
    for place, source_id in enumerate(sources):
        _shared.cite(source_id, [] if place else [*benchmarks["citation"], "simonsohn2018"])


main()
