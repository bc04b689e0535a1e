"""The figures of Ahlert et al. (2024), How aligned are different alignment metrics?"""

import altair as alt
import pandas as pd

from warehouse.fields import Field
from warehouse.figures import marks
from warehouse.figures.agreement import correlation_heatmap
from warehouse.figures.fields import tooltips
from warehouse.figures.missing import coverage_scatter
from warehouse.figures.ranking import LARGE_SHIFT, SCHEMES, rank_strip
from warehouse.figures.record import COHORT_AND_ATTENTION, Column, Figure, all_of
from warehouse.figures.theme import BLUE, GREEN, PINK, RANKS, VERMILION


def benchmark_heatmap(pairs: pd.DataFrame) -> alt.LayerChart:
    """Heat map of Figures 1 and 5: benchmarks of several kinds, in the order of the paper.

    Rows of ``rpt_ahlert2024_fig1_correlations`` or ``rpt_ahlert2024_fig5_correlations``, both
    halves. A benchmark that is not public keeps its row and column, which are empty; the name of
    one that fewer models have says how many.
    """
    names = pairs.sort_values("position_a").drop_duplicates("benchmark_a")
    benchmarks = names.rename(columns={"benchmark_a": "benchmark_id", "label_a": "title"})
    most = pairs.groupby("benchmark_a")["n_models"].max()
    own = most.map(lambda n: " (absent)" if pd.isna(n) else f" (n = {n:.0f})")
    own[most == most.max()] = ""
    benchmarks["title"] += benchmarks["benchmark_id"].map(own)
    half = pairs[pairs["position_a"] < pairs["position_b"]]
    order = benchmarks["benchmark_id"].tolist()
    return correlation_heatmap(half, benchmarks, order)


def neural_behaviour(rows: pd.DataFrame) -> alt.HConcatChart:
    """Neural against behavioural averages, raw and z-transformed (Figure 2).

    Rows of ``rpt_ahlert2024_fig2_neural_behaviour`` of one cohort.
    """
    base = alt.Chart(rows).encode(
        color=alt.Color(
            "overall_rank:Q",
            scale=alt.Scale(range=RANKS, domain=[1, max(len(rows), 2)]),
            legend=marks.legend("Rank by the overall average", titleLimit=300),
        ),
        tooltip=tooltips(
            "rpt_ahlert2024_fig2_neural_behaviour",
            "source_model_name, score_neural, score_behaviour, score_overall",
            "overall_rank, neural_rank",
        ),
    )
    panels = [
        base.mark_circle(size=55, opacity=0.8)
        .encode(
            x=alt.X(
                f"score_neural{end}:Q", scale=marks.LOOSE, axis=marks.plain_axis(f"Neural{unit}")
            ),
            y=alt.Y(
                f"score_behaviour{end}:Q",
                scale=marks.LOOSE,
                axis=marks.plain_axis(f"Behaviour{unit}"),
            ),
        )
        .properties(width=330, height=330)
        for end, unit in (("", " average"), ("_z", " average, z-score"))
    ]
    first = rows.iloc[0]
    return alt.hconcat(*panels).properties(
        description=f"Two scatter plots of {len(rows)} models, neural against behavioural "
        "average, raw and z-transformed. Squared correlation with the overall average: neural "
        f"{first['r2_neural']:.2f}, behaviour {first['r2_behaviour']:.2f}."
    )


def distributions(rows: pd.DataFrame) -> alt.LayerChart:
    """Densities of the averages of V1, V2, V4 and IT, with every model as a tick (Figure 6).

    Rows of ``rpt_ahlert2024_fig6_distributions`` of one cohort.
    """
    areas = marks.known_first(rows["benchmark_id"], marks.REGIONS)
    shades = marks.palette(areas, (BLUE, GREEN, VERMILION, PINK))
    low, high = rows["score"].min(), rows["score"].max()
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    axis = marks.plain_axis("Average score of the area")
    base = alt.Chart(rows).encode(
        x=alt.X("score:Q", scale=alt.Scale(domain=[low, high], nice=False), axis=axis),
        color=marks.colour("benchmark_id", shades, "Average over"),
    )
    density = {"as_": ["score", "density"], "groupby": ["benchmark_id"], "extent": [low, high]}
    curves = base.transform_density("score", **density).mark_area(opacity=0.25, line=True)
    ticks = base.mark_tick(thickness=1, bandSize=8, opacity=0.7)
    means = rows.groupby("benchmark_id")["score"].mean()
    shown = ", ".join(f"{area} {means[area]:.2f}" for area in areas)
    return marks.drawn(
        curves.encode(y=alt.Y("density:Q", stack=None, axis=marks.plain_axis("Density"))),
        ticks.encode(
            y=alt.value(326),
            tooltip=tooltips(
                "rpt_ahlert2024_fig6_distributions", "source_model_name, benchmark_id, score"
            ),
        ),
        size=(520, 330),
        description=f"Densities of the averages of {len(areas)} areas over "
        f"{marks.span(rows['n_models'])} models. Means: {shown}.",
    )


def _strongest_first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("estimate", key=lambda e: -e.abs(), kind="stable")


