"""Missing scores, and what they leave open."""

import altair as alt
import pandas as pd

from warehouse.fields import dataset_name
from warehouse.figures import marks
from warehouse.figures.fields import axis, tooltips
from warehouse.figures.record import Figure, all_of
from warehouse.figures.theme import BLUE, GREY, PINK, RANKS, VERMILION

STATES = {"scored": BLUE, "failed": VERMILION, "never_run": GREY, "not_applicable": PINK}
"""Colours of the states of a cell."""

POLICIES = {
    "complete_case": "Complete models only",
    "pairwise": "Pair by pair",
    "zero": "Missing as zero",
    "attempted_only": "Failed is zero, never run ignored",
    "bounds_low": "Missing as worst",
    "bounds_high": "Missing as best",
}
"""Names of the missing-cell policies for people."""


VERDICTS = {"holds": BLUE, "undecided": GREY, "fails": VERMILION}
"""Colours of the verdicts on a conclusion."""


def coverage_scatter(rows: pd.DataFrame) -> alt.LayerChart:
    """Neural against behavioural averages, coloured by the number of non-zero scores (Figure 7).

    Rows of ``rpt_ahlert2024_fig7_missingness``.
    """
    mart = "rpt_ahlert2024_fig7_missingness"
    known = rows.dropna(subset=["score_neural", "score_behaviour"])
    points = alt.Chart(known).mark_circle(size=55, opacity=0.85)
    return marks.drawn(
        points.encode(
            x=alt.X("score_neural:Q", scale=marks.LOOSE, axis=axis(mart, "score_neural")),
            y=alt.Y("score_behaviour:Q", scale=marks.LOOSE, axis=axis(mart, "score_behaviour")),
            color=alt.Color(
                "n_scored:Q",
                scale=alt.Scale(range=RANKS[::-1]),
                legend=marks.legend("Non-zero scores", gradientLength=220),
            ),
            tooltip=tooltips(
                mart,
                "source_model_name, score_neural, score_behaviour, score_overall",
                "n_scored, n_missing",
            ),
        ),
        size=(420, 420),
        description=f"Scatter plot of {len(known)} models, neural against behavioural average "
        "with missing as zero, coloured by the number of their non-zero scores.",
    )


def _by_state(column: str, found: pd.Series, **options: object) -> dict[str, alt.Color | alt.Order]:
    """Colour of the states there are; the order of the bars is not decided by that of colours."""
    states = {s: STATES.get(s, GREY) for s in marks.known_first(found, STATES)}
    words = {"labelExpr": "replace(datum.label, '_', ' ')"}
    return {
        "color": marks.colour(column, states, **words, **options),
        "order": alt.Order("place:Q"),
    }


def _places(states: pd.Series) -> pd.Series:
    return states.map({s: i for i, s in enumerate(STATES)})


def cell_states(rows: pd.DataFrame) -> alt.LayerChart:
    """Share of scores that were published, failed or were never run, one bar per dataset.

    Rows of ``rpt_cell_states`` of one snapshot, with ``title``, ``dataset`` and ``modality`` of the
    benchmark.
    """
    names = rows["dataset"].fillna(rows["title"]).map(dataset_name)
    of_several = rows["modality"].groupby(names).transform("nunique") > 1
    rows = rows.assign(label=names.mask(of_several, names + ", " + rows["modality"]))
    n = rows.groupby("label")["benchmark_id"].nunique()
    cells = rows.groupby(["label", "state"])["n_cells"].sum().unstack(fill_value=0)
    share = cells.div(cells.sum(axis=1), axis=0)
    order = share.reindex(columns=list(STATES)).fillna(0).sort_values(list(STATES), ascending=False)
    states = cells.stack().rename("n_cells").reset_index().query("n_cells > 0")
    states = states.assign(place=_places(states["state"]), n=states["label"].map(n))
    bars = alt.Chart(states).mark_bar()
    bars = bars.encode(
        x=alt.X(
            "n_cells:Q", stack="normalize", axis=marks.plain_axis("Share of scores", format="%")
        ),
        y=alt.Y("label:N", sort=order.index.tolist(), axis=marks.names_beside(labelFlush=False)),
        **_by_state("state", states["state"]),
        tooltip=tooltips(
            "rpt_cell_states",
            ("label:N", "Dataset"),
            ("n:Q", "Benchmarks"),
            "state",
            ("n_cells:Q", "Scores"),
        ),
    )
    return marks.drawn(
        bars,
        size=(420, alt.Step(17)),
        description=f"Stacked bars of {len(order)} datasets: the share of scores that were "
        "published, failed or were never run.",
    )


