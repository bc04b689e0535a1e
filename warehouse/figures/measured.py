"""Our own measurements: alignment, probes, and the theory of triplets."""

import altair as alt
import pandas as pd

from warehouse.figures import marks
from warehouse.figures.fields import axis, tooltips
from warehouse.figures.theme import BLUE, GREEN, GREY, HUMAN, PINK, VERMILION


def alignment_dots(rows: pd.DataFrame, ceiling: pd.DataFrame) -> alt.LayerChart:
    """Alignment of each model with its interval, untrained networks by architecture, the ceiling.

    Rows of ``fct_alignment`` of one stimulus set, target and metric, with ``model_name``; untrained
    networks of one architecture share a line. The ceiling is the row of ``fct_alignment_ceilings``
    that holds for them, or none.
    """
    keys = rows["source_model_key"]
    untrained = keys.str.replace(r"^random:(.*):.*", r"untrained \1", regex=True)
    names = rows["model_name"].where(~rows["is_control"].astype(bool), untrained)
    here = rows["snapshot_id"].map(lambda snapshot: " (measured here)" * (snapshot == "own"))
    rows = rows.assign(shown_as=names + here)
    order = rows.sort_values(["is_control", "estimate"], ascending=[True, False])["shown_as"]
    columns = ["estimate", "ci_low", "ci_high", "ci_low_people", "ci_high_people"]
    columns += ["n_compared"]
    points = alt.Chart(marks.kinds_of_network(rows)).encode(
        y=alt.Y(
            "shown_as:N", sort=list(dict.fromkeys(order)), axis=alt.Axis(title=None, labelLimit=240)
        ),
        color=marks.colour("kind", marks.TRAINED),
        tooltip=tooltips("fct_alignment", ("shown_as:N", "Network"), *columns),
    )
    along = axis("fct_alignment", "estimate")
    low, estimate = alt.X("ci_low:Q", axis=along), alt.X("estimate:Q", axis=along)
    layers = [
        marks.spans(points.transform_filter("!datum.is_control"), low, "ci_high:Q"),
        points.mark_point(filled=True, size=70, opacity=0.85).encode(x=estimate),
    ]
    described = ""
    if not ceiling.empty:
        columns = ["method", "estimate", "split_low", "split_high", "n_people"]
        tooltip = tooltips("fct_alignment_ceilings", *columns)
        band = alt.Chart(ceiling).encode(tooltip=tooltip)
        layers = [
            band.mark_rect(color=HUMAN, opacity=0.15).encode(
                x=alt.X("split_low:Q", axis=along), x2="split_high:Q"
            ),
            band.mark_rule(color=HUMAN, strokeDash=[5, 4], strokeWidth=2).encode(x=estimate),
            band.mark_text(text="Ceiling", color=HUMAN, align="right", dx=-6, dy=-8).encode(
                x=estimate, y=alt.value(0)
            ),
            *layers,
        ]
        described = f" Ceiling: {ceiling.iloc[0]['estimate']:.2f}."
    return marks.drawn(
        *layers,
        size=(460, alt.Step(22)),
        description=f"Alignment of {len(rows)} models, {marks.reach(rows['estimate'])}, with "
        f"intervals over images.{described}",
    )


def distance_name(row: pd.Series) -> str:
    """A way to compare features, in words."""
    name = {"inner": "inner product"}.get(row["distance"], row["distance"])
    return f"{name}, centred" if row["is_centred"] else name


