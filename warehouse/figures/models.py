"""One model among others: its rank per cohort and over time, a map of models, two of them apart."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from warehouse.fields import Field
from warehouse.figures import marks
from warehouse.figures.fields import tooltips
from warehouse.figures.record import DEFAULT_COHORT, MODEL, Figure
from warehouse.figures.theme import BLUE, GREY, VERMILION

RANKS = f"""\
with ways as (
    select
        *,
        min(score_rank) filter (where ranked_set = 'all') over all_ways as best_way_rank,
        max(score_rank) filter (where ranked_set = 'all') over all_ways as worst_way_rank
    from marts.fct_model_rankings
    where model_id = $model_id and level = $level and is_first_copy
    window all_ways as (partition by cohort_id)
)

select ways.*, cohorts.title, cohorts.variant_of is null as is_main
from ways
inner join marts.dim_cohorts as cohorts on ways.cohort_id = cohorts.cohort_id
where ways.scheme = $scheme and ways.score_rank is not null
order by
    ways.is_comparable desc, is_main desc, ways.cohort_id = '{DEFAULT_COHORT}' desc,
    cohorts.n_benchmarks desc, ways.cohort_id"""

HISTORY = """\
select *
from marts.rpt_model_scores
where model_id = $model_id and benchmark_id = 'average_vision_monthly'
order by snapshot_date"""

MAP = """\
select positions.*, models.display_name, positions.model_id = $model_id as is_marked
from marts.rpt_model_positions as positions
inner join marts.dim_models as models on positions.model_id = models.model_id
where
    positions.cohort_id = $cohort_id
    and $model_id in (select model_id from marts.rpt_model_positions where cohort_id = $cohort_id)
order by is_marked desc, positions.x desc, positions.source_model_key, positions.variant_id"""

_PAIRS = """\
with cells as (
    select
        normalized.benchmark_id, normalized.model_id, normalized.source_model_key,
        normalized.variant_id, normalized.score_directed, normalized.score_percentile,
        normalized.score_rank, normalized.n_models, members.is_first_copy, scores.score,
        scores.error, scores.load_id, scores.source_file, scores.source_row, benchmarks.title,
        benchmarks.modality, benchmarks.region, benchmarks.citation,
        coalesce(benchmarks.dataset, benchmarks.benchmark_id) as dataset,
        if(benchmarks.direction = 'lower', -1, 1) * scores.score_raw as raw_directed,
        -- a published 0 is no error
        if(errors.is_measurement_error and scores.error > 1e-9, 1.96 * scores.error, null) as margin
    from marts.fct_scores_normalized as normalized
    inner join marts.bridge_cohort_models as members
        using (cohort_id, source_model_key, variant_id)
    inner join marts.fct_scores as scores
        on
            members.snapshot_id = scores.snapshot_id
            and normalized.source_model_key = scores.source_model_key
            and normalized.variant_id = scores.variant_id
            and normalized.benchmark_id = scores.benchmark_id
    inner join marts.dim_benchmarks as benchmarks
        on normalized.benchmark_id = benchmarks.benchmark_id
    left join marts.rpt_benchmark_reliabilities as errors
        on
            normalized.cohort_id = errors.cohort_id
            and normalized.benchmark_id = errors.benchmark_id
    where normalized.cohort_id = $cohort_id and normalized.level = 'leaf'
),

-- private models are no members: they have a place here, and move nobody else's
own as (
    select
        places.benchmark_id, places.model_id, places.source_model_key, places.variant_id,
        places.score_directed, places.score_percentile, places.score_rank, places.n_models,
        true as is_first_copy, places.score, places.error, scores.load_id, scores.source_file,
        scores.source_row, benchmarks.title, benchmarks.modality, benchmarks.region,
        benchmarks.citation, coalesce(benchmarks.dataset, benchmarks.benchmark_id) as dataset,
        -- what the error of an added score is of, nobody says
        null as raw_directed, null as margin
    from marts.rpt_own_places as places
    inner join marts.dim_models as models
        on places.model_id = models.model_id and models.is_private
    inner join marts.fct_scores as scores
        using (snapshot_id, source_model_key, variant_id, benchmark_id)
    inner join marts.dim_benchmarks as benchmarks
        on places.benchmark_id = benchmarks.benchmark_id
    where places.cohort_id = $cohort_id
    qualify row_number() over (
        partition by places.model_id, places.benchmark_id
        order by places.snapshot_id, places.variant_id, places.source_model_key
    ) = 1
),

everyone as (
    from cells
    union all by name
    from own
),

