"""Which of two to four models is more human-like, and on what?"""

from itertools import combinations

import pandas as pd
import streamlit as st

from app_pages import _filters
from app_pages._choices import (
    by_any_name,
    choose_cohort,
    choose_some,
    in_address,
    memory,
    model_aliases,
    plain,
    to_page,
)
from app_pages._export import menu
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import probability_above, query, stop, stop_absent
from app_pages._views import (
    ask,
    draw,
    finding,
    grid,
    names_of,
    number,
    select,
    typeset,
    view,
)
from compute.stats.clusters import mean_difference
from warehouse.figures.marks import MODALITIES
from warehouse.figures.models import DIFFERENCES, VERDICTS, model_differences
from warehouse.figures.ranking import rank_intervals
from warehouse.figures.record import DEFAULT_PAIR

AT_MOST = 4
FEW = 3
"""Datasets from which on an interval says something."""

HELD = """\
with held as (
    select cohort_id, model_id
    from marts.bridge_cohort_models
    where is_member
    union
    -- a private model is no member, but stands beside those that have its benchmarks
    select places.cohort_id, models.model_id
    from marts.rpt_own_places as places
    inner join marts.dim_models as models on places.model_id = models.model_id
    where models.is_private
)
"""
RANKED = f"{HELD}select distinct model_id from held order by model_id"
IN_COHORT = f"{HELD}select model_id from held where cohort_id = $cohort_id order by model_id"
TOGETHER = f"""{HELD}
select cohort_id, count(*) as n
from held
where model_id in (select unnest($ids))
group by cohort_id
having n >= 2
order by n desc, cohort_id"""

WORDS = {"neural": "brain", "behavioural": "behavioural", "engineering": "engineering"}

HOW = f"""\
**Ahead**: the higher score (the lower one where less is better); equal scores count for neither.

**Percentile**: {TERMS["percentile"]} Lines in the chart: both scores 1.96 errors of measurement
lower or higher; without a line the error is not known.

**Mean difference**: of percentiles, with a 95 % interval that leaves out one dataset at a time and
asks what other datasets of this kind would give. **First above**: the probability that the
mean would favour the first there; 50 %: nothing tells them apart. Not corrected for several pairs.
The probability for all benchmarks together is that of the ranking, whose mean is of scores.

Of several submissions of one model the one with most scores stands for it."""

BOARD = {
    "first": "Model",
    "other": "and model",
    "modality": "On",
    "n_benchmarks": number("Of", form="d", help="Benchmarks that both have."),
    "n_ahead": number("First ahead", form="d"),
    "n_behind": number("Second ahead", form="d"),
    "mean_difference": number(
        "Difference", form="+.1f", help="Mean, in points of percentile: first minus second."
    ),
    "ci_low": number("95 % from", form="+.1f"),
    "ci_high": number("to", form="+.1f"),
    "probability_above": number(
        "First above", form=".0%", help="Probability that its mean is the higher on other datasets."
    ),
    "n_datasets": number(
        "Datasets", form="d", help="Of these benchmarks: those of one are not independent."
    ),
}


def choose_models() -> list[str]:
    """Models of the reader's choice, or two to begin with; end the page where one is alone."""
    members = query(RANKED)
    if members.empty:
        stop_absent(None, "This page")
    held = set(members["model_id"])
    aliases = model_aliases()
    asked = [by_any_name(m, "model", held, aliases) for m in in_address("models", held)]
    if asked != in_address("models", held):
        st.query_params["models"] = asked
    offered = set(_filters.choose_models()(members)["model_id"])
    first = DEFAULT_PAIR if held.issuperset(DEFAULT_PAIR) else sorted(held)[:2]
    memory().kept.setdefault("models", list(first))
    kept = [m for m in [*asked, *memory().kept["models"]] if m in held]
    named = names_of("model_id")
    chosen = choose_some(
        f"Models (2 to {AT_MOST})",
        sorted(offered | set(kept), key=lambda m: named.get(m, m).lower()),
        "models",
        at_most=AT_MOST,
        names=lambda m: named.get(m, m),
        help="By any cohort that holds them.",
    )
    if len(chosen) < 2:
        st.info("Choose two models at least: type a part of a name above.")
        stop()
    return chosen


