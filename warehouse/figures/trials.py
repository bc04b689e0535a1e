"""Trials of people and models: error consistency, shape bias, accuracy, images, confusions."""

from collections.abc import Sequence

import altair as alt
import pandas as pd

from warehouse.fields import Field
from warehouse.figures import marks
from warehouse.figures.fields import axis, tooltips
from warehouse.figures.record import DATASET, Column, Figure, all_of, highest_first
from warehouse.figures.theme import BLUE, GREEN, GREY, HUMAN, MODEL, PINK

CONSISTENCY = """\
select
    models.*,
    people.error_consistency as people_error_consistency,
    people.error_consistency_ci_low as people_error_consistency_ci_low,
    people.error_consistency_ci_high as people_error_consistency_ci_high,
    people.error_consistency_min as people_error_consistency_min,
    people.error_consistency_max as people_error_consistency_max,
    people.n_subjects as n_people
from marts.fct_dataset_behaviours as models
left join marts.rpt_human_ceilings as people on models.dataset_id = people.dataset_id
where models.dataset_id = $dataset_id
order by models.source_id, models.observer_id"""

SHAPE_BIAS = all_of("fct_shape_bias", "source_id, observer_id, category", key="dataset_id")

ACCURACY = """\
select *
from marts.fct_ood_accuracy
where dataset_id = $dataset_id and condition <> 'all'
order by source_id, observer_id, position"""

GAPS = """\
select
    models.*,
    datasets.title,
    datasets.position,
    people.ood_accuracy as people_ood_accuracy,
    people.ood_accuracy_min as people_ood_accuracy_min,
    people.ood_accuracy_max as people_ood_accuracy_max,
    people.n_subjects as n_people
from marts.fct_dataset_behaviours as models
inner join marts.dim_trial_datasets as datasets on models.dataset_id = datasets.dataset_id
inner join marts.rpt_human_ceilings as people on models.dataset_id = people.dataset_id
inner join marts.fct_behaviour_summary as whole
    on models.source_id = whole.source_id and models.observer_id = whole.observer_id
where datasets.is_toolbox and (whole.is_comparable or whole.is_private)
order by datasets.position, models.source_id, models.observer_id"""

SPLITS = """\
select splits.*, datasets.title
from marts.rpt_image_splits as splits
inner join marts.dim_trial_datasets as datasets on splits.dataset_id = datasets.dataset_id
where splits.condition = 'all'
order by datasets.position"""

AGES = """\
select *
from marts.rpt_age_groups
where dataset_id = $dataset_id and condition = 'all' and group_kind <> 'models'
    and (other_group is null or other_group = 'adults')
order by measure, age_from nulls last, group_name"""

AGE_MEASURES = {
    "accuracy": "Accuracy",
    "error_consistency": "κ with adults",
    "shape_bias": "Shape bias",
}
"""What is shown of age groups, in this order."""

HOLLOW = (
    "Hollow: more than half of the single κ under the point are near ceiling, where fewer than "
    "five images are expected to be missed by both."
)
"""What the open points of `consistency_scatter` mean."""

YOURS = "yours"
"""What private observers are called: drawn beside the others, counted in no average."""

LIKE = {"comparable": MODEL, YOURS: PINK, "left out": GREY}
"""Networks whose numbers may stand beside those of the others, and those that may not."""

SHAPES = {"comparable": "circle", YOURS: "diamond", "left out": "cross"}
"""By shape too, so that colour is not needed."""

SPLIT = {
    "people_right": "People right, networks wrong",
    "models_right": "Networks right, people wrong",
}
"""What splits an image, in words; other images have none."""

EXPECTED = "Expected from the gap"
"""What would be split if people and networks differed in accuracy alone."""

MOST_SPLIT = 45
"""Images of the table of those that split people from models."""


def people_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Where people lie among themselves: one row, from the rows of `CONSISTENCY`."""
    names = {c: c.removeprefix("people_") for c in rows if c.startswith("people_")}
    one = rows.head(1)[[*names, "n_people"]]
    return one.rename(columns={**names, "n_people": "n_subjects"})


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of people, and of networks whose numbers may stand beside those of the others."""
    return rows[rows["is_comparable"].astype(bool)]


