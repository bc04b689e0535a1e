"""What goes with alignment."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from warehouse.figures import marks
from warehouse.figures.fields import Field, tooltips
from warehouse.figures.record import RELATION_COHORT, Figure, all_of, highest_first
from warehouse.figures.theme import BLUE, GREEN, GREY, PINK, VERMILION

POINTS = """\
select
    shapes.*,
    x.unit_id,
    x.unit_name,
    x.model_id,
    x.family,
    x.imagenet_top1,
    x.score_directed as alignment,
    y.score_directed - coalesce(
        shapes.covariate_slope * (x.imagenet_top1 - shapes.covariate_mean), 0
    ) as property
from marts.fct_downstream_shapes as shapes
inner join marts.fct_downstream_scores as x
    on shapes.cohort_id = x.cohort_id and shapes.alignment_id = x.benchmark_id
inner join marts.fct_downstream_scores as y
    on
        shapes.cohort_id = y.cohort_id
        and shapes.property_id = y.benchmark_id
        and x.unit_id = y.unit_id
where
    shapes.cohort_id = $cohort_id
    and shapes.alignment_id = $alignment_id
    and shapes.property_id = $property_id
    and shapes.covariate = $covariate
    and (shapes.covariate = 'none' or x.imagenet_top1 is not null)
order by x.unit_id"""

BY_PROPERTY = all_of(
    "fct_downstream_relations", "property_id, method", "alignment_id", "covariate", "transform"
)

VERDICTS = {
    "u": "U",
    "inverted_u": "inverted U",
    "monotone": "one way",
    "none": "nothing found",
    "undecided": "undecided",
}
"""Whether a property makes a U over alignment, in words."""

COVARIATES = {"none": "Nothing held fixed", "imagenet_top1": "ImageNet top-1 held fixed"}
TRANSFORMS = {"raw": "Alignment", "z2": "z² of alignment"}
CORRELATIONS = {"pearson": "Pearson", "spearman": "Spearman"}
ATTENTION = "onevision_clickme.imgnet_alignment"
"""Alignment of a model's input gradients with where people clicked, on ImageNet."""
CURVE_POINTS = 100
_FITS = {"straight line": VERMILION, "parabola": PINK, "smooth": GREEN}
_VERDICT_COLOURS = {
    "U": VERMILION,
    "inverted U": PINK,
    "one way": BLUE,
    "nothing found": "#bbbbbb",
    "undecided": "#eeeeee",
}
TESTS = {
    "z2_verdict": "z² alone",
    "quadratic_verdict": "parabola",
    "two_lines_verdict_naive": "two lines, unrelated",
    "verdict": "two lines, families",
}


def in_one_sentence(claims: pd.DataFrame, printed: pd.DataFrame) -> str:
    """What comes out of a pair of benchmarks beside what Sucholutsky & Griffiths print.

    Parameters
    ----------
    claims : DataFrame
        Rows of ``rpt_u_shape_verdicts`` of one pair in all_sources and timm_2022_491, with nothing
        and with ImageNet top-1 held fixed.
    printed : DataFrame
        Rows of ``rpt_sucholutsky2023_table2`` that the paper prints of the same property.

    Returns
    -------
    str
        Empty where one of the four has no estimate.
    """
    known = claims[claims["state"] == "estimated"].set_index(["cohort_id", "covariate"])
    if len(known) < 4 or printed.empty:
        return ""

    def said(cohort_id: str, covariate: str, of: str = "") -> str:
        row = known.loc[(cohort_id, covariate)]
        limits = (row[f"{of}estimate"], row[f"{of}ci_low"], row[f"{of}ci_high"])
        return "{:.2f} [{:.2f}, {:.2f}]".format(*limits)

    wide, narrow = (known.loc[(c, "none")] for c in ("all_sources", "timm_2022_491"))
    held = known.xs("imagenet_top1", level="covariate")
    shapes = " and ".join(held["verdict"].map(VERDICTS).unique())
    values = ", ".join(f"{value:.2f}" for value in printed["printed"])
    return (
        f"**Over {wide['n_units']} models of {wide['n_families']} families alignment with where "
        f"people clicked and this accuracy correlate by {said('all_sources', 'none')}, and by "
        f"{said('all_sources', 'imagenet_top1')} with ImageNet top-1 held fixed; over "
        f"{narrow['n_units']} of the paper's {printed['n_models'].iloc[0]} models by "
        f"{said('timm_2022_491', 'none')} and {said('timm_2022_491', 'imagenet_top1')}, where the "
        "paper finds positive correlations with its alignments.** It prints "
        f"{values} with z² of these, with ImageNet top-1 held fixed by its text. With z² of this "
        f"one it is {said('timm_2022_491', 'imagenet_top1', 'z2_')} over the paper's models and "
        f"{said('all_sources', 'imagenet_top1', 'z2_')} over all (two lines over families: "
        f"{shapes})."
    )


