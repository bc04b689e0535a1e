"""Charts of our own measurements, and of the theory of triplets."""

from __future__ import annotations

import altair as alt
import pandas as pd

from warehouse.figures.marks import plain_axis, span
from warehouse.figures.theme import BLUE, GREEN, HUMAN, MODEL, PINK, VERMILION, themed


def alignment_dots(rows: pd.DataFrame, ceiling: pd.DataFrame) -> alt.LayerChart:
    """Alignment of each model with its interval, untrained networks by architecture, the ceiling.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_alignment`` of one stimulus set, target and metric; ``shown_as`` names the
        line that a model stands on, which untrained networks of one architecture share.
    ceiling : DataFrame
        The row of ``fct_alignment_ceilings`` that holds for them, or none.
    """
    rows = rows.assign(kind=rows["is_control"].map({True: "untrained", False: "pretrained"}))
    order = rows.sort_values(["is_control", "estimate"], ascending=[True, False])["shown_as"]
    y = alt.Y(
        "shown_as:N", sort=list(dict.fromkeys(order)), axis=alt.Axis(title=None, labelLimit=240)
    )
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=["pretrained", "untrained"], range=[MODEL, "#888888"]),
        legend=alt.Legend(title="Model", orient="top"),
    )
    tooltip = [
        alt.Tooltip("source_model_key:N", title="Model"),
        alt.Tooltip("estimate:Q", title="Alignment", format=".3f"),
        alt.Tooltip("ci_low:Q", title="95 % over images, from", format=".3f"),
        alt.Tooltip("ci_high:Q", title="to", format=".3f"),
        alt.Tooltip("ci_low_people:Q", title="95 % over people, from", format=".3f"),
        alt.Tooltip("ci_high_people:Q", title="to", format=".3f"),
        alt.Tooltip("people_interval:N", title="Interval over people"),
        alt.Tooltip("n_compared:Q", title="Pairs or triplets", format=","),
    ]
    x = plain_axis("Alignment")
    lines = alt.Chart(rows[~rows["is_control"]]).encode(y=y, color=colour, tooltip=tooltip)
    points = alt.Chart(rows).encode(y=y, color=colour, tooltip=tooltip)
    layers = [
        lines.mark_rule(strokeWidth=2, opacity=0.6).encode(
            x=alt.X("ci_low:Q", axis=x), x2="ci_high:Q"
        ),
        points.mark_point(filled=True, size=70, opacity=0.85).encode(x=alt.X("estimate:Q", axis=x)),
    ]
    if not ceiling.empty:
        tip = [
            alt.Tooltip("method:N", title="Ceiling"),
            alt.Tooltip("estimate:Q", title="Mean of the splits", format=".3f"),
            alt.Tooltip("ci_low:Q", title="95 % of the splits, from", format=".3f"),
            alt.Tooltip("ci_high:Q", title="to", format=".3f"),
            alt.Tooltip("n_people:Q", title="People"),
        ]
        drawn = alt.Chart(ceiling).encode(tooltip=tip)
        layers = [
            drawn.mark_rect(color=HUMAN, opacity=0.15).encode(
                x=alt.X("ci_low:Q", axis=x), x2="ci_high:Q"
            ),
            drawn.mark_rule(color=HUMAN, strokeDash=[5, 4], strokeWidth=2).encode(
                x=alt.X("estimate:Q", axis=x)
            ),
            *layers,
        ]
    described = "" if ceiling.empty else f" Ceiling: {ceiling.iloc[0]['estimate']:.2f}."
    return themed(
        alt.layer(*layers).properties(
            width=460,
            height=alt.Step(22),
            description=(
                f"Alignment of {len(rows)} models, from {rows['estimate'].min():.2f} "
                f"to {rows['estimate'].max():.2f}, with intervals over images.{described}"
            ),
        )
    )


def probe_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """Accuracy of a probe against the number of examples per class, one line per model.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``fct_probe_results`` of one dataset and head.
    """
    key = ["source_model_key", "is_control", "n_shots"]
    lines = rows.groupby(key, as_index=False)["accuracy"].agg(["mean", "min", "max", "count"])
    lines = lines.reset_index()
    lines["kind"] = lines["is_control"].map({True: "untrained", False: "pretrained"})
    shots = sorted(rows["n_shots"].unique())
    base = alt.Chart(lines).encode(
        x=alt.X("n_shots:O", sort=shots, axis=alt.Axis(title="Examples per class", labelAngle=0)),
        detail="source_model_key:N",
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=["pretrained", "untrained"], range=[MODEL, "#888888"]),
            legend=alt.Legend(title="Model", orient="top"),
        ),
        tooltip=[
            alt.Tooltip("source_model_key:N", title="Model"),
            alt.Tooltip("n_shots:O", title="Examples per class"),
            alt.Tooltip("mean:Q", title="Accuracy, mean", format=".1%"),
            alt.Tooltip("min:Q", title="lowest", format=".1%"),
            alt.Tooltip("max:Q", title="highest", format=".1%"),
            alt.Tooltip("count:Q", title="Seeds"),
        ],
    )
    axis = plain_axis("Accuracy", format="%")
    band = base.mark_area(opacity=0.08).encode(y=alt.Y("min:Q", axis=axis), y2="max:Q")
    line = base.mark_line(point=True, opacity=0.8).encode(y=alt.Y("mean:Q", axis=axis))
    return themed(
        alt.layer(band, line).properties(
            width=480,
            height=320,
            description=(
                f"Accuracy of {lines['source_model_key'].nunique()} models after {shots[0]} to "
                f"{shots[-1]} examples per class."
            ),
        )
    )


