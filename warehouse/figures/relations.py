"""What goes with alignment."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from warehouse.fields import Field
from warehouse.figures import marks
from warehouse.figures.fields import tooltips
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
_FITS = {"two lines": VERMILION, "parabola": PINK, "straight line": GREEN}
_STROKES = {"two lines": (3, [1, 0]), "parabola": (2, [8, 6]), "straight line": (2, [1, 0])}
"""Width and dashes: a parabola without a bend lies on the straight line, and both are seen."""
_VERDICT_COLOURS = {
    "U": VERMILION,
    "inverted U": PINK,
    "one way": BLUE,
    "nothing found": GREY,
    "undecided": GREY,
}
_OPEN = "nothing found or undecided"
TESTS = {
    "z2_verdict": "z² alone",
    "quadratic_verdict": "parabola",
    "two_lines_verdict_naive": "two lines, unrelated",
    "verdict": "two lines, families",
}


def in_one_sentence(claims: pd.DataFrame) -> str:
    """What comes out of attention and a property, in all sources and among the paper's models.

    Rows of ``rpt_u_shape_verdicts`` of attention and ImageNet-A in all_sources and timm_2022_491,
    with nothing and with ImageNet top-1 held fixed. Empty where one of the four has no estimate.
    """
    known = claims[claims["state"] == "estimated"].set_index(["cohort_id", "covariate"])
    if len(known) < 4:
        return ""

    def said(cohort_id: str, covariate: str) -> str:
        limits = known.loc[(cohort_id, covariate), ["estimate", "ci_low", "ci_high"]]
        return "{:.2f} ({:.2f} to {:.2f})".format(*limits).replace("-", "−")

    wide, narrow = (known.loc[(c, "none")] for c in ("all_sources", "timm_2022_491"))
    held = known.xs("imagenet_top1", level="covariate")
    shapes = " and ".join(held["verdict"].map(VERDICTS).unique())
    return (
        f"**Over {wide['n_units']} models of {wide['n_families']} families, the fit of input "
        f"gradients to where people clicked correlates {said('all_sources', 'none')} with accuracy "
        f"on ImageNet-A, {said('all_sources', 'imagenet_top1')} with ImageNet top-1 held fixed**; "
        "over "
        f"{narrow['n_units']} of the paper's models {said('timm_2022_491', 'none')} and "
        f"{said('timm_2022_491', 'imagenet_top1')} (two lines, top-1 held fixed: {shapes})."
    )


def worth_scatter(
    rows: pd.DataFrame, titles: dict[str, str] | None = None, *, labelled: Sequence[str] = ()
) -> alt.LayerChart:
    """A property against alignment, unit by unit, with two lines, parabola and straight line.

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
        at = rule.encode(x=alt.X("alignment:Q"), tooltip=said)
        text = at.mark_text(align="left", dx=4, dy=6, fontSize=11)
        layers.append(at.mark_rule(strokeDash=[2, 4], color=GREY))
        layers.append(marks.in_theme(text.encode(y=alt.value(0), text=alt.value("break")), "at"))
    told = rows.index[rows["unit_name"].isin(labelled)]
    size = (520, 380)
    layers += marks.named(points, rows, "unit_name", told, ("alignment", "property"), size)
    return marks.drawn(
        *layers,
        size=size,
        description=f"Scatter plot of {len(rows)} units: {y_title} against {x_title}, with "
        f"two lines ({VERDICTS[one['verdict']]}), parabola and straight line.",
    )


def _fit_lines(rows: pd.DataFrame) -> alt.Chart:
    """The fits, as far as they stay near the data."""
    fits = pd.concat([_fitted(rows.iloc[0]), two_lines(rows)], ignore_index=True)
    low, high = rows["property"].min(), rows["property"].max()
    fits = fits[fits["fitted"].between(low - (high - low) / 4, high + (high - low) / 4)]
    present = {name: c for name, c in _FITS.items() if name in set(fits["fit"])}
    strokes = [_STROKES[name] for name in present]
    widths, dashes = (
        alt.Scale(domain=list(present), range=list(part)) for part in zip(*strokes, strict=True)
    )
    return (
        alt.Chart(fits)
        .mark_line()
        .encode(
            x=alt.X("alignment:Q"),
            y=alt.Y("fitted:Q"),
            detail="side:N",
            color=marks.colour("fit", present, symbolType="stroke", symbolSize=400),
            strokeWidth=alt.StrokeWidth("fit:N", scale=widths, legend=None),
            strokeDash=alt.StrokeDash("fit:N", scale=dashes),
        )
    )