def distance_ranges(rows: pd.DataFrame) -> alt.LayerChart:
    """Alignment by the distance between features: mean over networks, least and most aligned.

    Rows of ``rpt_alignment_distances`` of one stimulus set, target and metric.
    """
    mart = "rpt_alignment_distances"
    rows = rows.assign(shown_as=[distance_name(row) for _, row in rows.iterrows()])
    along = axis(mart, "estimate")
    base = alt.Chart(rows).encode(
        y=alt.Y("shown_as:N", sort=rows["shown_as"].tolist(), axis=marks.names_beside()),
        tooltip=tooltips(
            mart, ("shown_as:N", "Distance"), "estimate, min_estimate, max_estimate, n_models"
        ),
        color=alt.value(BLUE),
    )
    return marks.drawn(
        marks.spans(base, alt.X("min_estimate:Q", axis=along), "max_estimate:Q"),
        marks.dots(base, x=alt.X("estimate:Q", axis=along)),
        size=(460, alt.Step(26)),
        description=f"Alignment by {len(rows)} ways to compare features: points are means over "
        "networks, lines go from the least to the most aligned.",
    )


def similarity_heatmap(rows: pd.DataFrame) -> alt.LayerChart:
    """How alike the features of every two networks are.

    Rows of ``fct_model_similarity`` of one stimulus set, layer and metric, with ``name_a`` and
    ``name_b``, each pair once.
    """
    swapped = rows.rename(columns={"name_a": "name_b", "name_b": "name_a"})
    both = pd.concat([rows, swapped])[["name_a", "name_b", "estimate", "n_stimuli"]]
    # those that are like most others come first
    order = both.groupby("name_a")["estimate"].mean().sort_values(ascending=False).index.tolist()
    names = {"sort": order, "axis": alt.Axis(title=None, labelLimit=220, labelOverlap=False)}
    tiles = alt.Chart(both).mark_rect(color=BLUE).encode(
        x=alt.X("name_a:N", **names | {"axis": alt.Axis(title=None, labels=False, ticks=False)}),
        y=alt.Y("name_b:N", **names),
        # by opacity: what is unlike is the paper, light or dark
        opacity=alt.Opacity(
            "estimate:Q",
            scale=alt.Scale(domain=[0, 1], range=[0.08, 1], clamp=True),
            legend=marks.legend("Similarity"),
        ),
        tooltip=tooltips(
            "fct_model_similarity",
            ("name_a:N", "Network"),
            ("name_b:N", "and network"),
            "estimate, n_stimuli",
        ),
    )  # fmt: skip
    return marks.drawn(
        tiles,
        size=(520, alt.Step(20)),
        description=f"Heat map of the similarity of {len(order)} networks, "
        f"{marks.reach(rows['estimate'])}.",
    )


def probe_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """Accuracy of a probe against the number of examples per class, one line per model.

    Rows of ``fct_probe_results`` of one dataset and head.
    """
    key = ["snapshot_id", "source_model_key", "is_control", "n_shots"]
    lines = rows.groupby(key, as_index=False)["accuracy"].agg(["mean", "min", "max", "count"])
    shots = sorted(rows["n_shots"].unique())
    base = alt.Chart(marks.kinds_of_network(lines.reset_index())).encode(
        x=alt.X("n_shots:O", sort=shots, axis=axis("fct_probe_results", "n_shots", labelAngle=0)),
        detail=["source_model_key:N", "snapshot_id:N"],
        color=marks.colour("kind", marks.TRAINED),
        tooltip=tooltips(
            "fct_probe_results",
            "source_model_key, n_shots",
            ("mean:Q", "Accuracy, mean", ".1%"),
            ("min:Q", "lowest", ".1%"),
            ("max:Q", "highest", ".1%"),
            ("count:Q", "Seeds"),
        ),
    )
    up = axis("fct_probe_results", "accuracy")
    return marks.drawn(
        base.mark_area(opacity=0.08).encode(y=alt.Y("min:Q", axis=up), y2="max:Q"),
        base.mark_line(point=True, opacity=0.8).encode(y=alt.Y("mean:Q", axis=up)),
        size=(480, 320),
        description=f"Accuracy of {lines['source_model_key'].nunique()} models after {shots[0]} "
        f"to {shots[-1]} examples per class.",
    )


