"""Every admissible way to ask a claim, and what the choices decide."""

import altair as alt
import pandas as pd

from warehouse.figures import marks
from warehouse.figures.fields import tooltips
from warehouse.figures.missing import POLICIES
from warehouse.figures.ranking import SCHEMES, SHARES
from warehouse.figures.record import Figure, Scope, all_of
from warehouse.figures.theme import BLUE, GREY

CHOICES = {
    "snapshot": "Snapshot",
    "benchmarks": "Benchmarks",
    "models": "Models",
    "missing": "Missing scores",
    "level": "Level",
    "method": "Coefficient",
    "pairs": "Pairs",
    "left_out": "Dataset left out",
    "scheme": "Way of averaging",
    "measure": "Measure or test",
    "covariate": "Held fixed",
    "confidence": "Same model by",
    "alignment_id": "Alignment",
    "property_id": "Property",
}
CHOSEN = (
    POLICIES
    | SCHEMES
    | SHARES
    | {
        "brainscore_2020_07": "Brain-Score, July 2020",
        "brainscore_2024_01_01": "Brain-Score, January 2024",
        "brainscore_2025_05": "Brain-Score, May 2025",
        "scaling_2024": "scaling study",
        "wichmann_2020": "Brain-Score as printed in 2020",
        "brainscore_2024_complete": "Brain-Score 2024, complete on 50",
        "brainscore_2025_core50": "Brain-Score 2025, complete on the same 50",
        "brainscore_2025_core50_floor": "Brain-Score 2025, the same 50, above floor",
        "timm_2022_491": "491 of timm",
        "rsa_robustness_70": "70 compared with human cortex",
        "encoder_layers": "layers of encoders",
        "encoder_layers_trained": "layers of trained encoders",
        "scaling_pretrained": "scaling study, pretrained",
        "scaling_trained": "scaling study, trained",
        "core_50": "the 50 of 2024",
        "cross_source": "of two sources",
        "metrics_69": "all 69 of 2024",
        "metrics_69_odd_one_out": "all 69, and odd-one-out",
        "neural_and_behaviour_80": "all 80 of 2025",
        "regions_2020": "regions of 2020",
        "regions_public": "regions, public data",
        "leaf": "single benchmarks",
        "group": "groups of benchmarks",
        "region": "regions and behaviour",
        "modality": "neural and behavioural average",
        "kendall": "Kendall",
        "pearson": "Pearson",
        "spearman": "Spearman",
        "guess": "a guess",
        "one source": "not needed, one source",
    }
)
"""Values of choices for people; of others the words of their names."""
AT_MOST, MANY = 400, 12
"""Specifications drawn, and values of a choice that the picture lists."""
HOLDS = {"holds": BLUE, "does not": GREY}

CLAIM = Scope(
    "claim",
    "rpt_specification_claims",
    "n_specifications",
    "low_agreement",
    """\
with asked as (
    select distinct cohort_id, alignment_id, property_id
    from marts.fct_specifications
    where claim_id = $id
),

used as (
    select distinct scores.source_id, coalesce(leaves.leaf_id, scores.benchmark_id) as benchmark_id
    from marts.fct_downstream_scores as scores
    inner join asked
        on
            scores.cohort_id = asked.cohort_id
            and scores.benchmark_id in (asked.alignment_id, asked.property_id)
    left join marts.dim_relation_cohorts as cohorts on scores.cohort_id = cohorts.cohort_id
    left join marts.bridge_benchmark_leaves as leaves
        on
            cohorts.member_cohort_id = leaves.cohort_id
            and scores.benchmark_id = leaves.benchmark_id
)

select distinct source_id, load_id
from marts.fct_scores
inner join marts.dim_cohorts using (snapshot_id)
inner join asked using (cohort_id)
where asked.alignment_id is null
union
select distinct source_id, load_id
from marts.fct_scores
inner join used using (source_id, benchmark_id)""",
    "statement",
)


def _words(values: pd.Series) -> pd.Series:
    said = values.str.replace("imagenet_top1", "ImageNet top-1").str.replace("_", " ")
    return values.map(CHOSEN).fillna(said)