-- the place that a score would have were it 1.96 errors lower or higher, others unmoved
placed as (
    select
        mine.*,
        avg((others.raw_directed < mine.raw_directed - mine.margin)::int) as percentile_low,
        avg((others.raw_directed < mine.raw_directed + mine.margin)::int) as percentile_high
    from everyone as mine
    inner join cells as others
        on
            mine.benchmark_id = others.benchmark_id
            and (mine.source_model_key, mine.variant_id)
            != (others.source_model_key, others.variant_id)
    where mine.is_first_copy and list_contains($models, mine.model_id)
    group by all
),

pairs as (
    select
        first.* exclude (is_first_copy, raw_directed, margin),
        second.model_id as other_id, second.source_model_key as other_model_key,
        second.variant_id as other_variant_id,
        second.score as other_score, second.error as other_error,
        second.score_percentile as other_percentile,
        second.load_id as other_load_id, second.source_file as other_file,
        second.source_row as other_row,
        sign(first.score_directed - second.score_directed) as ahead,
        first.score_percentile - second.score_percentile as difference,
        -- limits of a difference from those of its parts (Zou & Donner 2008)
        difference - sqrt(
            (first.score_percentile - first.percentile_low) ** 2
            + (second.percentile_high - second.score_percentile) ** 2
        ) as ci_low,
        difference + sqrt(
            (first.percentile_high - first.score_percentile) ** 2
            + (second.score_percentile - second.percentile_low) ** 2
        ) as ci_high
    from placed as first
    inner join placed as second
        on
            first.benchmark_id = second.benchmark_id
            and list_position($models, first.model_id) < list_position($models, second.model_id)
)
"""

DIFFERENCES = f"""{_PAIRS}
select *
from pairs
order by
    list_position($models, model_id), list_position($models, other_id), modality desc, region,
    title"""

VERDICTS = f"""{_PAIRS}
select
    model_id, other_id, modality,
    count(*) as n_benchmarks,
    count(*) filter (where ahead > 0) as n_ahead,
    count(*) filter (where ahead < 0) as n_behind