def choose_together(ids: list[str]) -> tuple[pd.Series, list[str]]:
    """A cohort that holds most of the models, and those that it holds."""
    together = query(TOGETHER, ids=ids)
    if together.empty:
        st.info("No cohort holds two of these models, so nothing compares them.")
        stop()
    cohort = choose_cohort(together.loc[together["n"] == together["n"].max(), "cohort_id"].tolist())
    held = query(IN_COHORT, cohort_id=cohort["cohort_id"])["model_id"]
    absent = [plain(names[m]) for m in ids if m not in set(held)]
    if absent:
        st.warning(f"No cohort holds all of them; not in this one: {', '.join(absent)}.")
    return cohort, [m for m in ids if m not in absent and m in set(held)]


def judged(rows: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Every pair by modality: who is ahead how often, and the mean difference over datasets."""
    found = []
    for a, b in combinations(ids, 2):
        pair = rows[(rows["model_id"] == a) & (rows["other_id"] == b)]
        counted = counts[(counts["model_id"] == a) & (counts["other_id"] == b)]
        counted = counted.set_index("modality")
        for modality in (m for m in MODALITIES if m in counted.index):
            part = pair[pair["modality"] == modality]
            mean = mean_difference(100 * part["difference"].astype(float), part["dataset"])
            count = counted.loc[modality, ["n_benchmarks", "n_ahead", "n_behind"]]
            low, high = (min(max(limit, -100), 100) for limit in (mean.ci_low, mean.ci_high))
            limits = mean.mean, low, high, mean.probability_above
            found.append((names[a], names[b], modality, *count, *limits, mean.n_clusters))
    return pd.DataFrame(found, columns=list(BOARD))


def above(cohort_id: str, pair: list[str], entries: list[str], benchmark_ids: list[str]) -> float:
    """Probability that the first entry's average stands above the second's on other datasets."""
    found, probability = probability_above(
        cohort_id, "leaf", "arithmetic_mean",
        benchmarks=benchmark_ids, models=pair, min_coverage=0,
    )  # fmt: skip
    first, other = (found.index(entry) for entry in entries)
    return float(probability[first, other])


def overall(rows: pd.DataFrame) -> str:
    """The first pair by the mean of all benchmarks in view, in words."""
    pair = rows[(rows["model_id"] == ids[0]) & (rows["other_id"] == ids[1])]
    if pair.empty or private.intersection(ids[:2]):  # these are in no ranking
        return ""
    one = pair.iloc[0]
    entries = [
        f"{one['source_model_key']}/{one['variant_id']}",
        f"{one['other_model_key']}/{one['other_variant_id']}",
    ]
    share = above(cohort_id, ids[:2], entries, sorted(pair["benchmark_id"]))
    if pd.isna(share):
        return ""
    return (
        f"By the mean of all {len(pair)}, {plain(names[ids[0]])} would stand above "
        f"{plain(names[ids[1]])} on other datasets with a probability of {share:.0%}."
    )


def verdict(board: pd.DataFrame) -> str:
    """The first pair in words: who is ahead on how many benchmarks of each modality."""
    first, other = (plain(names[m]) for m in ids[:2])
    said = []
    for row in board[(board["first"] == names[ids[0]]) & (board["other"] == names[ids[1]])].to_dict(
        "records"
    ):
        n, ahead, behind = row["n_benchmarks"], row["n_ahead"], row["n_behind"]
        winner, won = (first, ahead) if ahead >= behind else (other, behind)
        mean, low, high = row["mean_difference"], row["ci_low"], row["ci_high"]
        if ahead < behind:
            mean, low, high = -mean, -high, -low
        n_datasets = row["n_datasets"]
        sure = f", {low:+.0f} to {high:+.0f}" if pd.notna(low) else ""
        if n_datasets < FEW:
            sure += f", from {n_datasets} dataset{'s' if n_datasets > 1 else ''} alone"
        if pd.isna(low):
            sure += ", which gives no interval"
        said.append(
            f"**{winner}** is ahead on {won} of {n} {WORDS[row['modality']]} benchmarks "
            f"({mean:+.0f} points of percentile on average{sure})"
        )
    return "; ".join(said) + "." if said else f"{first} and {other} share no benchmark here."


def side_by_side(rows: pd.DataFrame) -> None:
    """Score, error and percentile of every model on every benchmark."""
    first = rows[rows["model_id"] == ids[0]]
    others = {b: first[first["other_id"] == b].set_index("benchmark_id") for b in ids[1:]}
    board = first.drop_duplicates("benchmark_id").set_index("benchmark_id", drop=False)
    config: dict[str, object] = {}
    told = (
        ("score", ".3f", "Published score, in its own unit."),
        ("error", ".3f", "Published error; empty where none is published."),
        ("percentile", ".0%", TERMS["percentile"]),
    )
    board = board.rename(columns={"score_percentile": "percentile"})
    for i, m in enumerate(ids):
        for column, form, help in told:
            key = f"{column}_{i}"
            values = board[column] if not i else others[m][f"other_{column}"]
            board[key] = 100 * values if column == "percentile" else values
            label = {"score": names[m], "error": "±", "percentile": "Beats"}[column]
            config[key] = number(label, form=form, help=help)
        if i:
            board[f"difference_{i}"] = 100 * others[m]["difference"]
            help = f"In points of percentile: {names[ids[0]]} minus {names[m]}."
            config[f"difference_{i}"] = number("First ahead by", form="+.0f", help=help)
    view(
        differences.only(rows),
        columns=["benchmark_id", *config],
        name=f"{cohort_id}_compared",
        title="Benchmark by benchmark",
        shown=board,
        mart="rpt_model_scores",
        config=config,
        height=420,
    )


names = names_of("model_id")
left, right = st.columns([2, 1])
with left:
    chosen = choose_models()
with right:
    cohort, ids = choose_together(chosen)
cohort_id = cohort["cohort_id"]
private = set(select("dim_models", "model_id", order="model_id", is_private=True).rows["model_id"])
keep = _filters.choose_benchmarks()
of = {"models": ids, "cohort_id": cohort_id}
differences = ask(DIFFERENCES, **of)
rows = keep(
    differences.rows,
    note="The models are compared over these alone; ranks stay those of the whole cohort.",
)
if rows.empty:
    st.info("These models share no benchmark here.")
    stop()
counts = ask(VERDICTS, **of, benchmarks=sorted(set(rows["benchmark_id"])))
board = judged(rows, counts.rows)
finding(verdict(board), HOW)
left, right = st.container(key="beside").columns([3, 2], gap="large")
with left:
    drawn = rows[rows["model_id"] == ids[0]]
    drawn = drawn.assign(first=names[ids[0]], other=drawn["other_id"].map(names))
    others = [names[m] for m in ids[1:] if m in set(drawn["other_id"])]
    view(differences.only(drawn), draw(model_differences, drawn, others), name="compared")
with right:
    ranks = select(
        "fct_model_rankings", order="scheme, model_id",
        cohort_id=cohort_id, level="leaf", is_first_copy=True, model_id=ids,
    )  # fmt: skip
    by_name = ranks.rows.assign(model_id=ranks.rows["model_id"].map(names))
    view(
        ranks,
        draw(rank_intervals, by_name, [names[m] for m in ids if m not in private]),
        title="Rank under every way of averaging",
        absent="The models of this cohort are not ranked.",
    )
    if unranked := [plain(names[m]) for m in ids if m in private]:
        st.caption(
            f"Private, so in no cohort and without a rank: {', '.join(unranked)}. Percentiles are "
            "those it would have."
        )
    likely = st.empty()
    for model_id in ids:
        to_page("model", f"All about {names[model_id]}", model=model_id)
shares = 100 * board["probability_above"]
grid(board.assign(modality=board["modality"].map(WORDS), probability_above=shares), BOARD)
menu(counts.only(board), "compared_two_by_two")
side_by_side(rows)
likely.markdown(typeset(overall(rows)))  # last: it takes longest
cite(cohort["source_id"], citations=rows["citation"])