def two_lines(rows: pd.DataFrame) -> pd.DataFrame:
    """Both lines of the two-lines test: the slopes tested, each through the mean of its side.

    Rows of `POINTS`; without a break there are no lines. With nothing held fixed these are the
    lines of the test; with a covariate their height is that of the points as they are drawn.
    """
    one = rows.iloc[0]
    sides = {"low": np.less_equal, "high": np.greater_equal}
    z = (rows["alignment"] - one["alignment_mean"]) / one["alignment_sd"]
    at = (one["breakpoint"] - one["alignment_mean"]) / one["alignment_sd"]
    frames = []
    for side, belongs in sides.items():
        there = belongs(z.round(9), round(at, 9))  # a unit at the break belongs to both
        if not there.any():
            continue
        ends = np.array([z[there].min(), at] if side == "low" else [at, z[there].max()])
        fitted = rows.loc[there, "property"].mean()
        fitted += one[f"slope_{side}"] * (ends - z[there].mean())
        alignment = one["alignment_mean"] + one["alignment_sd"] * ends
        frame = {"alignment": alignment, "fitted": fitted, "fit": "two lines", "side": side}
        frames.append(pd.DataFrame(frame))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


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
    shades = dict(zip(CORRELATIONS.values(), (BLUE, VERMILION), strict=True))
    by_method = {name: c for name, c in shades.items() if name in set(known["correlation"])}
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
        size=(420, alt.Step(8 + 9 * known["method"].nunique(), **{"for": "position"})),
        description=f"Correlations of an alignment with {n_known} properties; {n_all - n_known} "
        "more have none.",
    )


def verdict_counts(rows: pd.DataFrame) -> alt.LayerChart:
    """How many claims of a U each test bears out, with nothing and with top-1 held fixed.

    Rows of ``rpt_u_shape_verdicts``; those without an estimate are not counted.
    """
    known = rows[rows["state"] == "estimated"]
    colours = {w: c for w, c in _VERDICT_COLOURS.items() if c != GREY} | {_OPEN: GREY}
    long = known.melt(id_vars="covariate", value_vars=list(TESTS), var_name="test")
    found = long["value"].map(VERDICTS)
    long["found"] = found.where(found.isin(list(colours)), _OPEN)
    counted = long.groupby(["test", "covariate", "found"]).size().rename("n").reset_index()
    held = (counted["covariate"] != "none").map({True: ", top-1 held fixed", False: ""})
    counted["label"] = counted["test"].map(TESTS) + held
    counted["place"] = counted["found"].map({name: i for i, name in enumerate(colours)})
    labels = [t + end for t in TESTS.values() for end in ("", ", top-1 held fixed")]
    base = alt.Chart(counted).encode(
        y=alt.Y("label:N", sort=labels, axis=marks.names_beside(ticks=False, domain=False)),
        x=alt.X("n:Q", axis=marks.plain_axis("Claims", tickMinStep=1)),
        order="place:Q",
        tooltip=[
            alt.Tooltip("label:N", title="By"),
            alt.Tooltip("found:N", title="Found"),
            alt.Tooltip("n:Q", title="Claims"),
        ],
    )
    return marks.drawn(
        base.mark_bar(height=14).encode(color=marks.colour("found", colours)),
        size=(420, alt.Step(22)),
        description=f"Number of claims of a U, of {known['claim_id'].nunique()}, by what each of "
        f"{len(TESTS)} tests finds, with nothing and with ImageNet top-1 held fixed.",
    )


def verdict_tiles(rows: pd.DataFrame) -> alt.LayerChart:
    """Claims of a U by test: one tile per verdict.

    Rows of ``rpt_u_shape_verdicts``; those without an estimate have no tiles.
    """
    held = {"none": "", "imagenet_top1": ", top-1 held fixed"}
    known = rows[rows["state"] == "estimated"]
    ordered = known.sort_values(["position", "covariate"], ascending=[True, False])
    n = " (" + ordered["n_units"].astype(str) + ")"
    said = ordered["claim"] + ordered["covariate"].map(held) + n
    ordered = ordered.assign(label=marks.wrapped(said, 42))
    tiles = ordered.melt(id_vars="label", value_vars=list(TESTS), var_name="test")
    heads = marks.wrapped(pd.Series(TESTS), 12)
    tiles = tiles.assign(test=tiles["test"].map(heads), found=tiles["value"].map(VERDICTS))
    x = marks.names_on_top(heads)
    y = marks.names_beside(400, labelExpr=marks.LINES, ticks=False, domain=False)
    gap = alt.Scale(paddingInner=0.06)
    base = alt.Chart(tiles).encode(
        x=alt.X("test:N", sort=heads.tolist(), axis=x, scale=gap),
        y=alt.Y("label:N", sort=ordered["label"].tolist(), axis=y, scale=gap),
        tooltip=[
            alt.Tooltip("label:N", title="Claim"),
            alt.Tooltip("test:N", title="By"),
            alt.Tooltip("found:N", title="Found"),
        ],
    )
    return marks.drawn(
        *marks.tiles(base, "found", _VERDICT_COLOURS),
        size=(420, alt.Step(32)),
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