def rank_bounds(rows: pd.DataFrame) -> alt.LayerChart:
    """Best and worst rank that each model could have, whatever its own missing scores are.

    Rows of ``rpt_rank_bounds`` of one cohort.
    """
    base = alt.Chart(rows).encode(
        x=alt.X("zero_rank:Q", axis=marks.plain_axis("Rank when missing counts as zero")),
        tooltip=tooltips(
            "rpt_rank_bounds",
            "source_model_name, n_missing, best_rank, zero_rank, worst_rank",
            "best_rank_everyone, worst_rank_everyone",
        ),
    )
    scale = alt.Scale(reverse=True, domain=[1, len(rows)])
    y = alt.Y("best_rank:Q", scale=scale, axis=marks.plain_axis("Rank (1 = best)"))
    reach = base.mark_rule(strokeWidth=1, opacity=0.8, color=BLUE).encode(y=y, y2="worst_rank:Q")
    points = base.mark_circle(size=14, color=VERMILION, opacity=1).encode(
        y=alt.Y("zero_rank:Q", scale=scale)
    )
    exact = int((rows["best_rank"] == rows["worst_rank"]).sum())
    return marks.drawn(
        reach,
        points,
        size=(620, 360),
        description=f"Ranges of the possible ranks of {len(rows)} models; that of {exact} does "
        "not depend on their own missing scores.",
    )