def smooth_curve(points: pd.DataFrame) -> pd.DataFrame:
    """Lowess of the property on alignment (half of the points at a time), for the eye alone.

    From columns alignment and property to alignment and fitted, `CURVE_POINTS` rows.
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess  # half a second: only here

    x, y = points["alignment"].to_numpy(float), points["property"].to_numpy(float)
    at = np.linspace(x.min(), x.max(), CURVE_POINTS)
    return pd.DataFrame({"alignment": at, "fitted": lowess(y, x, frac=0.5, xvals=at)})


def worth_scatter(
    rows: pd.DataFrame, titles: dict[str, str] | None = None, *, labelled: Sequence[str] = ()
) -> alt.LayerChart:
    """A property against alignment, unit by unit, with line, parabola and smooth curve.

    Rows of `POINTS` of one cohort, pair and covariate; with a covariate the property is shown as it
    would be at the covariate's mean. The names of ``labelled`` units stand beside their points.
    """
    mart = "fct_downstream_scores"
    one = rows.iloc[0]
    x_title, y_title = ((titles or {}).get(one[c], one[c]) for c in ("alignment_id", "property_id"))
    if one["covariate"] != "none":
        y_title += ", at mean ImageNet top-1"
    points = alt.Chart(rows[["unit_name", "family", "alignment", "property", "imagenet_top1"]])
    points = points.encode(
        x=alt.X("alignment:Q", scale=marks.LOOSE, axis=marks.plain_axis(x_title)),
        y=alt.Y("property:Q", scale=marks.LOOSE, axis=marks.plain_axis(y_title)),
    )
    tooltip = tooltips(
        mart,
        "unit_name, family",
        ("alignment:Q", x_title, ".3f"),
        ("property:Q", y_title, ".3f"),
        "imagenet_top1",
    )
    layers = [
        points.mark_circle(size=45, color=BLUE, opacity=0.55).encode(tooltip=tooltip),
        _fit_lines(rows),
    ]
    if pd.notna(one["breakpoint"]):
        rule = alt.Chart(pd.DataFrame({"alignment": [one["breakpoint"]]}))
        said = alt.Tooltip("alignment:Q", title="The two lines part at", format=".3f")
        mark = rule.mark_rule(strokeDash=[2, 4], color=GREY)
        layers.append(mark.encode(x=alt.X("alignment:Q"), tooltip=said))
    if labelled:
        layers.append(marks.named(points, "unit_name", labelled, dx=7, limit=220))
    return marks.drawn(
        *layers,
        size=(520, 380),
        description=f"Scatter plot of {len(rows)} units: {y_title} against {x_title}, with "
        "straight line, parabola and smooth curve.",
    )


def _fit_lines(rows: pd.DataFrame) -> alt.Chart:
    """The three fits, as far as they stay near the data."""
    curve = smooth_curve(rows).assign(fit="smooth")
    fits = pd.concat([_fitted(rows.iloc[0]), curve], ignore_index=True)
    low, high = rows["property"].min(), rows["property"].max()
    near = fits["fitted"].between(low - (high - low) / 4, high + (high - low) / 4)
    fits = fits[near]
    present = {name: c for name, c in _FITS.items() if name in set(fits["fit"])}
    is_smooth = "datum.fit == 'smooth'"
    return (
        alt.Chart(fits)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("alignment:Q"),
            y=alt.Y("fitted:Q"),
            color=marks.colour("fit", present),
            strokeDash=alt.condition(is_smooth, alt.value([5, 3]), alt.value([1, 0])),
        )
    )


def _fitted(one: pd.Series) -> pd.DataFrame:
    """Straight line and parabola of ``fct_downstream_shapes`` over the range of the data."""
    at = np.linspace(one["alignment_min"], one["alignment_max"], CURVE_POINTS)
    z = (at - one["alignment_mean"]) / one["alignment_sd"]
    line = one["line_constant"] + one["line_slope"] * z
    bent = one["quadratic_constant"] + one["quadratic_linear"] * z
    bent += one["quadratic_estimate"] * z**2
    fits = {"straight line": line, "parabola": bent}
    frames = [pd.DataFrame({"alignment": at, "fitted": v, "fit": k}) for k, v in fits.items()]
    return pd.concat(frames, ignore_index=True)


def worth_dots(rows: pd.DataFrame, titles: dict[str, str] | None = None) -> alt.LayerChart:
    """Correlation of one alignment with every property, with both intervals.

    Rows of ``fct_downstream_relations`` of one cohort, alignment, covariate and transform. Those
    without an estimate are left out of the picture, and counted in its description.
    """
    known = rows[rows["estimate"].notna()]
    known = known.assign(
        label=known["property_id"].map(lambda b: (titles or {}).get(b, b)),
        correlation=known["method"].map(CORRELATIONS),
    )
    order = known.groupby("label")["estimate"].mean().sort_values(ascending=False).index.tolist()
    by_method = dict(zip(CORRELATIONS.values(), (BLUE, VERMILION), strict=True))
    base = alt.Chart(known).encode(
        y=alt.Y("label:N", sort=order, axis=marks.names_beside()),
        yOffset=alt.YOffset("correlation:N"),
        color=marks.colour("correlation", by_method),
        tooltip=tooltips(
            "fct_downstream_relations",
            ("label:N", "Property"),
            ("correlation:N", "Correlation"),
            "estimate, ci_low, ci_high, p_value, ci_low_naive, ci_high_naive",
            "n_units, n_families",
        ),
    )
    axis = alt.Axis(title="Correlation (thin: 95 % over families; thick: if models were unrelated)")
    n_known, n_all = (frame["property_id"].nunique() for frame in (known, rows))
    return marks.drawn(
        marks.line_at("x", strokeDash=[2, 3]),
        marks.spans(base, "ci_low:Q", "ci_high:Q", width=1, opacity=1),
        marks.spans(base, "ci_low_naive:Q", "ci_high_naive:Q", width=4, opacity=0.45),
        base.mark_point(filled=True, size=40, opacity=1).encode(x=alt.X("estimate:Q", axis=axis)),
        size=(420, alt.Step(26, **{"for": "position"})),
        description=f"Correlations of an alignment with {n_known} properties; {n_all - n_known} "
        "more have none.",
    )


def verdict_tiles(rows: pd.DataFrame) -> alt.LayerChart:
    """Claims of a U by test: one tile per verdict.

    Rows of ``rpt_u_shape_verdicts``; those without an estimate have no tiles.
    """
    held = {"none": "", "imagenet_top1": ", top-1 held fixed"}
    known = rows[rows["state"] == "estimated"]
    ordered = known.sort_values(["position", "covariate"], ascending=[True, False])
    n = " (n = " + ordered["n_units"].astype(str) + ")"
    said = ordered["claim"] + ordered["covariate"].map(held) + n
    ordered = ordered.assign(label=marks.wrapped(said, 42))
    tiles = ordered.melt(id_vars="label", value_vars=list(TESTS), var_name="test")
    heads = marks.wrapped(pd.Series(TESTS), 12)
    tiles = tiles.assign(test=tiles["test"].map(heads), found=tiles["value"].map(VERDICTS))
    y = marks.names_beside(400, labelExpr=marks.LINES, ticks=False, domain=False)
    base = alt.Chart(tiles).encode(
        x=alt.X("test:N", sort=heads.tolist(), axis=marks.names_on_top(heads)),
        y=alt.Y("label:N", sort=ordered["label"].tolist(), axis=y),
        tooltip=[
            alt.Tooltip("label:N", title="Claim"),
            alt.Tooltip("test:N", title="By"),
            alt.Tooltip("found:N", title="Found"),
        ],
    )
    dark = alt.FieldOneOfPredicate(field="found", oneOf=["U", "one way"])
    on_tile = alt.condition(dark, alt.value("white"), alt.value("#222222"))
    shades = marks.colour("found", _VERDICT_COLOURS)
    shades.legend = None
    return marks.drawn(
        base.mark_rect(stroke="white", strokeWidth=2).encode(color=shades),
        base.mark_text(fontSize=11, tooltip=None).encode(text="found:N", color=on_tile),
        size=(alt.Step(106), alt.Step(32)),
        description=f"Verdicts of {len(TESTS)} tests on {len(ordered)} claims of a U; "
        f"{int((ordered['verdict'] == 'u').sum())} end as one.",
    )


FIGURES = (
    Figure(
        "worth_scatter",
        POINTS,
        lambda rows, benchmarks: worth_scatter(rows, marks.titles_of(benchmarks)),
        table=("fct_downstream_scores.unit_name", "fct_downstream_scores.family",
               Field("alignment", "Alignment", ".3f", "", "double"),
               Field("property", "Property", ".3f", "", "double")),
        caption="{one.property_id} over {one.alignment_id} ({n} units, {one.n_families} families; "
        "two-lines verdict: {one.verdict})",
        arrange=highest_first("alignment"),
        words={"verdict": VERDICTS},
        options={"alignment_id": "IT", "property_id": "ImageNet-C-top1", "covariate": "none"},
        scope=RELATION_COHORT,
    ),
    Figure(
        "worth_relations",
        BY_PROPERTY,
        lambda rows, benchmarks: worth_dots(rows, marks.titles_of(benchmarks)),
        table=("property_id", "method", "estimate", ("ci_low", "ci_high"),
               "p_value", ("ci_low_naive", "ci_high_naive"), "n_units", "n_clusters"),
        caption="{one.transform} ({one.alignment_id}) and {many[property_id]} properties. "
        "{one.covariate}",
        signed=("estimate",),
        words={"method": CORRELATIONS, "transform": TRANSFORMS, "covariate": COVARIATES},
        options={"alignment_id": "IT", "covariate": "imagenet_top1", "transform": "raw"},
        scope=RELATION_COHORT,
    ),
    Figure(
        "worth_verdicts",
        all_of("rpt_u_shape_verdicts", "position, covariate desc"),
        lambda rows, _: verdict_tiles(rows),
        table=("claim", "covariate", "n_units", "n_clusters", "z2_estimate", *TESTS),
        caption="{many[claim_id]} claims of a U, plain and with ImageNet top-1 held fixed",
        words={"covariate": {"none": "nothing", "imagenet_top1": "ImageNet top-1"}}
        | dict.fromkeys(TESTS, VERDICTS),
        scope=RELATION_COHORT,
    ),
)  # fmt: skip