def specification_curve(rows: pd.DataFrame, _: pd.DataFrame) -> alt.VConcatChart:
    """Estimates of all specifications in order, and below them the choices of each.

    Rows of ``fct_specifications`` of one claim with estimates, by position. Of more than 400 every
    so many is drawn; choices of more than twelve values are left out of the lower half.
    """
    step = -(-len(rows) // AT_MOST)
    drawn = rows.iloc[::step].reset_index(drop=True)
    drawn = drawn.assign(place=drawn.index + 1, verdict=drawn["does_hold"].map(_VERDICT))
    ways = f"{f'{len(drawn)} of ' * (step > 1)}{len(rows):,} ways to ask"
    x = alt.X("place:Q", axis=alt.Axis(title=None, labels=False, ticks=False))
    told = ("cohort_id", *(c for c in CHOICES if drawn[c].notna().any()))
    upper = (
        alt.Chart(drawn)
        .mark_point(filled=True, size=14, opacity=1)
        .encode(
            x=x,
            y=alt.Y("estimate:Q", axis=marks.plain_axis("Estimate")),
            color=marks.colour("verdict", HOLDS, "The claim"),
            tooltip=tooltips("fct_specifications", ", ".join(("estimate", "n_models", *told))),
        )
        .properties(width=520, height=170)
    )
    shown = [c for c in CHOICES if 1 < drawn[c].nunique() <= MANY]
    long = drawn.melt(["place", "verdict"], shown, var_name="choice", value_name="chosen")
    long = long.dropna(subset=["chosen"])
    long["row"] = long["choice"].map(CHOICES) + ": " + _words(long["chosen"].astype(str))
    order = [
        f"{CHOICES[c]}: {v}" for c in shown for v in sorted(_words(drawn[c].dropna()).unique())
    ]
    lower = (
        alt.Chart(long)
        .mark_tick(thickness=1.2, size=9, opacity=1)
        .encode(
            x=alt.X("place:Q", axis=marks.plain_axis(f"{ways}, smallest estimate first")),
            y=alt.Y("row:N", sort=order, axis=marks.names_beside(300)),
            color=marks.colour("verdict", HOLDS, "The claim"),
        )
        .properties(width=520, height=alt.Step(12))
    )
    n, holding = len(rows), int(rows["does_hold"].sum())
    return alt.vconcat(upper, lower, spacing=6).properties(
        description=f"Curve of the estimates of {n} specifications ({len(drawn)} drawn), "
        f"{marks.reach(rows['estimate'])}; the claim holds in {holding}. Below, what was chosen."
    )


_VERDICT = {True: "holds", False: "does not"}


def choice_dots(rows: pd.DataFrame, _: pd.DataFrame) -> alt.LayerChart:
    """How often the claim holds with each value of each choice.

    Rows of ``rpt_specification_choices`` of one claim; choices of more than twelve values are left
    out.
    """
    rows = rows[rows["n_values"] <= MANY].copy()
    rows["row"] = rows["choice"].map(CHOICES) + ": " + _words(rows["chosen"])
    rows["row"] += rows["n_specifications"].map(" (n = {:,})".format)
    rows = rows.sort_values(
        ["variance_share", "choice", "share_holding"], ascending=[False, True, False]
    )
    base = alt.Chart(rows).encode(
        y=alt.Y("row:N", sort=rows["row"].tolist(), axis=marks.names_beside(420))
    )
    x = alt.X(
        "share_holding:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=marks.plain_axis("Share of specifications in which the claim holds", format="%"),
    )
    told = tooltips(
        "rpt_specification_choices",
        ("row:N", "Choice"),
        "share_holding, n_specifications, median_estimate, variance_share",
    )
    return marks.drawn(
        marks.dots(base, x=x, color=alt.value(BLUE), tooltip=told),
        size=(360, alt.Step(15)),
        description=f"Dots of the share of specifications in which the claim holds, for "
        f"{len(rows)} values of {rows['choice'].nunique()} choices, "
        f"{marks.reach(rows['share_holding'], '.0%')}.",
    )


FIGURES = (
    Figure(
        "specification_curve",
        all_of("fct_specifications", "position", key="claim_id"),
        specification_curve,
        table=("cohort_id", "level", "method", "left_out", "estimate", "n_models",
               "does_hold"),
        caption="Ways to ask the claim, smallest estimate first: up to 25 of {n}, evenly spaced",
        arrange=lambda rows: rows.iloc[:: -(-len(rows) // 25)],
        scope=CLAIM,
    ),
    Figure(
        "specification_choices",
        all_of("rpt_specification_choices", "variance_share desc, choice, chosen", key="claim_id"),
        choice_dots,
        table=("choice", "chosen", "n_specifications", "share_holding", "median_estimate",
               "variance_share"),
        caption="How often the claim holds with each value of each choice",
        arrange=lambda rows: rows[rows["n_values"] <= MANY],
        words={"choice": CHOICES},
        scope=CLAIM,
    ),
)  # fmt: skip