def predicted_ranks(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """Rank of each model with its missing scores predicted: 95 % interval, and what is possible.

    Rows of ``rpt_predicted_ranks`` of one cohort.
    """
    base = alt.Chart(rows).encode(
        x=alt.X("score_rank:Q", axis=marks.plain_axis("Rank with missing scores predicted")),
        tooltip=tooltips(
            "rpt_predicted_ranks",
            "source_model_name, n_missing, score_predicted, ci_low, ci_high, score_rank",
            "rank_ci_low, rank_ci_high, zero_rank, best_rank_everyone, worst_rank_everyone",
        ),
    )
    scale = alt.Scale(reverse=True, domain=[1, len(rows)])
    rank = {"scale": scale, "axis": marks.plain_axis("Rank (1 = best)")}
    possible = base.mark_rule(strokeWidth=1, opacity=0.25, color=BLUE, aria=False)
    likely = base.mark_rule(strokeWidth=1.5, opacity=0.8, color=BLUE, aria=False)
    points = base.mark_circle(size=14, color=VERMILION, opacity=1)
    width = (rows["rank_ci_high"] - rows["rank_ci_low"])[rows["n_missing"] > 0].median()
    said = "unknown" if pd.isna(width) else f"{width:.0f} places"
    return marks.drawn(
        possible.encode(y=alt.Y("best_rank_everyone:Q", **rank), y2="worst_rank_everyone:Q"),
        likely.encode(y=alt.Y("rank_ci_low:Q", **rank), y2="rank_ci_high:Q"),
        points.encode(y=alt.Y("score_rank:Q", **rank)),
        size=(620, 360),
        description=f"Ranks of {len(rows)} models with missing scores predicted. Dark lines are "
        f"95 % intervals (median width of incomplete models: {said}), pale lines what is possible "
        "whatever the missing scores are.",
    )


def conclusion_tiles(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """Whether each conclusion holds under each policy for missing cells.

    Rows of ``rpt_conclusions`` of one cohort.
    """
    mart = "rpt_conclusions"
    names = {p: POLICIES.get(p, p) for p in marks.known_first(rows["policy"], POLICIES)}
    policies = marks.wrapped(pd.Series(names), 10)
    rows = rows.assign(
        name=rows["policy"].map(policies),
        label=marks.wrapped(rows["statement"], 38),
        rule=rows["measure"].str.replace("_", " ")
        + " "
        + rows["comparison"]
        + rows["threshold"].map(" {:g}".format),
    )
    known = rows.groupby("label")["verdict"].value_counts().unstack(fill_value=0)
    known = known.reindex(columns=list(VERDICTS), fill_value=0)
    order = known.sort_values(list(VERDICTS), ascending=[False, False, True]).index.tolist()
    gap = alt.Scale(paddingInner=0.06)
    base = alt.Chart(rows).encode(
        x=alt.X("name:N", sort=policies.tolist(), axis=marks.names_on_top(policies), scale=gap),
        y=alt.Y(
            "label:N",
            sort=order,
            axis=marks.names_beside(400, labelExpr=marks.LINES, ticks=False, domain=False),
            scale=gap,
        ),
        tooltip=tooltips(mart, "statement", ("rule:N", "Holds if"), "value, ci_low, ci_high"),
    )
    n = int(rows.groupby("conclusion_id")["survives_all"].first().sum())
    return marks.drawn(
        *marks.tiles(base, "verdict", VERDICTS),
        size=(560, alt.Step(56)),
        description=f"Verdicts on {len(order)} conclusions under {len(names)} policies for missing "
        f"scores; {n} hold under all.",
    )


def next_runs(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """How far a run on each dataset is expected to narrow the ranks of the models without it.

    Rows of ``rpt_next_measurements`` of one cohort.
    """
    rows = rows.dropna(subset=["rank_width_saved"])
    saved = rows.groupby(rows["dataset"].map(dataset_name))["rank_width_saved"]
    runs = saved.agg(mean="mean", n="size", low=lambda s: s.quantile(0.25))
    runs = runs.assign(high=saved.quantile(0.75)).sort_values("mean", ascending=False)
    base = alt.Chart(runs.reset_index()).encode(
        y=alt.Y("dataset:N", sort=runs.index.tolist(), axis=marks.names_beside()),
        color=alt.value(BLUE),
        tooltip=[
            alt.Tooltip("dataset:N", title="Dataset"),
            alt.Tooltip("n:Q", title="Models without it"),
            alt.Tooltip("mean:Q", title="Places narrower, mean", format=".0f"),
            alt.Tooltip("low:Q", title="Middle half from", format=".0f"),
            alt.Tooltip("high:Q", title="to", format=".0f"),
        ],
    )
    along = marks.plain_axis("Fewer places left open by missing scores: mean, middle half")
    first = f" {runs.index[0]} narrows most." if len(runs) else ""
    return marks.drawn(
        marks.spans(base, alt.X("low:Q", axis=along), "high:Q"),
        marks.dots(base, x=alt.X("mean:Q", axis=along)),
        size=(420, alt.Step(24)),
        description=f"What a run on each of {len(runs)} datasets would tell of ranks.{first}",
    )


def coverage_bars(rows: pd.DataFrame) -> alt.LayerChart:
    """Cells of one benchmark in every snapshot: scored, failed, never run.

    Rows of ``rpt_benchmark_snapshots`` of one benchmark.
    """
    mart = "rpt_benchmark_snapshots"
    names = {"n_scored": "scored", "n_failed": "failed", "n_never_run": "never_run"}
    rows = rows.assign(snapshot_date=pd.to_datetime(rows["snapshot_date"]))
    rows = rows.sort_values(["snapshot_date", "snapshot_id"])
    key = ["snapshot_id", "snapshot_date", "source_id", "n_models"]
    long = rows.rename(columns=names).melt(key, names.values(), "state", "n_cells")
    long = long[long["n_cells"] > 0].assign(place=lambda r: _places(r["state"]))
    order = rows["snapshot_id"].tolist()
    few = len(order) <= 20
    bars = alt.Chart(long).mark_bar(height=8)
    bars = bars.encode(
        y=alt.Y("snapshot_id:N", sort=order, axis=marks.names_above(len(order), 20)),
        x=alt.X("n_cells:Q", axis=marks.plain_axis("Published rows")),
        **_by_state("state", long["state"]),
        tooltip=tooltips(
            mart,
            "snapshot_id, snapshot_date, source_id",
            ("state:N", "State"),
            ("n_cells:Q", "Published rows"),
            ("n_models:Q", "Models scored"),
        ),
    )
    scored = ", ".join(f"{r.n_models} in {r.snapshot_id}" for r in rows.tail(8).itertuples())
    return marks.drawn(
        bars,
        size=(marks.PLOT, alt.Step(marks.ROW if few else 12)),
        description=f"Published rows by state in {len(order)} snapshots; models scored: {scored}.",
    )


FIGURES = (
    Figure(
        "predicted_ranks",
        all_of("rpt_predicted_ranks", "score_rank, source_model_key, variant_id"),
        predicted_ranks,
        table=("source_model_name", "n_missing", "score_predicted", ("ci_low", "ci_high"),
               "score_rank", ("rank_ci_low", "rank_ci_high"), "zero_rank"),
        caption="Ranks of {n} models with missing scores predicted from their other scores, "
        "their family, size and ImageNet top-1; 95 % intervals calibrated on hidden scores",
        default="brainscore_2025_all",
    ),
    Figure(
        "missing_conclusions",
        all_of("rpt_conclusions", "conclusion_id, policy"),
        conclusion_tiles,
        table=("statement", "policy", "value", ("ci_low", "ci_high"), "verdict"),
        caption="Verdicts on {many[conclusion_id]} conclusions of Ahlert et al. under "
        "{many[policy]} policies for missing scores; thresholds are ours",
        words={"policy": POLICIES},
        default="brainscore_2025_all",
    ),
    Figure(
        "next_runs",
        all_of("rpt_next_measurements", "rank_width_saved desc, source_model_key, variant_id, "
               "place"),
        next_runs,
        table=("source_model_name", "dataset", "n_benchmarks", "score_rank", "rank_width",
               "rank_width_after", "rank_width_saved"),
        caption="{n} runs by what they are expected to tell of a model's rank",
        default="brainscore_2025_all",
    ),
)  # fmt: skip