def drawn(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of people, of comparable networks, and of the reader's own observers.

    Of a mean over datasets, of those of one's own that have them all.
    """
    own = rows["is_private"].astype(bool)
    if "is_partial" in rows:
        own &= ~rows["is_partial"].astype(bool)
    return rows[rows["is_comparable"].astype(bool) | own]


def left_out(rows: pd.DataFrame) -> tuple[int, pd.Series]:
    """Networks that are comparable, and how many are not, by the reason; none of one's own."""
    rows = rows[~rows["is_private"].astype(bool)]
    networks = rows[~rows["is_human"].astype(bool)] if "is_human" in rows else rows
    networks = networks.drop_duplicates(["source_id", "observer_id"])
    unlike = networks.loc[~networks["is_comparable"].astype(bool), "left_out_because"]
    reasons = unlike.str.replace("same answers as .*", "same answers as another", regex=True)
    return len(networks) - len(unlike), reasons.value_counts()


def n_observers(rows: pd.DataFrame) -> int:
    """Observers, of whom sources may give two the same name."""
    return len(rows[["source_id", "observer_id"]].drop_duplicates())


def consistency_scatter(
    models: pd.DataFrame, people: pd.DataFrame, *, labelled: Sequence[str] = ()
) -> alt.LayerChart:
    """Error consistency with people against accuracy, with the band of people among themselves.

    Rows of ``fct_dataset_behaviours`` of one dataset or of ``fct_behaviour_summary``, and the row
    of ``rpt_human_ceilings`` of the same dataset, or none. The names of ``labelled`` observers
    stand beside their points, and those of private ones; networks that are not comparable are grey
    crosses.
    """
    known = models.dropna(subset=["ood_accuracy", "error_consistency"])
    is_private = known["is_private"].astype(bool)
    known = known.assign(
        like=known["is_comparable"]
        .map({True: "comparable", False: "left out"})
        .mask(is_private, YOURS)
    )
    mart = "fct_behaviour_summary" if "n_datasets" in known else "fct_dataset_behaviours"
    x = alt.X("ood_accuracy:Q", scale=marks.LOOSE, axis=axis(mart, "ood_accuracy"))
    kappa = {"scale": marks.LOOSE, "axis": marks.plain_axis("Error consistency with people (κ)")}
    y = alt.Y("error_consistency:Q", **kappa)
    columns = ["observer_name", "left_out_because", "error_consistency"]
    columns += ["error_consistency_ci_low", "error_consistency_ci_high", "observed_consistency"]
    columns += ["ood_accuracy", "accuracy_difference", "share_near_ceiling"]
    columns += [c for c in ("n_trials", "n_subjects", "n_datasets") if c in known]
    base = alt.Chart(known).encode(x=x, y=y, tooltip=tooltips(mart, *columns))
    band = people.dropna(subset=["error_consistency"])
    layers: list[alt.Chart] = []
    if not band.empty:
        limits = ["error_consistency_min", "error_consistency_max"]
        ci = ["error_consistency_ci_low", "error_consistency_ci_high"]
        said = tooltips("rpt_human_ceilings", "error_consistency", *ci, *limits, "n_subjects")
        of_people = alt.Chart(band).encode(tooltip=said)
        low = alt.Y(f"{limits[0]}:Q", **kappa)
        layers = [
            of_people.mark_rect(color=HUMAN, opacity=0.15).encode(y=low, y2=f"{limits[1]}:Q"),
            of_people.mark_rule(color=HUMAN, strokeDash=[5, 4], strokeWidth=2).encode(y=y),
            of_people.mark_text(
                text="People among themselves", color=HUMAN, align="left", dx=6, dy=-8
            ).encode(x=alt.value(0), y=y),
        ]
    found = [name for name in LIKE if name in set(known["like"])]
    like = marks.colour("like", {name: LIKE[name] for name in found})
    if found == ["comparable"]:  # what is alone needs no name
        like = like.legend(None)
    low = alt.Y("error_consistency_ci_low:Q", **kappa)
    interval = base.mark_rule(opacity=0.35, aria=False)
    layers.append(interval.encode(y=low, y2="error_consistency_ci_high", color=like))
    shapes = alt.Scale(domain=found, range=[SHAPES[name] for name in found])
    looks = {"color": like, "shape": alt.Shape("like:N", scale=shapes, legend=None)}
    is_hollow = alt.datum.share_near_ceiling > 0.5
    for points, is_filled in ((~is_hollow, True), (is_hollow, False)):
        mark = base.transform_filter(points).mark_point(size=70, filled=is_filled, opacity=0.8)
        layers.append(mark.encode(**looks))
    told = known.index[known["observer_name"].isin(labelled) | is_private]
    size = (520, 380)
    where = ("ood_accuracy", "error_consistency")
    layers += marks.named(base, known, "observer_name", told, where, size)
    return marks.drawn(
        *layers,
        size=size,
        description=f"Scatter plot of {len(known)} networks, error consistency with people against "
        "accuracy with 95 % intervals; the band is where people lie among themselves. " + HOLLOW,
    )


def shape_bias_lines(rows: pd.DataFrame, *, followed: Sequence[str] = ()) -> alt.LayerChart:
    """Shape bias by category: people, and every model, with the mean of each as a line.

    Rows of ``fct_shape_bias`` with a category; networks in ``followed`` have a line of their own.
    Private observers are a group by themselves.
    """
    rows = rows.dropna(subset=["category", "shape_bias"]).copy()
    who = rows["is_human"].map({True: "people", False: "networks"})
    rows["who"] = who.mask(rows["is_private"].astype(bool), YOURS)
    people, models = (rows[rows["who"] == kind] for kind in ("people", "networks"))
    by_people = people.groupby("category")["shape_bias"].mean()
    order = by_people.sort_values(ascending=False).index.tolist()
    order += sorted(set(rows["category"]) - set(order))
    tooltip = tooltips("fct_shape_bias", "observer_name, category, shape_bias, ci_low, ci_high, n")
    looks = {"people": HUMAN, "networks": MODEL}
    who = marks.colour("who", looks | ({YOURS: PINK} if YOURS in set(rows["who"]) else {}))
    along = marks.plain_axis("Decides by texture (0) … by shape (1)")
    base = alt.Chart(rows).encode(
        x=alt.X("shape_bias:Q", scale=alt.Scale(domain=[0, 1]), axis=along),
        y=alt.Y("category:N", sort=order, axis=alt.Axis(title=None, labelOverlap=False)),
        color=who,
    )
    means = alt.Chart(rows.groupby("who", as_index=False)["shape_bias"].mean())
    layers = [
        base.mark_circle(size=34, opacity=0.35).encode(tooltip=tooltip),
        base.mark_tick(thickness=3, size=18, opacity=1).encode(x=alt.X("mean(shape_bias):Q")),
        means.mark_rule(strokeDash=[5, 4], strokeWidth=2).encode(
            x=alt.X("shape_bias:Q"), color=who
        ),
    ]
    if followed:
        line = marks.only(base, "observer_name", followed).mark_line(point=True, strokeWidth=2)
        layers.append(line.encode(detail="observer_name:N", order="category:N", tooltip=tooltip))
    return marks.drawn(
        *layers,
        size=(480, alt.Step(24)),
        description=f"Shape bias of {people['observer_id'].nunique()} people and "
        f"{n_observers(models)} networks in {len(order)} categories; ticks are means by category, "
        "dashed lines means over all.",
    )


def age_points(rows: pd.DataFrame) -> alt.FacetChart:
    """What age groups do, a panel per measure; networks stand beside them, one point each.

    Rows of ``rpt_age_groups`` of one dataset, condition ``all``, adults as the other group.
    """
    networks = rows["group_kind"] == "model"
    people = rows.loc[~networks].sort_values("age_from")["group_name"].unique().tolist()
    rows = rows.assign(
        group=rows["group_name"].mask(networks, "networks"),
        who=networks.map({False: "people", True: "networks"}),
        panel=rows["measure"].map(AGE_MEASURES),
    )
    x = alt.X("group:N", sort=[*people, "networks"], axis=alt.Axis(title=None, labelAngle=-90))
    up = {"scale": alt.Scale(zero=True, padding=6), "axis": marks.plain_axis(None)}
    base = alt.Chart().encode(
        x=x,
        color=marks.colour("who", {"people": HUMAN, "networks": MODEL}),
        tooltip=tooltips("rpt_age_groups", "group_name, estimate, ci_low, ci_high, n_people, n"),
    )
    interval = base.mark_rule(aria=False, strokeWidth=2)
    chart = alt.layer(
        interval.encode(y=alt.Y("ci_low:Q", **up), y2="ci_high:Q"),
        base.mark_circle(size=70, opacity=0.9).encode(y=alt.Y("estimate:Q", **up)),
        data=rows,
    ).properties(width=270, height=260)
    shown = [AGE_MEASURES[m] for m in AGE_MEASURES if m in set(rows["measure"])]
    head = alt.Header(title=None, labelFontSize=12)
    faceted = chart.facet(column=alt.Facet("panel:N", sort=shown, header=head))
    return faceted.resolve_scale(y="independent").properties(
        description=f"{', '.join(shown)} of {len(people)} age groups with 95 % intervals "
        f"over people, and of {rows.loc[networks, 'group_name'].nunique()} networks."
    )


def accuracy_lines(rows: pd.DataFrame, *, shown: Sequence[str] = ()) -> alt.LayerChart:
    """Accuracy against the strength of a distortion: people as mean and range, models as lines.

    Rows of ``fct_ood_accuracy`` of one dataset, single conditions; models ``shown`` and private
    observers are drawn in colour, the others in grey.
    """
    rows = rows.dropna(subset=["position"])
    order = rows.sort_values("position")["condition"].drop_duplicates().tolist()
    left_out = sorted(rows.loc[rows["is_excluded"], "condition"].unique(), key=order.index)
    is_private = rows["is_private"].astype(bool)
    is_public_person = rows["is_human"] & ~is_private
    models, by_people = rows[~is_public_person].copy(), rows[is_public_person]
    name = models["observer_name"].mask(is_private, models["observer_name"] + f" ({YOURS})")
    shown = [*shown, *name[is_private].unique()]
    others = "other networks" if len(shown) else "networks"
    models["line"] = name.where(name.isin(shown), others)
    looks = {"people": HUMAN, others: GREY}
    looks |= marks.palette(shown, (BLUE, GREEN, PINK, "#56b4e9"))
    colour = marks.colour("line", looks)
    people = by_people.groupby("condition", as_index=False)["accuracy"]
    people = people.agg(["mean", "min", "max", "count"]).reset_index()
    along = alt.Axis(title="Condition, weak to strong", labelAngle=0, labelOverlap=False)
    x = alt.X("condition:N", sort=order, scale=alt.Scale(domain=order), axis=along)
    up = axis("fct_ood_accuracy", "accuracy")
    lines = alt.Chart(models).encode(
        x=x,
        y=alt.Y("accuracy:Q", scale=alt.Scale(domain=[0, 1]), axis=up),
        detail=["source_id:N", "observer_id:N"],
        tooltip=tooltips(
            "fct_ood_accuracy", "observer_name, condition, accuracy, ci_low, ci_high, n_trials"
        ),
    )
    is_shown = alt.FieldOneOfPredicate(field="line", oneOf=list(shown))
    grey = lines.transform_filter(~is_shown)
    layers = [grey.mark_line(opacity=0.35, strokeWidth=1).encode(color=colour)]
    if len(people):
        about = tooltips(
            "fct_ood_accuracy",
            "condition",
            ("mean:Q", "People, mean", ".1%"),
            ("min:Q", "lowest", ".1%"),
            ("max:Q", "highest", ".1%"),
            ("count:Q", "People"),
        )
        base = alt.Chart(people.assign(line="people")).encode(x=x, tooltip=about, color=colour)
        band = base.mark_area(opacity=0.18)
        line = base.mark_line(strokeWidth=3, point=True)
        layers += [
            band.encode(y=alt.Y("min:Q", axis=up), y2="max:Q"),
            line.encode(y=alt.Y("mean:Q", axis=up)),
        ]
    if len(shown):
        coloured = lines.transform_filter(is_shown).encode(color=colour)
        layers.append(coloured.mark_line(strokeWidth=2, point=True))
    return marks.drawn(
        *layers,
        size=(560, 340),
        description=(
            f"Accuracy of {by_people['observer_id'].nunique()} people (band: lowest to highest) "
            f"and {n_observers(models)} networks in {len(order)} conditions"
            + (f"; averages leave out {', '.join(left_out)}." if left_out else ".")
        ),
    )


def accuracy_gaps(rows: pd.DataFrame) -> alt.LayerChart:
    """Accuracy on every dataset: people from the lowest to the highest, and every network.

    Rows of `GAPS`.
    """
    order = rows.sort_values("position")["title"].drop_duplicates().tolist()
    scale, mart = alt.Scale(domain=[0, 1]), "fct_dataset_behaviours"
    along = axis(mart, "ood_accuracy")
    y = alt.Y("title:N", sort=order, axis=marks.names_beside())
    of_people = alt.Chart(rows.drop_duplicates("title")).encode(
        y=y,
        tooltip=tooltips(
            "rpt_human_ceilings",
            ("people_ood_accuracy:Q", "People, mean", ".1%"),
            ("people_ood_accuracy_min:Q", "lowest", ".1%"),
            ("people_ood_accuracy_max:Q", "highest", ".1%"),
            ("n_people:Q", "People"),
        ),
    )
    who = {"people": HUMAN, "networks": MODEL}
    mean, low, accuracy = (
        alt.X(f"{column}:Q", scale=scale, axis=along)
        for column in ("people_ood_accuracy", "people_ood_accuracy_min", "ood_accuracy")
    )
    who |= {YOURS: PINK} if rows["is_private"].any() else {}
    networks = alt.Chart(rows).mark_circle().encode(
        size=alt.condition("datum.is_private", alt.value(110), alt.value(36)),
        opacity=alt.condition("datum.is_private", alt.value(1), alt.value(0.5)),
        x=accuracy,
        y=y,
        color=marks.colour("who", who),
        tooltip=tooltips(
            mart, "observer_name, ood_accuracy, ood_accuracy_ci_low, ood_accuracy_ci_high"
        ),
    )  # fmt: skip
    return marks.drawn(
        of_people.mark_bar(color=HUMAN, opacity=0.3, size=14).encode(
            x=low, x2="people_ood_accuracy_max:Q"
        ),
        networks.transform_calculate(who=f"datum.is_private ? '{YOURS}' : 'networks'"),
        of_people.mark_tick(color=HUMAN, thickness=3, size=18).encode(x=mean),
        size=(520, alt.Step(24)),
        description=f"Accuracy of {n_observers(rows)} networks as points on {len(order)} datasets; "
        "bars go from the lowest to the highest person, ticks are the means of people.",
    )


def split_bars(rows: pd.DataFrame) -> alt.LayerChart:
    """Share of the images of each dataset that split people and networks, and as expected.

    Rows of `SPLITS`.
    """
    order = rows["title"].tolist()
    sides = {"people_right": 1, "models_right": -1}
    parts = [
        rows.assign(
            side=SPLIT[side],
            n_split=rows[f"n_{side}"],
            n_expected=rows[f"expected_{side}_by_gap"],
            share=sign * rows[f"n_{side}"] / rows["n_images"],
            expected=sign * rows[f"expected_{side}_by_gap"] / rows["n_images"],
        )
        for side, sign in sides.items()
    ]
    along = marks.plain_axis(
        "Share of images",
        labelExpr="format(abs(datum.value), '.0%')",
    )
    base = alt.Chart(pd.concat(parts)).encode(
        y=alt.Y("title:N", sort=order, axis=marks.names_beside()),
        tooltip=tooltips(
            "rpt_image_splits",
            ("title:N", "Dataset"),
            ("side:N", "Split"),
            ("n_split:Q", "Images split"),
            ("n_expected:Q", "expected from the gap", ".1f"),
            "n_images, n_subjects_min, n_subjects_max, n_models_min, n_models_max",
        ),
    )
    looks = dict(zip([*SPLIT.values(), EXPECTED], (HUMAN, MODEL, GREY), strict=True))
    split = marks.colour("side", looks)
    x = {"axis": along}
    return marks.drawn(
        base.mark_bar(opacity=0.85).encode(x=alt.X("share:Q", **x), color=split),
        base.mark_tick(thickness=4, size=20, opacity=1).encode(
            x=alt.X("expected:Q", **x), color=alt.datum(EXPECTED)
        ),
        marks.line_at("x"),
        size=(520, alt.Step(20)),
        description=f"Bars of the share of images of {len(order)} datasets that split people and "
        "networks, to the right with people right, to the left with networks right; grey ticks: "
        "expected from how far apart the two are in each condition.",
    )


def disagreement_bars(rows: pd.DataFrame) -> alt.LayerChart:
    """Share of the images of each dataset on which no answer has a majority of people.

    Rows of `SPLITS`.
    """
    rows = rows.assign(share=rows["n_without_majority"] / rows["n_images"])
    counts = "n_without_majority, n_images, n_subjects_min, n_subjects_max"
    bars = alt.Chart(rows).mark_bar(color=HUMAN, opacity=0.85).encode(
        x=alt.X("share:Q", axis=marks.plain_axis("Share of images", format="%")),
        y=alt.Y("title:N", sort=rows["title"].tolist(), axis=marks.names_beside()),
        tooltip=tooltips("rpt_image_splits", ("title:N", "Dataset"), counts),
    )  # fmt: skip
    return marks.drawn(
        bars,
        size=(520, alt.Step(20)),
        description=f"Bars of the share of images of {len(rows)} datasets on which no answer is "
        "shared by more than half of the people.",
    )


def image_scatter(rows: pd.DataFrame) -> alt.LayerChart:
    """Images by the share of people and of networks that recognise them.

    Rows of ``rpt_image_disagreements`` of one dataset.
    """
    rows = rows.assign(kind=rows["split"].map(SPLIT).fillna("not split"))
    cells = rows.groupby(["human_accuracy", "model_accuracy", "kind"], as_index=False).agg(
        n_images=("image_key", "size")
    )
    kinds = dict(zip([*SPLIT.values(), "not split"], (HUMAN, MODEL, GREY), strict=True))
    points = alt.Chart(cells).mark_circle(opacity=0.7).encode(
        x=alt.X("human_accuracy:Q", axis=axis("rpt_image_disagreements", "human_accuracy")),
        y=alt.Y("model_accuracy:Q", axis=axis("rpt_image_disagreements", "model_accuracy")),
        size=alt.Size("n_images:Q", legend=marks.legend("Images", symbolFillColor=GREY)),
        color=marks.colour("kind", kinds),
        tooltip=tooltips(
            "rpt_image_disagreements",
            "human_accuracy, model_accuracy",
            ("kind:N", "Split"),
            ("n_images:Q", "Images"),
        ),
    )  # fmt: skip
    equal = alt.Chart(pd.DataFrame({"x": [0, 1]})).mark_line(color=GREY, strokeDash=[4, 4])
    return marks.drawn(
        equal.encode(x="x:Q", y="x:Q"),
        points,
        size=(420, 320),
        description=f"Scatter plot of {len(rows)} images by the share of people and the share of "
        "networks that recognise them; on the diagonal the two are equal.",
    )


def confusion_heatmap(rows: pd.DataFrame) -> alt.LayerChart:
    """What an observer answered to each category.

    Rows of ``fct_confusions`` of one observer and dataset.
    """
    order = sorted(rows["category"].unique())
    answers = [*order, *sorted(set(rows["response"]) - set(order))]
    tiles = alt.Chart(rows).mark_rect().encode(
        # a category that was never answered keeps its column, and the right answers the diagonal
        x=alt.X(
            "response:N",
            scale=alt.Scale(domain=answers),
            axis=alt.Axis(title="Answer", labelAngle=-90),
        ),
        y=alt.Y("category:N", sort=order, axis=axis("fct_confusions", "category")),
        # by opacity: empty cells are the paper, light or dark
        color=alt.value(MODEL),
        opacity=alt.Opacity(
            "share:Q",
            scale=alt.Scale(domain=[0, 1], range=[0.08, 1]),
            legend=marks.legend("Share of the category", format="%"),
        ),
        tooltip=tooltips("fct_confusions", "category, response, n_trials, share"),
    )  # fmt: skip
    right = rows.loc[rows["category"] == rows["response"], "n_trials"].sum()
    return marks.drawn(
        tiles,
        size=(alt.Step(24), alt.Step(24)),
        description=f"Confusion matrix of {rows['n_trials'].sum():,} answers; "
        f"{right / rows['n_trials'].sum():.0%} name the category.",
    )


def _most_split(rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows.sort_values("difference", key=lambda d: -d.abs(), kind="stable")
    return ordered.head(MOST_SPLIT)


def _by_condition(rows: pd.DataFrame) -> tuple[list[Column], pd.DataFrame]:
    """Observers with their accuracy in each condition, weak to strong."""
    order = rows.sort_values("position")["condition"].drop_duplicates()
    key = ["is_human", "source_id", "observer_name"]
    wide = rows.pivot_table(index=key, columns="condition", values="accuracy").reset_index()
    return ["observer_name", *(Field(c, c, ".1%", "", "double") for c in order)], wide


FIGURES = (
    Figure(
        "trial_consistency",
        CONSISTENCY,
        lambda rows, _: consistency_scatter(rows, people_of(rows)),
        keep=comparable,
        table=("observer_name", "n_trials", "ood_accuracy", "accuracy_difference",
               "observed_consistency", "error_consistency", "share_near_ceiling"),
        caption="{n} networks against people, averaged over conditions and then over people",
        arrange=highest_first("error_consistency"),
        scope=DATASET,
    ),
    Figure(
        "trial_shape_bias",
        SHAPE_BIAS,
        lambda rows, _: shape_bias_lines(rows),
        keep=comparable,
        table=("observer_name", "shape_bias", ("ci_low", "ci_high"), "n"),
        caption="Share of shape answers among shape and texture answers",
        arrange=lambda rows: highest_first("shape_bias")(rows[rows["category"].isna()]),
        scope=DATASET,
    ),
    Figure(
        "trial_ages",
        AGES,
        lambda rows, _: age_points(rows),
        table=("group_name", "measure", "estimate", ("ci_low", "ci_high"), "n_people", "n"),
        caption="Age groups and networks on the same sets of images",
        words={"measure": AGE_MEASURES},
        default="cue-conflict-ages",
        scope=DATASET,
    ),
    Figure(
        "trial_accuracy",
        ACCURACY,
        lambda rows, _: accuracy_lines(rows),
        keep=comparable,
        tabulate=_by_condition,
        caption="Accuracy by condition",
        default="contrast",
        scope=DATASET,
    ),
    Figure(
        "trial_images",
        all_of("rpt_image_disagreements", "condition, image_key", key="dataset_id"),
        lambda rows, _: image_scatter(rows),
        table=("image_key", "condition", "category", "human_accuracy", "model_accuracy",
               "split", "model_answers"),
        caption="Of {n} images those on which people and models differ most, "
        f"{MOST_SPLIT} at most",
        arrange=_most_split,
        scope=DATASET,
    ),
)  # fmt: skip
