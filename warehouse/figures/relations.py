"""Charts of what goes with alignment."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from warehouse.figures.marks import LOOSE, plain_axis
from warehouse.figures.theme import BLUE, GREEN, PINK, VERMILION, themed

VERDICTS = {
    "u": "U",
    "inverted_u": "inverted U",
    "monotone": "one way",
    "none": "nothing found",
    "undecided": "undecided",
}
"""Whether a property makes a U over alignment, in words."""

COVARIATES = {"none": "Nothing held fixed", "imagenet_top1": "ImageNet top-1 held fixed"}

HELD = {"none": "nothing held fixed", "imagenet_top1": "ImageNet top-1 held fixed"}

TRANSFORMS = {"raw": "Alignment", "z2": "z² of alignment"}

CORRELATIONS = {"pearson": "Pearson", "spearman": "Spearman"}

_FITS = {"straight line": VERMILION, "parabola": PINK, "smooth": GREEN}

CURVE_POINTS = 100


def smooth_curve(points: pd.DataFrame) -> pd.DataFrame:
    """Lowess of the property on alignment (half of the points at a time), for the eye alone.

    Parameters
    ----------
    points : DataFrame
        Columns alignment and property.

    Returns
    -------
    DataFrame
        Columns alignment and fitted, `CURVE_POINTS` rows.
    """
    from statsmodels.nonparametric.smoothers_lowess import lowess  # half a second: only here

    x, y = points["alignment"].to_numpy(float), points["property"].to_numpy(float)
    at = np.linspace(x.min(), x.max(), CURVE_POINTS)
    return pd.DataFrame({"alignment": at, "fitted": lowess(y, x, frac=0.5, xvals=at)})


def worth_scatter(
    rows: pd.DataFrame,
    titles: dict[str, str] | None = None,
    *,
    curve: pd.DataFrame | None = None,
    labelled: Sequence[str] = (),
) -> alt.LayerChart:
    """A property against alignment, unit by unit, with line, parabola and smooth curve.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``WORTH_POINTS`` of one cohort, pair and covariate. With a covariate the property is
        shown as it would be at the covariate's mean.
    titles : dict, optional
        Names of the benchmarks for people.
    curve : DataFrame, optional
        What `smooth_curve` gives, where it is known already.
    labelled : sequence of str
        Units to write beside their points.
    """
    titles = titles or {}
    one = rows.iloc[0]
    x_title, y_title = (titles.get(one[c], one[c]) for c in ("alignment_id", "property_id"))
    if one["covariate"] != "none":
        y_title += ", at mean ImageNet top-1"
    x = alt.X("alignment:Q", scale=LOOSE, axis=plain_axis(x_title))
    scale = LOOSE
    fits = [_fitted(one), (smooth_curve(rows) if curve is None else curve).assign(fit="smooth")]
    points = alt.Chart(rows[["unit_name", "family", "alignment", "property", "imagenet_top1"]])
    marks = points.mark_circle(size=45, color=BLUE, opacity=0.55).encode(
        x=x,
        y=alt.Y("property:Q", scale=scale, axis=plain_axis(y_title)),
        tooltip=[
            alt.Tooltip("unit_name:N", title="Model"),
            alt.Tooltip("family:N", title="Family"),
            alt.Tooltip("alignment:Q", title=x_title, format=".3f"),
            alt.Tooltip("property:Q", title=y_title, format=".3f"),
            alt.Tooltip("imagenet_top1:Q", title="ImageNet top-1 (%)", format=".1f"),
        ],
    )
    drawn = pd.concat(fits, ignore_index=True).dropna(subset="fitted")
    low, high = rows["property"].min(), rows["property"].max()
    drawn = drawn[drawn["fitted"].between(low - (high - low) / 4, high + (high - low) / 4)]
    present = [name for name in _FITS if name in set(drawn["fit"])]
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X("alignment:Q"),
            y=alt.Y("fitted:Q"),
            color=alt.Color(
                "fit:N",
                scale=alt.Scale(domain=present, range=[_FITS[name] for name in present]),
                legend=alt.Legend(title=None, orient="top"),
            ),
            strokeDash=alt.condition("datum.fit == 'smooth'", alt.value([5, 3]), alt.value([1, 0])),
        )
    )
    layers = [marks, lines]
    if pd.notna(one["breakpoint"]):
        rule = alt.Chart(pd.DataFrame({"alignment": [one["breakpoint"]]}))
        layers.append(
            rule.mark_rule(strokeDash=[2, 4], color="#888888").encode(
                x=alt.X("alignment:Q"),
                tooltip=[alt.Tooltip("alignment:Q", title="The two lines part at", format=".3f")],
            )
        )
    if labelled:
        named = alt.FieldOneOfPredicate(field="unit_name", oneOf=list(labelled))
        text = {"align": "left", "dx": 7, "fontSize": 11, "limit": 220}
        layers.append(
            points.mark_text(**text)
            .transform_filter(named)
            .encode(x=alt.X("alignment:Q"), y=alt.Y("property:Q"), text="unit_name:N")
        )
    return themed(
        alt.layer(*layers).properties(
            width=520,
            height=380,
            description=(
                f"Scatter plot of {len(rows)} units: {y_title} against {x_title}, with straight "
                "line, parabola and smooth curve."
            ),
        )
    )


def _fitted(one: pd.Series) -> pd.DataFrame:
    """Straight line and parabola of ``fct_downstream_shapes`` over the range of the data."""
    at = np.linspace(one["alignment_min"], one["alignment_max"], CURVE_POINTS)
    z = (at - one["alignment_mean"]) / one["alignment_sd"]
    line = one["line_constant"] + one["line_slope"] * z
    bent = one["quadratic_constant"] + one["quadratic_linear"] * z
    bent += one["quadratic_estimate"] * z**2
    return pd.concat(
        [
            pd.DataFrame({"alignment": at, "fitted": line, "fit": "straight line"}),
            pd.DataFrame({"alignment": at, "fitted": bent, "fit": "parabola"}),
        ],
        ignore_index=True,
    )


def worth_dots(rows: pd.DataFrame, titles: dict[str, str] | None = None) -> alt.LayerChart:
    """Correlation of one alignment with every property, with both intervals.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_downstream_relations`` of one cohort, alignment, covariate and transform.
        Those without an estimate are left out of the picture, and counted in its description.
    titles : dict, optional
        Names of the benchmarks for people.
    """
    titles = titles or {}
    known = rows[rows["estimate"].notna()]
    known = known.assign(
        label=known["property_id"].map(lambda b: titles.get(b, b)),
        correlation=known["method"].map(CORRELATIONS),
    )
    order = known.groupby("label")["estimate"].mean().sort_values(ascending=False).index.tolist()
    base = alt.Chart(known).encode(
        y=alt.Y(
            "label:N",
            sort=order,
            axis=alt.Axis(title=None, labelLimit=320, labelOverlap=False),
        ),
        yOffset=alt.YOffset("correlation:N"),
        color=alt.Color(
            "correlation:N",
            scale=alt.Scale(domain=list(CORRELATIONS.values()), range=[BLUE, VERMILION]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Property"),
            alt.Tooltip("correlation:N", title="Correlation"),
            alt.Tooltip("estimate:Q", title="Estimate", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 % (Fisher) from", format=".3f"),
            alt.Tooltip("ci_high:Q", title="to", format=".3f"),
            alt.Tooltip("family_boot_low:Q", title="95 % over families from", format=".3f"),
            alt.Tooltip("family_boot_high:Q", title="to", format=".3f"),
            alt.Tooltip("p_value:Q", title="p", format=".2g"),
            alt.Tooltip("n_units:Q", title="Models"),
            alt.Tooltip("n_families:Q", title="Families"),
        ],
    )
    x = alt.Axis(title="Correlation (thick: 95 % as if independent; thin: over families)")
    layers = [
        alt.Chart(pd.DataFrame({"zero": [0.0]}))
        .mark_rule(color="#888888", strokeDash=[2, 3])
        .encode(x="zero:Q"),
        base.mark_rule(strokeWidth=1).encode(x="family_boot_low:Q", x2="family_boot_high:Q"),
        base.mark_rule(strokeWidth=4, opacity=0.45).encode(x="ci_low:Q", x2="ci_high:Q"),
        base.mark_point(filled=True, size=40, opacity=1).encode(x=alt.X("estimate:Q", axis=x)),
    ]
    return themed(
        alt.layer(*layers).properties(
            width=420,
            height=alt.Step(26, **{"for": "position"}),
            description=(
                f"Correlations of an alignment with {known['property_id'].nunique()} properties; "
                f"{rows['property_id'].nunique() - known['property_id'].nunique()} more have none."
            ),
        )
    )


TESTS = {
    "z2_verdict": "z² alone",
    "quadratic_verdict": "parabola",
    "two_lines_verdict": "two lines",
    "family_verdict": "two lines, families",
    "verdict": "verdict",
}

_VERDICT_COLOURS = {
    "U": VERMILION,
    "inverted U": PINK,
    "one way": BLUE,
    "nothing found": "#bbbbbb",
    "undecided": "#eeeeee",
}


def verdict_tiles(rows: pd.DataFrame) -> alt.LayerChart:
    """Claims of a U by test: one tile per verdict.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_u_shape_verdicts``; those without an estimate have no tiles.
    """
    held = {"none": "", "imagenet_top1": ", top-1 held fixed"}
    known = rows[rows["state"] == "estimated"]
    ordered = known.sort_values(["position", "covariate"], ascending=[True, False])
    ordered = ordered.assign(
        label=ordered["claim"]
        + ordered["covariate"].map(held)
        + " (n = "
        + ordered["n_units"].astype(str)
        + ")"
    )
    tiles = ordered.melt(id_vars="label", value_vars=list(TESTS), var_name="test")
    tiles["test"] = tiles["test"].map(TESTS)
    tiles["found"] = tiles["value"].map(VERDICTS)
    base = alt.Chart(tiles).encode(
        x=alt.X(
            "test:N",
            sort=list(TESTS.values()),
            axis=alt.Axis(
                title=None,
                orient="top",
                labelAngle=0,
                labelExpr="split(datum.label, ', ')",
                ticks=False,
            ),
        ),
        y=alt.Y(
            "label:N",
            sort=ordered["label"].tolist(),
            axis=alt.Axis(title=None, labelLimit=400, ticks=False, domain=False),
        ),
        tooltip=[
            alt.Tooltip("label:N", title="Claim"),
            alt.Tooltip("test:N", title="By"),
            alt.Tooltip("found:N", title="Found"),
        ],
    )
    colour = alt.Color(
        "found:N",
        scale=alt.Scale(domain=list(_VERDICT_COLOURS), range=list(_VERDICT_COLOURS.values())),
        legend=None,
    )
    dark = alt.FieldOneOfPredicate(field="found", oneOf=["U", "one way"])
    return themed(
        alt.layer(
            base.mark_rect(stroke="white", strokeWidth=2).encode(color=colour),
            base.mark_text(fontSize=11, tooltip=None).encode(
                text="found:N",
                color=alt.condition(dark, alt.value("white"), alt.value("#222222")),
            ),
        ).properties(
            width=alt.Step(92),
            height=alt.Step(22),
            description=(
                f"Verdicts of {len(TESTS)} tests on {len(ordered)} claims of a U; "
                f"{int((ordered['verdict'] == 'u').sum())} end as one."
            ),
        )
    )