from pairs
where list_contains($benchmarks, benchmark_id)
group by all
order by all"""

_SHARE = alt.Axis(title="Share of the other models that it beats", format="%", tickCount=5)
_IN_RANK = "rank_ci_low, rank_ci_high, n_models, n_benchmarks, n_datasets, coverage"


def cohort_ranks(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """Where one model ranks in each cohort, as the share of the others that it beats.

    Rows of :data:`RANKS`: of main cohorts where there are any, else of all.
    """
    rows = rows[rows["is_main"]] if rows["is_main"].any() else rows
    others = (rows["n_models"] - 1).clip(lower=1)
    drawn = rows.assign(
        name=[f"{r.title}: {r.score_rank:g} of {r.n_models}" for r in rows.itertuples()],
        beaten=(rows["n_models"] - rows["score_rank"]) / others,
        low=(rows["n_models"] - rows["rank_ci_high"]) / others,
        high=(rows["n_models"] - rows["rank_ci_low"]) / others,
    )
    x = {"scale": alt.Scale(domain=[0, 1]), "axis": _SHARE}
    base = alt.Chart(drawn).encode(
        y=alt.Y("name:N", sort=drawn["name"].tolist(), axis=marks.names_above()),
        tooltip=tooltips("fct_model_rankings", ("title:N", "Cohort"), f"score_rank, {_IN_RANK}"),
    )
    said = "; ".join(drawn["name"])
    return marks.drawn(
        marks.spans(base, alt.X("low:Q", **x), "high:Q", color=alt.value(BLUE)),
        marks.dots(base, 90, x=alt.X("beaten:Q", **x), color=alt.value(BLUE)),
        size=(marks.PLOT, alt.Step(marks.ROW)),
        description=f"Rank of one model in {len(rows)} cohorts, with 95 % intervals over other "
        f"datasets: {said}.",
    )


def rank_history(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """Rank of one model month by month, above the number of models that were ranked.

    Rows of ``rpt_model_scores`` of one model and ``average_vision_monthly``.
    """
    rows = rows.assign(snapshot_date=pd.to_datetime(rows["snapshot_date"]))
    first, last = rows.iloc[0], rows.iloc[-1]
    scale = alt.Scale(domain=[1, int(rows["n_models"].max())], reverse=True, nice=False)
    x = alt.X("snapshot_date:T", axis=alt.Axis(title=None, format="%Y", tickCount="year"))
    base = alt.Chart(rows).encode(x=x)
    shown = "snapshot_date, score_rank, n_models"
    rank = alt.Y("score_rank:Q", scale=scale, axis=marks.plain_axis("Rank (1 = best)"))
    return marks.drawn(
        base.mark_area(color=GREY, opacity=0.15, aria=False).encode(
            y=alt.Y("n_models:Q", scale=scale), y2=alt.datum(1)
        ),
        base.mark_line(color=BLUE, strokeWidth=2, interpolate="step-after", aria=False).encode(
            y=rank
        ),
        marks.dots(
            base, 25, y=rank, color=alt.value(BLUE), tooltip=tooltips("rpt_model_scores", shown)
        ),
        size=(marks.PLOT, 220),
        description=f"Rank by Brain-Score's average over {len(rows)} months: "
        f"{first['score_rank']:g} of {first['n_models']} in {first['snapshot_date']:%Y-%m}, "
        f"{last['score_rank']:g} of {last['n_models']} in {last['snapshot_date']:%Y-%m}. The grey "
        "area ends at the number of models.",
    )


def model_map(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """Models by their percentiles on all benchmarks; one is marked, with the region of its place.

    Rows of :data:`MAP`.
    """
    one = rows[rows["is_marked"]].iloc[0]
    far = rows[~rows["is_marked"]].drop_duplicates("model_id")
    # only the names above and below all others cover no points
    ends = [far.loc[y.idxmax()] for y in (far["y"], -far["y"]) if len(y)]
    angles = np.linspace(0, 2 * np.pi, 60)
    along = one["region_long"] * np.cos(angles)
    across = one["region_short"] * np.sin(angles)
    cosine, sine = np.cos(one["region_angle"]), np.sin(one["region_angle"])
    edge = pd.DataFrame({
        "x": one["x"] + along * cosine - across * sine,
        "y": one["y"] + along * sine + across * cosine,
        "at": range(len(angles)),
    }).dropna()  # fmt: skip
    values = pd.concat([rows[["x", "y"]], edge[["x", "y"]]])
    middle = (values.max() + values.min()) / 2
    reach = 0.53 * max((values.max() - values.min()).max(), 1e-9)

    def axis(column: str, title: str) -> dict[str, object]:
        domain = [middle[column] - reach, middle[column] + reach]
        return {"scale": alt.Scale(domain=domain, nice=False), "axis": marks.plain_axis(title)}

    x = alt.X("x:Q", **axis("x", "Wider dimension: high percentiles stand right"))
    y = alt.Y("y:Q", **axis("y", "Second dimension"))
    shown = "source_model_name, n_within, share_shown, n_benchmarks, n_datasets"
    base = alt.Chart(rows).encode(
        x=x,
        y=y,
        tooltip=tooltips("rpt_model_positions", ("display_name:N", "Model"), shown),
    )
    outline = alt.Chart(edge).mark_line(color=VERMILION, strokeWidth=1.5, aria=False)
    marked = base.transform_filter("datum.is_marked")
    within = f", and its 95 % region holds {one['n_within']:.0f} others" if len(edge) else ""
    return marks.drawn(
        outline.encode(x=x, y=y, order="at:Q"),
        base.transform_filter("!datum.is_marked").mark_circle(size=40, opacity=0.75, color=BLUE),
        marked.mark_point(filled=True, size=140, opacity=1, color=VERMILION, shape="diamond"),
        *(
            alt.Chart(end.to_frame().T)
            .mark_text(
                dy=9 * sign,
                fontSize=11,
                color=GREY,
                limit=180,
                align="left" if end["x"] <= middle["x"] else "right",
                baseline="bottom" if sign < 0 else "top",
            )
            .encode(x=x, y=y, text="display_name:N")
            for end, sign in zip(ends, (-1, 1), strict=False)
        ),
        # copies of the model stand at places of their own, its name once
        alt.Chart(rows[rows["is_marked"]].head(1))
        .mark_text(dy=-12, fontSize=12, fontWeight="bold", color=VERMILION)
        .encode(x=x, y=y, text="display_name:N"),
        size=(marks.PLOT, marks.PLOT),
        description=f"Map of {len(rows)} models by their percentiles on {one['n_benchmarks']} "
        f"benchmarks; two dimensions hold {one['share']:.0%} of the squared distances. "
        f"{one['display_name']} is marked{within}.",
    )


def model_differences(rows: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """How far one model is ahead of each of a few others, benchmark by benchmark.

    Rows of :data:`DIFFERENCES` with one first model, and ``other`` and ``first``, the names of the
    models for people; ``names`` are those of the others, in order.
    """
    rows = rows.sort_values(["modality", "region", "difference"], key=marks.place_of, kind="stable")
    first = rows["first"].iloc[0]
    points = "datum.value ? format(100 * datum.value, '+.0f') : '0'"
    axis = alt.Axis(
        title=f"{first} ahead by, in points of percentile", labelExpr=points, tickCount=4
    )
    x = {"scale": alt.Scale(domain=[-1, 1]), "axis": axis}
    shown = "score, error, score_percentile, n_models"
    n = rows["benchmark_id"].nunique()
    known = rows.drop_duplicates("benchmark_id").set_index("benchmark_id")["title"]
    rows = rows.assign(label=rows["benchmark_id"].map(marks.short_titles(known)))
    base = alt.Chart(rows).encode(
        y=alt.Y("label:N", sort=list(dict.fromkeys(rows["label"])), axis=marks.names_beside(230)),
        **({"yOffset": alt.YOffset("other:N", sort=list(names))} if len(names) > 1 else {}),
    )
    if len(names) > 1:
        look = {
            "color": marks.colour("other", marks.palette(names), "Compared with"),
            "shape": marks.shape("other", names, legend=marks.legend("Compared with")),
        }
    else:
        look = marks.by_modality(rows)
    told = [
        *tooltips("dim_benchmarks", "title"),
        alt.Tooltip("other:N", title="Compared with"),
        alt.Tooltip("difference:Q", title="Difference of percentiles", format="+.1%"),
        *tooltips("rpt_model_scores", shown),
        alt.Tooltip("other_score:Q", title="Score of the other", format=".3f"),
        alt.Tooltip("other_percentile:Q", title="Percentile of the other", format=".1%"),
    ]
    low = alt.X("ci_low:Q", **x)
    known = base.transform_filter("isValid(datum.ci_low)")
    ahead = [
        f"{int((part['ahead'] > 0).sum())} of {len(part)} {modality}"
        for modality, part in rows.groupby("modality", sort=False)
    ]
    return marks.drawn(
        marks.line_at("x"),
        marks.spans(known, low, "ci_high:Q", color=look["color"]),
        marks.dots(base, 55, x=alt.X("difference:Q", **x), tooltip=told, **look),
        size=(520, alt.Step(15 if len(names) == 1 else 10)),
        description=f"{first} against {', '.join(names)} on {n} benchmarks: ahead on "
        f"{', '.join(ahead)}; with intervals where the error of measurement is known.",
    )


def two_apart(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """How far one model is ahead of another, benchmark by benchmark.

    Rows of :data:`DIFFERENCES` of two models.
    """
    named = rows.assign(first=rows["model_id"], other=rows["other_id"])
    return model_differences(named, [rows["other_id"].iloc[0]])


FIGURES = (
    Figure(
        "model_ranks",
        RANKS,
        cohort_ranks,
        table=(
            "dim_cohorts.title",
            "score_rank",
            ("rank_ci_low", "rank_ci_high"),
            "n_models",
            "n_benchmarks",
        ),
        caption="Rank of one model in {n} cohorts, with 95 % intervals over datasets",
        options={"level": "leaf", "scheme": "arithmetic_mean"},
        scope=MODEL,
    ),
    Figure(
        "rank_history",
        HISTORY,
        rank_history,
        table=("snapshot_date", "score_rank", "n_models", "score"),
        caption="Rank of one model by Brain-Score's average in {n} months; averages of the past "
        "were computed anew when benchmarks joined",
        scope=MODEL,
    ),
    Figure(
        "model_map",
        MAP,
        model_map,
        table=("source_model_name", "x", "y", "region_long", "n_within", "share_shown"),
        caption="Places of {n} models on a map of their percentiles, with the longer half axis of "
        "the 95 % region of each over {one.n_datasets} datasets",
        options={"cohort_id": DEFAULT_COHORT},
        scope=MODEL,
    ),
    Figure(
        "model_differences",
        DIFFERENCES.replace("$models", "[$model_id, $other_id]"),
        two_apart,
        table=(
            "dim_benchmarks.title",
            "score_percentile",
            Field("other_percentile", "Percentile of the other", ".1%", "", "double"),
            Field("difference", "Ahead by", "+.1%", "", "double"),
        ),
        caption="Percentiles of two models on {n} benchmarks, and how far the first is ahead",
        options={"other_id": "resnet50.sin_in1k", "cohort_id": DEFAULT_COHORT},
        scope=MODEL,
    ),
)
