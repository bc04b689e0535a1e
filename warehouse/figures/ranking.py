"""Models under several ways of averaging."""

import json
from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from warehouse.figures import marks
from warehouse.figures.fields import tooltips
from warehouse.figures.record import Figure, all_of
from warehouse.figures.theme import BLUE, GREEN, GREY, RANKS, VERMILION

LARGE_SHIFT = 10
"""Shifts beyond this many places are marked, as in Ahlert et al., Fig 3."""

SCHEMES = {
    "arithmetic_mean": "Arithmetic mean",
    "minmax_mean": "Mean of min-max scores",
    "z_mean": "Mean of z-scores",
    "robust_z_mean": "Mean of robust z-scores",
    "mean_rank": "Mean rank",
    "borda": "Borda count",
    "win_rate": "Win rate",
    "plackett_luce": "Plackett–Luce",
    "kemeny": "Kemeny",
}
"""Ways of averaging, from those that keep distances between scores to those of places alone."""


def _by_scheme(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows with the name of their scheme for people, and these names in order."""
    titles = {s: SCHEMES.get(s, s) for s in marks.known_first(rows["scheme"], SCHEMES)}
    return rows.assign(scheme_title=rows["scheme"].map(titles)), list(titles.values())


def rank_strip(rankings: pd.DataFrame) -> alt.LayerChart:
    """Every model under every scheme: where it stands, coloured by its rank by the plain mean.

    Rows of ``fct_model_rankings`` of one cohort and level.
    """
    key = ["source_model_key", "variant_id"]
    colours = rankings.loc[rankings["scheme"] == "arithmetic_mean", [*key, "score_rank"]]
    colours = colours.rename(columns={"score_rank": "reference_rank"})
    rows = rankings.drop(columns="reference_rank", errors="ignore").merge(colours, on=key)
    rows["shift"] = rows["score_rank"] - rows["reference_rank"]
    rows, present = _by_scheme(rows)
    last = colours["reference_rank"].max()
    shown = ["source_model_name", "scheme_title", "score_minmax", "score_rank", "shift"]
    axis = alt.Axis(title="Score, worst model = 0, best model = 1", tickCount=6)
    base = alt.Chart(rows[[*shown, "reference_rank"]]).encode(
        x=alt.X("score_minmax:Q", scale=alt.Scale(domain=[0, 1]), axis=axis),
        y=alt.Y("scheme_title:N", sort=present, axis=alt.Axis(title=None, labelLimit=200)),
        tooltip=tooltips(
            "fct_model_rankings",
            "source_model_name",
            ("scheme_title:N", "Scheme"),
            "score_rank",
            ("shift:Q", "Places lost (+) or won (−)", "+.1f"),
        ),
    )
    by_rank = alt.Color(
        "reference_rank:Q",
        scale=alt.Scale(range=RANKS, domain=[1, last if last > 2 else 2]),
        legend=marks.legend("Rank by arithmetic mean", titleLimit=300),
    )
    moved = base.transform_filter(f"abs(datum.shift) > {LARGE_SHIFT}")
    return marks.drawn(
        base.mark_tick(thickness=2, size=32, opacity=0.9).encode(color=by_rank),
        moved.mark_tick(thickness=2, size=7, yOffset=21, color=VERMILION, aria=False),
        size=(620, alt.Step(56)),
        description=f"Strip chart of {len(colours)} models under {len(present)} ways of "
        f"averaging, coloured by the rank under the arithmetic mean; a mark below a "
        f"model says that it moves by more than {LARGE_SHIFT} places.",
    )


def rank_bump(
    rows: pd.DataFrame, *, stages: Sequence[str], followed: Mapping[str, str]
) -> alt.LayerChart:
    """Places of every model from stage to stage, as ways of averaging, or before and after.

    Rows with ``entry`` (of one model), ``source_model_name``, ``stage`` and ``score_rank``; places
    are those among the models that every stage ranks. The ``followed`` entries stand out and are
    named; places far below theirs are not drawn.
    """
    rows = rows[rows.groupby("entry")["stage"].transform("nunique") == len(stages)].copy()
    rows["score_rank"] = rows.groupby("stage")["score_rank"].rank()
    rows["at"] = rows["stage"].map({stage: at for at, stage in enumerate(stages)})
    of_followed = rows[rows["entry"].isin(followed)]
    n, end = rows["entry"].nunique(), len(stages) - 1
    last = min(n, max(10, 1.15 * of_followed["score_rank"].max()))
    ends = of_followed[of_followed["at"] == end].sort_values("score_rank")
    ends = ends.assign(
        label_at=_spread(ends["score_rank"], last * 15 / BUMP_HEIGHT, last),
        name=ends["entry"].map(followed),
    )
    ticks = [1, *(place for place in range(0, int(last) + 1, max(5, int(last) // 25 * 5)) if place)]
    # a line a word: they stand close
    heads = [stage.replace(" of ", " ").replace("–", "– ") for stage in stages]
    x = alt.X(
        "at:Q",
        scale=alt.Scale(domain=[-0.3, 1.4 * end + 0.3], nice=False),  # names stand on the right
        axis=alt.Axis(
            title=None, orient="top", grid=False, ticks=False, domain=False, labelLimit=150,
            labelPadding=32,
            values=list(range(len(stages))),
            labelExpr=f"split({json.dumps(heads)}[datum.value], ' ')",
        ),
    )  # fmt: skip
    scale = alt.Scale(domain=[last, 0.4], nice=False)
    axis = marks.plain_axis("Place", grid=False, values=ticks)
    y = alt.Y("score_rank:Q", scale=scale, axis=axis)
    shown = ["entry", "source_model_name", "stage", "at", "score_rank"]
    base = alt.Chart(rows[shown]).encode(x=x, y=y, detail="entry:N")
    known, look = list(followed), {"field": "entry", "type": "nominal", "legend": None}
    colours = alt.Scale(domain=known, range=list(marks.palette(known).values()))
    dashes = [[1, 0] if i < len(marks.COLOURS) else [6, 3] for i in range(len(known))]
    colour = alt.Color(scale=colours, **look)
    dash = alt.StrokeDash(scale=alt.Scale(domain=known, range=dashes), **look)
    some = marks.only(base, "entry", known)
    told = tooltips(
        "fct_model_rankings", "source_model_name", ("stage:N", "By"), ("score_rank:Q", "Place", "g")
    )
    said = ", ".join(f"{row.name} {row.score_rank:g}" for row in ends.itertuples())
    names = alt.Chart(ends).mark_text(align="left", dx=10, fontSize=11, limit=280)
    return marks.drawn(
        base.mark_line(color=GREY, opacity=0.25, strokeWidth=1, clip=True, aria=False),
        some.mark_line(strokeWidth=2.5, clip=True, aria=False).encode(
            color=colour, strokeDash=dash
        ),
        some.mark_point(filled=True, size=60, opacity=1, clip=True).encode(
            color=colour, tooltip=told
        ),
        names.encode(x=x, y=alt.Y("label_at:Q", scale=scale), text="name:N", color=colour),
        size=(200 + 100 * len(stages), BUMP_HEIGHT),
        description=f"Places of {n} models under {', '.join(stages)}. At the end: {said}.",
    )


BUMP_HEIGHT = 360


def _spread(places: pd.Series, apart: float, last: float) -> list[float]:
    """Ascending places moved as little as it takes to stand some way apart, none past the last."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + apart) if found else place)
    for i in range(len(found) - 1, -1, -1):
        bound = last if i == len(found) - 1 else found[i + 1] - apart
        found[i] = min(found[i], bound)
    return found


SHARES = {
    "r_squared": "r² with the whole",
    "covariance_share": "covariance share",
    "shapley_share": "Shapley share",
}
"""The three measures of how much a part decides, for people."""


def share_bars(rows: pd.DataFrame) -> alt.LayerChart:
    """How much of an average each part decides, by three measures.

    Rows of ``fct_variance_shares`` of one cohort, level and whole.
    """
    order = rows.sort_values("shapley_share", ascending=False)["part"].tolist()
    long = rows.melt(["part", "weight"], list(SHARES), var_name="measure", value_name="share")
    long["measure"] = long["measure"].map(SHARES)
    points = alt.Chart(long).mark_point(filled=True, size=80, opacity=0.85)
    top = rows.loc[rows["shapley_share"].idxmax()]
    return marks.drawn(
        marks.line_at("x"),
        points.encode(
            x=alt.X("share:Q", axis=marks.plain_axis("Share of the variance", format="%")),
            y=alt.Y("part:N", sort=order, axis=marks.names_beside(400)),
            color=marks.colour("measure", marks.palette(SHARES.values(), (GREY, GREEN, BLUE))),
            shape=alt.Shape("measure:N", scale=alt.Scale(domain=list(SHARES.values()))),
            tooltip=tooltips(
                "fct_variance_shares",
                "part",
                ("measure:N", "Measure"),
                ("share:Q", "Share", ".1%"),
                "weight",
            ),
        ),
        size=(440, alt.Step(16)),
        description=f"Dots of the shares of {len(rows)} parts by three measures; the largest "
        f"Shapley share is {top['shapley_share']:.0%} ({top['part']}).",
    )


def _said(values: pd.Series, ids: Sequence[str], form: str) -> str:
    """What each model has, in words."""
    said = [f"{i} {values[i]:{form}}" for i in ids if i in values and pd.notna(values[i])]
    return ", ".join(said) or "none"


def compared_percentiles(rows: pd.DataFrame, ids: Sequence[str]) -> alt.LayerChart:
    """Some models side by side: the percentile of each on every benchmark.

    Rows with ``benchmark_id``, ``title``, ``model_id``, ``score``, ``error``, ``score_percentile``,
    ``score_rank`` and ``n_models``, in the order of the benchmarks. The models ``ids`` (four at
    most) have a colour each; others are grey.
    """
    shown = ["score", "error", "score_percentile", "score_rank", "n_models"]
    axis = marks.plain_axis("Share of the published models that it beats", format="%")
    base = alt.Chart(rows[["title", "model_id", *shown]]).encode(
        y=alt.Y("title:N", sort=None, axis=marks.names_above()),
        x=alt.X("score_percentile:Q", scale=alt.Scale(domain=[0, 1]), axis=axis),
    )
    reach = base.mark_rule(opacity=0.35, aria=False).encode(
        x="min(score_percentile):Q", x2="max(score_percentile):Q"
    )
    told = [
        *tooltips("rpt_model_scores", "model_id"),
        *tooltips("dim_benchmarks", "title"),
        *tooltips("rpt_model_scores", *shown),
    ]
    others = base.transform_filter({"not": {"field": "model_id", "oneOf": list(ids)}})
    means = rows.groupby("model_id")["score_percentile"].mean()
    return marks.drawn(
        reach,
        others.mark_circle(size=45, opacity=0.7, color=GREY).encode(tooltip=told),
        marks.only(base, "model_id", ids)
        .mark_point(size=70, filled=True, opacity=0.9)
        .encode(**marks.by_model(ids), tooltip=told),
        size=(marks.PLOT, alt.Step(marks.ROW)),
        description=f"Dot chart of the percentiles of {rows['model_id'].nunique()} models on "
        f"{rows['title'].nunique()} benchmarks. Means: {_said(means, ids, '.0%')}.",
    )


def rank_intervals(rows: pd.DataFrame, ids: Sequence[str]) -> alt.LayerChart:
    """A few models side by side: rank and 95 % interval under each scheme.

    Rows of ``fct_model_rankings`` of one cohort and level, of the models ``ids`` (four at most).
    """
    rows, schemes = _by_scheme(rows.dropna(subset=["score_rank"]))
    n_models = 0 if rows.empty else int(rows["n_models"].max())
    scale = alt.Scale(domain=[1, max(n_models, 2)], nice=False)
    x = {"scale": scale, "axis": marks.plain_axis("Rank (1 = best)")}
    by = marks.by_model(ids)
    names = alt.Axis(title=None, labelLimit=220, grid=True)
    base = alt.Chart(rows).encode(
        y=alt.Y("scheme_title:N", sort=schemes, axis=names),
        yOffset=alt.YOffset("model_id:N", sort=list(ids)),
        color=by["color"],
    )
    points = base.mark_point(size=60, filled=True, opacity=1).encode(
        x=alt.X("score_rank:Q", **x),
        shape=by["shape"],  # of points alone: a rule with a shape has a mark at its ends
        tooltip=tooltips(
            "fct_model_rankings",
            "model_id",
            ("scheme_title:N", "Scheme"),
            "score_rank, rank_ci_low, rank_ci_high, n_benchmarks, n_datasets, n_models",
        ),
    )
    medians = rows.groupby("model_id")["score_rank"].median()
    return marks.drawn(
        marks.spans(base, alt.X("rank_ci_low:Q", **x), "rank_ci_high:Q", opacity=1),
        points,
        size=(420, alt.Step(12)),
        description=f"Ranks of {len(ids)} models among {n_models} under {len(schemes)} ways of "
        f"averaging, with 95 % intervals. Median ranks: {_said(medians, ids, 'g')}.",
    )


COMPONENTS = {
    "family": "Family of models",
    "model": "Model in its family",
    "model_modality": "Model in one modality",
    "model_dataset": "Model on one dataset",
    "residual": "One benchmark, and chance",
}


def component_dots(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """What a standardised score is made of: the share of each part in its variance.

    Rows of ``rpt_variance_components`` of one cohort.
    """
    rows = rows.assign(part=rows["variance_source"].map(COMPONENTS))
    axis = marks.plain_axis("Share of the variance of a score", format="%")
    x = {"scale": alt.Scale(domain=[0, 1]), "axis": axis}
    base = alt.Chart(rows).encode(
        y=alt.Y("part:N", sort=list(COMPONENTS.values()), axis=marks.names_above())
    )
    shown = "share, family_ci_low, family_ci_high, ci_low, ci_high, n_models, n_datasets"
    told = tooltips("rpt_variance_components", ("part:N", "Part"), shown)
    shares = rows.set_index("part")["share"]
    return marks.drawn(
        marks.spans(base, alt.X("ci_low:Q", **x), "ci_high:Q", color=alt.value(BLUE)),
        marks.dots(base, color=alt.value(BLUE), x=alt.X("share:Q", **x), tooltip=told),
        size=(marks.PLOT, alt.Step(marks.ROW)),
        description="Dots with 95 % intervals over families and datasets: share of the variance of "
        f"a score. {_said(shares, list(COMPONENTS.values()), '.0%')}.",
    )


def decision_curve(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """How far a ranking would generalize with fewer or more datasets.

    Rows of ``rpt_decision_study`` of one cohort.
    """
    here = rows["n_datasets_here"].iloc[0]
    x = alt.X(
        "n_datasets:Q", axis=marks.plain_axis("Datasets averaged, shared alike over modalities")
    )
    axis = marks.plain_axis("Generalizability of the ranking")
    y = {"scale": alt.Scale(domain=[0, 1]), "axis": axis}
    base = alt.Chart(rows).encode(x=x)
    shown = "n_datasets, coefficient, ci_low, ci_high, n_models, n_families"
    near = rows.iloc[(rows["n_datasets"] - here).abs().argsort()[:1]].iloc[0]
    return marks.drawn(
        *(marks.line_at("y", value, strokeDash=[4, 4]) for value in (0.8, 0.9)),
        base.mark_area(color=BLUE, opacity=0.18, aria=False).encode(
            y=alt.Y("ci_low:Q", **y), y2="ci_high:Q"
        ),
        base.mark_line(color=BLUE, aria=False).encode(y=alt.Y("coefficient:Q", **y)),
        marks.dots(
            base,
            25,
            color=alt.value(BLUE),
            y=alt.Y("coefficient:Q", **y),
            tooltip=tooltips("rpt_decision_study", shown),
        ),
        marks.line_at("x", here, color=VERMILION),
        size=(420, 260),
        description="Generalizability of the ranking over the number of datasets, with its 95 % "
        f"interval; the red line is at the {here} datasets of the cohort. With "
        f"{near['n_datasets']:.0f} it is {near['coefficient']:.2f}.",
    )


PANEL_TESTS = {
    "families": "Models of held-out families",
    "newer": "Models new in a later snapshot",
    "published": "Brain-Score's fifteen, as far as they are here",
}
"""What a panel is judged on, and the panel of others."""

GATES = {
    "same_quarter": "Best quarter",
    "lowest_of_half": "Better half",
}

RANDOM = "Random panels on held-out families: median, and a band with 95 of 100"
"""The line and the band that a panel is compared with."""


def panel_test(rows: pd.DataFrame) -> pd.Series:
    """Which of :data:`PANEL_TESTS` each row of ``rpt_panels`` is."""
    test = (rows["tested_cohort_id"] == rows["cohort_id"]).map({True: "families", False: "newer"})
    return test.mask(rows["panel"] == "published", "published")


def panel_curve(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """How well ever more benchmarks put models in the order of all, beside random ones.

    Rows of ``rpt_panels`` of one cohort.
    """
    rows = rows.assign(test=panel_test(rows)).query(
        "test != 'published' or tested_cohort_id == cohort_id"
    )
    rows["tested_on"] = rows["test"].map(PANEL_TESTS)
    rows["at"] = rows["n_chosen"] + 0.25 * (rows["test"] == "newer")  # side by side
    present = [PANEL_TESTS[test] for test in PANEL_TESTS if (rows["test"] == test).any()]
    axis = marks.plain_axis("Spearman with the order by all")
    y = {"scale": alt.Scale(domain=[-1, 1]), "axis": axis}
    base = alt.Chart(rows).encode(x=alt.X("at:Q", axis=marks.plain_axis("Benchmarks in the panel")))
    own = base.transform_filter(alt.datum.test == "families")
    colours = marks.palette(PANEL_TESTS.values(), (BLUE, GREEN, VERMILION))
    looks = {name: colours[name] for name in present} | {RANDOM: GREY}
    colour = marks.colour("tested_on", looks, columns=1, labelLimit=400)
    told = "n_chosen, benchmark_id, estimate, ci_low, ci_high, random_low, random_median, "
    told += "random_high, n_models, n_families"
    five = rows[(rows["test"] == "families") & (rows["n_chosen"] <= PANEL_SIZE)].iloc[-1]
    return marks.drawn(
        own.mark_area(color=GREY, opacity=0.25, aria=False).encode(
            y=alt.Y("random_low:Q", **y), y2="random_high:Q"
        ),
        own.mark_line(aria=False).encode(y=alt.Y("random_median:Q", **y), color=alt.datum(RANDOM)),
        base.mark_rule(strokeWidth=2, opacity=0.5, aria=False).encode(
            y=alt.Y("ci_low:Q", **y), y2="ci_high:Q", color=colour
        ),
        base.mark_line(aria=False).encode(y=alt.Y("estimate:Q", **y), color=colour),
        marks.dots(
            base,
            50,
            y=alt.Y("estimate:Q", **y),
            color=colour,
            shape=marks.shape("tested_on", present, legend=None),
            tooltip=tooltips("rpt_panels", ("tested_on:N", "Tested on"), told),
        ),
        size=(420, 480),
        description="Spearman correlation of panels of ever more benchmarks with the order by all "
        f"{five['n_benchmarks']}, with 95 % intervals; the grey band holds 95 of 100 random "
        f"panels. With {five['n_chosen']} it is {five['estimate']:.2f}, of random ones "
        f"{five['random_median']:.2f}.",
    )


PANEL_SIZE = 5
"""Size of the panel that texts speak of."""


FIGURES = (
    Figure(
        "panel_curve",
        all_of("rpt_panels", "tested_cohort_id, panel, n_chosen"),
        panel_curve,
        table=(
            "n_chosen",
            "benchmark_id",
            "estimate",
            ("ci_low", "ci_high"),
            "random_median",
            ("random_low", "random_high"),
        ),
        caption="Benchmarks that join a panel one after another, and the Spearman correlation of "
        "the panel with the order by all ({one.n_benchmarks}; modalities weigh alike, and in each "
        "its datasets), over {one.n_models} models of held-out families, with 95 % intervals over "
        "families and datasets; random panels of the same size",
        arrange=lambda rows: rows[panel_test(rows) == "families"],
    ),
    Figure(
        "variance_components",
        all_of("rpt_variance_components", "share desc, variance_source"),
        component_dots,
        table=(
            "variance_source",
            "share",
            ("ci_low", "ci_high"),
            "n_models",
            "n_families",
            "n_datasets",
        ),
        caption="What a standardised score is made of ({one.n_models} models, {one.n_datasets} "
        "datasets): shares of the variance with 95 % intervals over families and datasets",
        words={"variance_source": COMPONENTS},
    ),
    Figure(
        "decision_study",
        all_of("rpt_decision_study", "n_datasets"),
        decision_curve,
        table=("n_datasets", "coefficient", ("ci_low", "ci_high")),
        caption="Generalizability of a ranking by the number of datasets averaged "
        "({one.n_datasets_here} in the cohort), with 95 % intervals over families and datasets",
        arrange=lambda rows: rows[rows["n_datasets"].isin([2, 4, 6, 8, 10, 12, 16, 20, 30])],
    ),
)