def capacity_curve(rows: pd.DataFrame, models: pd.DataFrame) -> alt.LayerChart:
    """Bits that a triplet carries at each misalignment, and where models lie.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_triplets_needed``.
    models : DataFrame
        Rows of ``rpt_alignment_capacities`` of one stimulus set, target, layer and distance.
    """
    curve = rows.drop_duplicates("misalignment")[["misalignment", "capacity"]]
    axis = plain_axis("Misalignment ε: triplets that are flipped", format="%")
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("misalignment:Q", scale=scale, axis=axis)
    y = alt.Y("capacity:Q", axis=plain_axis("Bits per triplet"))
    shown = models.assign(
        kind=models["is_control"].map({True: "untrained", False: "pretrained"}),
        misalignment_low=1 - models["ci_high"],
        misalignment_high=1 - models["ci_low"],
    )
    people = models[["ceiling_split_half", "capacity_people"]].dropna().drop_duplicates()
    people = people.assign(misalignment=1 - people["ceiling_split_half"], kind="people")
    people = people.rename(columns={"capacity_people": "capacity"})
    colour = alt.Color(
        "kind:N",
        scale=alt.Scale(
            domain=["people", "pretrained", "untrained"], range=[HUMAN, MODEL, "#888888"]
        ),
        legend=alt.Legend(title="Against people", orient="top"),
    )
    tooltip = [
        alt.Tooltip("source_model_key:N", title="Model"),
        alt.Tooltip("misalignment:Q", title="Misalignment", format=".3f"),
        alt.Tooltip("misalignment_low:Q", title="95 %, from", format=".3f"),
        alt.Tooltip("misalignment_high:Q", title="to", format=".3f"),
        alt.Tooltip("capacity:Q", title="Bits per triplet", format=".4f"),
    ]
    base = alt.Chart(shown).encode(y=y, color=colour, tooltip=tooltip)
    layers = [
        alt.Chart(curve).mark_line(color="#888888").encode(x=x, y=y),
        base.mark_rule(opacity=0.4).encode(
            x=alt.X("misalignment_low:Q", axis=axis, scale=scale), x2="misalignment_high:Q"
        ),
        base.mark_circle(size=60, opacity=0.9).encode(x=x),
    ]
    if not people.empty:
        layers.append(
            alt.Chart(people)
            .mark_point(shape="diamond", filled=True, size=120, opacity=1)
            .encode(x=x, y=y, color=colour, tooltip=tooltip[1:2] + tooltip[4:])
        )
    return themed(
        alt.layer(*layers).properties(
            width=560,
            height=300,
            description=(
                f"Capacity of a triplet against misalignment, from 1 bit at 0 and 1 to nothing at "
                f"one half, with {len(models)} models."
            ),
        )
    )


def triplet_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """Fewest triplets that place a new object, one line per number of dimensions.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``rpt_triplets_needed`` of one number of objects.
    """
    dims = sorted(rows["n_dims"].unique())
    # from one half on the axis would be endless: lines stop where a triplet carries next to nothing
    drawn = rows[rows["triplets_needed"].notna() & (rows["capacity"] > 1e-3)]
    drawn = drawn.assign(side=(drawn["misalignment"] > 0.5).astype(str))
    lines = (
        alt.Chart(drawn)
        .mark_line(strokeWidth=2)
        .encode(
            x=alt.X(
                "misalignment:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=plain_axis("Misalignment ε: triplets that are flipped", format="%"),
            ),
            y=alt.Y(
                "triplets_needed:Q",
                scale=alt.Scale(type="log"),
                axis=plain_axis("Triplets needed, at least", format="~s"),
            ),
            detail="side:N",
            color=alt.Color(
                "n_dims:O",
                scale=alt.Scale(domain=dims, range=[BLUE, GREEN, VERMILION, PINK]),
                legend=alt.Legend(title="Dimensions", orient="top"),
            ),
            tooltip=[
                alt.Tooltip("n_dims:O", title="Dimensions"),
                alt.Tooltip("misalignment:Q", title="Misalignment", format=".2f"),
                alt.Tooltip("capacity:Q", title="Bits per triplet", format=".4f"),
                alt.Tooltip("bits_needed:Q", title="Bits needed", format=",.1f"),
                alt.Tooltip("triplets_needed:Q", title="Triplets, at least", format=",.0f"),
            ],
        )
    )
    return themed(
        alt.layer(lines).properties(
            width=560,
            height=300,
            description=(
                f"Fewest triplets that place a new object among {span(rows['n_objects'])} in "
                f"{', '.join(map(str, dims))} dimensions, against misalignment."
            ),
        )
    )