_MISALIGNMENT = {
    "scale": alt.Scale(domain=[0, 1]),
    "axis": marks.plain_axis("Misalignment ε: triplets that are flipped", format="%"),
}


def capacity_curve(rows: pd.DataFrame, models: pd.DataFrame) -> alt.LayerChart:
    """Bits that a triplet carries at each misalignment, and where models lie.

    Rows of ``rpt_triplets_needed``, and of ``rpt_alignment_capacities`` of one stimulus set,
    target, layer and distance.
    """
    mart = "rpt_alignment_capacities"
    curve = rows.drop_duplicates("misalignment")[["misalignment", "capacity"]]
    x = alt.X("misalignment:Q", **_MISALIGNMENT)
    y = alt.Y("capacity:Q", axis=axis(mart, "capacity"))
    shown = marks.kinds_of_network(models).assign(
        misalignment_low=1 - models["ci_high"], misalignment_high=1 - models["ci_low"]
    )
    people = models[["ceiling_split_half", "capacity_people"]].dropna().drop_duplicates()
    people = people.assign(misalignment=1 - people["ceiling_split_half"], kind="people")
    people = people.rename(columns={"capacity_people": "capacity"})
    kind = marks.colour("kind", {"people": HUMAN, **marks.TRAINED}, "Against people")
    base = alt.Chart(shown).encode(
        y=y,
        color=kind,
        tooltip=tooltips(
            mart,
            "source_model_key, misalignment",
            ("misalignment_low:Q", "95 % from", ".3f"),
            ("misalignment_high:Q", "to", ".3f"),
            "capacity",
        ),
    )
    layers = [
        alt.Chart(curve).mark_line(color=GREY).encode(x=x, y=y),
        base.mark_rule(opacity=0.4).encode(
            x=alt.X("misalignment_low:Q", **_MISALIGNMENT), x2="misalignment_high:Q"
        ),
        base.mark_circle(size=60, opacity=0.9).encode(x=x),
    ]
    if not people.empty:
        mark = alt.Chart(people).mark_point(shape="diamond", filled=True, size=120, opacity=1)
        tooltip = tooltips(mart, "misalignment, capacity")
        layers.append(mark.encode(x=x, y=y, color=kind, tooltip=tooltip))
    return marks.drawn(
        *layers,
        size=(560, 300),
        description="Capacity of a triplet against misalignment, from 1 bit at 0 and 1 to "
        f"nothing at one half, with {len(models)} models.",
    )


def triplet_lines(rows: pd.DataFrame) -> alt.LayerChart:
    """Fewest triplets that place a new object, one line per number of dimensions.

    Rows of ``rpt_triplets_needed`` of one number of objects.
    """
    dims = [str(n) for n in sorted(rows["n_dims"].unique())]
    # from one half on the axis would be endless: lines stop where a triplet carries next to nothing
    known = rows[rows["triplets_needed"].notna() & (rows["capacity"] > 1e-3)]
    known = known.assign(side=(known["misalignment"] > 0.5).astype(str))
    up = axis("rpt_triplets_needed", "triplets_needed", format="~s")
    lines = alt.Chart(known.astype({"n_dims": str})).mark_line(strokeWidth=2)
    return marks.drawn(
        lines.encode(
            x=alt.X("misalignment:Q", **_MISALIGNMENT),
            y=alt.Y("triplets_needed:Q", scale=alt.Scale(type="log"), axis=up),
            detail="side:N",
            color=marks.colour(
                "n_dims", marks.palette(dims, (BLUE, GREEN, VERMILION, PINK)), "Dimensions"
            ),
            tooltip=tooltips(
                "rpt_triplets_needed",
                "n_dims, misalignment, capacity, bits_needed, triplets_needed",
            ),
        ),
        size=(560, 300),
        description="Fewest triplets that place a new object among "
        f"{marks.span(rows['n_objects'])} in {', '.join(dims)} dimensions, against misalignment.",
    )