def _pairs_once(rows: pd.DataFrame) -> pd.DataFrame:
    half = rows[(rows["position_a"] < rows["position_b"]) & rows["estimate"].notna()]
    return _strongest_first(half)


def _largest_groups(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.drop_duplicates("coverage_group").sort_values("n_group", ascending=False)


def _by_scheme(rows: pd.DataFrame) -> tuple[list[Column], pd.DataFrame]:
    """Models with their rank under each scheme; large shifts carry a star."""
    schemes = marks.known_first(rows["scheme"], SCHEMES)
    star = rows["is_large_shift"].fillna(False).astype(bool).map({True: "*", False: ""})
    rows = rows.assign(shown=rows["score_rank"].map("{:g}".format) + star)
    wide = rows.pivot(index=["source_model_key", "variant_id"], columns="scheme")
    first = wide["score_rank"].sort_values(schemes[0], kind="stable").index
    names = rows.drop_duplicates(wide.index.names).set_index(wide.index.names)
    shown = wide["shown"].loc[first].assign(source_model_name=names["source_model_name"])
    heads = [Field(s, SCHEMES.get(s, s), None, "", "double") for s in schemes]
    return ["source_model_name", *heads], shown


def _areas_once(rows: pd.DataFrame) -> pd.DataFrame:
    areas = rows.drop_duplicates("benchmark_id").set_index("benchmark_id", drop=False)
    return areas.loc[marks.known_first(areas.index, marks.REGIONS)]


_PAIR = ("estimate", ("ci_low", "ci_high"), "n_models", "p_bonferroni")
FIGURES = (
    Figure(
        "ahlert2024_fig1_correlations",
        all_of("rpt_ahlert2024_fig1_correlations", "position_a, position_b"),
        lambda rows, _: benchmark_heatmap(rows),
        table=("label_a", "label_b", *_PAIR),
        signed=("estimate",),
        caption="Spearman correlations between {many[benchmark_a]} benchmarks; attention maps are "
        "those of a newer ClickMe run than the paper's",
        arrange=_pairs_once,
        default="brainscore_2025_odd_one_out",
        scope=COHORT_AND_ATTENTION,
    ),
    Figure(
        "ahlert2024_fig2_neural_behaviour",
        all_of("rpt_ahlert2024_fig2_neural_behaviour", "overall_rank, source_model_key"),
        lambda rows, _: neural_behaviour(rows),
        table=("source_model_name", "score_neural", "score_behaviour", "score_overall",
               "overall_rank", "neural_rank"),
        caption="Averages of {n} models. Squared correlation with the overall average: neural "
        "{one.r2_neural:.3f}, behaviour {one.r2_behaviour:.3f}",
    ),
    Figure(
        "ahlert2024_fig3_rankings",
        all_of("rpt_ahlert2024_fig3_rankings", "scheme, score_rank, source_model_key", "level"),
        lambda rows, _: rank_strip(rows),
        tabulate=_by_scheme,
        caption="Ranks of {one.n_models} models under {many[scheme]} ways of averaging; *: more "
        f"than {LARGE_SHIFT} places from the arithmetic mean",
        default="brainscore_2024_complete_dedup",
        options={"level": "modality"},
    ),
    Figure(
        "ahlert2024_fig4_correlations",
        all_of("fct_benchmark_correlations", "benchmark_a, benchmark_b", "level", "method"),
        correlation_heatmap,
        table=("benchmark_a", "benchmark_b", *_PAIR),
        signed=("estimate",),
        caption="Correlations ({one.method}) of {n} pairs of benchmarks",
        arrange=_strongest_first,
        options={"level": "leaf", "method": "spearman"},
    ),
    Figure(
        "ahlert2024_fig5_correlations",
        all_of("rpt_ahlert2024_fig5_correlations", "position_a, position_b"),
        lambda rows, _: benchmark_heatmap(rows),
        table=("label_a", "label_b", *_PAIR),
        signed=("estimate",),
        caption="Spearman correlations between {many[benchmark_a]} benchmarks",
        arrange=_pairs_once,
        default="brainscore_2024_metrics69",
    ),
    Figure(
        "ahlert2024_fig6_distributions",
        all_of("rpt_ahlert2024_fig6_distributions", "benchmark_id, score, source_model_key"),
        lambda rows, _: distributions(rows),
        table=("benchmark_id", "n_models", "mean_score", "sd_score",
               *(f"quantile_{q}" for q in ("05", "25", "50", "75", "95"))),
        caption="Distribution of the averages of the neural areas",
        arrange=_areas_once,
        default="brainscore_2024_complete_dedup",
    ),
    Figure(
        "ahlert2024_fig7_missingness",
        all_of("rpt_ahlert2024_fig7_missingness", "source_model_key"),
        lambda rows, _: coverage_scatter(rows),
        table=("coverage_group", "n_group", "r2_neural", "r2_behaviour"),
        caption="Groups of {n} models by the number of their non-zero "
        "scores, with the squared correlation of each part with the overall average",
        arrange=_largest_groups,
        default="brainscore_2024_all",
    ),
)  # fmt: skip
