"""Who ranks where? Models ranked over all benchmarks, those of brain or behaviour, or your own."""

import shlex
from dataclasses import replace
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

import pandas as pd
import streamlit as st

from app_pages import _choices, _filters, _ranking_averaging, _shared
from app_pages._export import menu
from app_pages._glossary import TERMS
from app_pages._origins import cite
from app_pages._shared import stop, stop_absent
from app_pages._views import Answer, Drawing, draw, finding, number, select, table
from warehouse.figures.marks import REGIONS, known_first
from warehouse.figures.ranking import LARGE_SHIFT, SCHEMES, rank_bump

REFERENCE = "arithmetic_mean"
MAX_PATTERNS = 1_000
FEW_DATASETS = 5
"""With fewer, a test over datasets can hardly find anything, and its winner is not printed bold."""
N_FOLLOWED = 4
"""Models that a chart follows unless the reader names others."""

ENTRY = ["source_model_key", "variant_id"]
CERTAINTY = [
    "rank_ci_low",
    "rank_ci_high",
    "probability_above_next",
    "n_above_holm",
]
ABOUT = {
    "bridge_cohort_models": ["imagenet_top1"],
    "dim_models": ["n_parameters", "architecture_class", "training_data", "objective"],
}
"""What is known of a model, by mart."""
MIN_MODELS = 10
"""That an area must have: among fewer one rival decides a percentile."""
BESIDE = {"certainty": "Certainty", "areas": "Areas", "about": "The models"}
"""Columns that can stand beside a rank."""
ELSEWHERE = [
    "rank_family_ci_low",
    "rank_family_ci_high",
    "rank_min_left_out",
    "rank_min_left_out_dataset",
    "rank_max_left_out",
    "rank_max_left_out_dataset",
]
"""Where a model would stand among other families, and without a dataset."""

EXPLAINED = {
    "arithmetic_mean": "Scores are averaged as they are.",
    "z_mean": "Every benchmark is first given the same mean and spread.",
    "mean_rank": "Places are averaged, ignoring how far apart models are.",
    "robust_z_mean": "As z-scores, with median and MAD, so that outliers weigh less.",
    "minmax_mean": "Every benchmark is first stretched from 0 (worst model) to 1 (best).",
    "borda": "The models that each model beats are counted, benchmark by benchmark.",
    "win_rate": "The share of rivals that a model beats on most benchmarks.",
    "plackett_luce": "Strengths that make the orders of all benchmarks likeliest; no interval.",
    "kemeny": "The order of the best twelve least against the benchmarks; no interval.",
}
NO_AVERAGES = ("plackett_luce", "kemeny")
WEIGHTS = ("0", "1", "2", "3", "5", "10", "20")
SETS = {"all": "All", "neural": "Brain", "behavioural": "Behaviour", "own": "Your own"}
"""Which benchmarks are averaged."""

HOW = """\
**{scheme}** {explained}

**Interval of a rank**: {interval} It does not tell what missing scores leave open.

**First place**: one dataset is left out at a time; the models that no paired test puts another
above (5 %, Holm over all pairs) share it. That many share it says that the datasets are few for so
many pairs, not that these models are alike. *P above the next*: that a model stands above the one
ranked next, were there other datasets.

**Areas**: percentiles, as scores of different areas have no common unit; they stay whatever is
ranked. A cell is empty where the model lacks more than a tenth of the area's benchmarks.

**Left out** are models with scores that nobody doubts on less than 90 % of the benchmarks: their
averages are over other benchmarks. † marks a score that a known issue doubts, or that stands alone
and is unlike the model's other scores. (+1) are further submissions of the same weights; they keep
their places."""


class Choice(NamedTuple):
    """What is ranked; of a list that is empty, all."""

    benchmarks: list[str]
    models: list[str]
    weights: dict[str, int]
    """By area, how many times each of its benchmarks counts where that is not once."""

    @property
    def options(self) -> dict[str, object]:
        """As `warehouse.rank.ranked` takes them."""
        return {
            "benchmarks": self.benchmarks or ["*"],
            "models": self.models or ["*"],
            "weights": self.weights,
        }


def choose_subset(found: pd.DataFrame) -> Choice:
    """Benchmarks and models that the reader wants ranked; nothing is computed before the button."""
    titles = found.set_index("benchmark_id")["title"].to_dict()
    with st.form("subset", border=True):
        left, right = st.columns(2)
        with left:
            only = _choices.choose_some(
                "Only these benchmarks (none: all)", list(titles), "metrics", names=titles.get
            )
        with right:
            without = _choices.choose_some(
                "Without these benchmarks", list(titles), "without", names=titles.get
            )
        models = _choices.choose_text(
            "Models (names or patterns, with commas; empty: all)",
            "model_patterns",
            placeholder="for example *resnet*, vit*",
        )
        weights = choose_weights(found)
        st.form_submit_button("Rank", type="primary")
    if len(models) > MAX_PATTERNS:
        st.info(f"Name models in up to {MAX_PATTERNS} characters; these are {len(models):,}.")
        stop()
    ids = [i for i in (only or titles) if i not in without]
    if not ids:
        st.info("No benchmark is left to rank on.")
        stop()
    named = [m for m in map(str.strip, models.split(",")) if m]
    return Choice(ids if len(ids) < len(titles) else [], named, weights)


def choose_weights(found: pd.DataFrame) -> dict[str, int]:
    """How many times each benchmark of an area counts, where that is not once."""
    areas = known_first(found["region"].dropna(), REGIONS)
    if len(areas) < 2:
        return {}
    chosen = {}
    for area, place in zip(areas, st.columns(len(areas)), strict=True):
        label = f"Weight of {area} ({(found['region'] == area).sum()})"
        help = "How many times each of its benchmarks counts."
        key = f"weight_{area}"
        asked = _choices.choose(label, WEIGHTS, key, default="1", help=help, place=place)
        chosen[area] = int(asked)
    return {area: n for area, n in chosen.items() if n != 1}


def ranked(of: dict[str, str], schemes: list[str], choice: Choice, *, is_all: bool) -> pd.DataFrame:
    """Rank the chosen part of the cohort; end the page with advice where nothing fits."""
    from warehouse.rank import MIN_COVERAGE, NothingToRank

    least = 0.0 if is_all else MIN_COVERAGE
    try:
        return _ranked(of, schemes, choice.options, least, *_shared.this_build())
    except NothingToRank as nothing:
        st.info("There is nothing to rank.")
        st.code(str(nothing), language=None, wrap_lines=True)
        stop()


@st.cache_data(max_entries=64, show_spinner="Ranking …")
def _ranked(
    of: dict[str, str],
    schemes: list[str],
    options: dict[str, object],
    min_coverage: float,
    *build: object,
) -> pd.DataFrame:
    return _shared.rank(**of, schemes=schemes, min_coverage=min_coverage, **options)


def command(of: dict[str, str], scheme: str, choice: Choice, *, is_all: bool) -> str:
    """Write the command that gives the same ranking."""
    (ids, patterns, weights), parts = choice, ["aw rank", f"--cohort {of['cohort_id']}"]
    parts += [f"--level {of['level']}", f"--scheme {scheme}"]
    parts += [f"--benchmarks {shlex.quote(','.join(ids))}"] if ids else []
    parts += [f"--models {shlex.quote(','.join(patterns))}"] if patterns else []
    parts += [f"--weights {','.join(f'{a}={n}' for a, n in weights.items())}"] if weights else []
    return " \\\n  ".join([*parts, "--all"] if is_all else parts)


def first_place(rows: pd.DataFrame, scheme: str) -> str:
    """Who leads, and who shares the first place, in a sentence."""
    best, n = rows.iloc[0], len(rows)
    leader = _choices.plain(best["source_model_name"])
    title = SCHEMES.get(scheme, scheme)
    by = f"by {title}" if scheme in NO_AVERAGES else f"by the {title[0].lower()}{title[1:]}"
    tested = rows.dropna(subset=["rank_ci_low"])
    if tested.empty:
        why = (
            f"{title} looks for the likeliest order, and is no average whose differences could be "
            "tested on other datasets"
            if scheme in NO_AVERAGES
            else "it takes two models with scores of two datasets. Datasets here: "
            f"{int(best['n_datasets'])}"
        )
        return f"{leader} leads {n} models {by}. No interval: {why}."
    n_top = int((tested["n_above_holm"] == 0).sum())
    n_sets, n_pairs = int(rows["n_datasets"].max()), len(tested) * (len(tested) - 1) // 2
    tests = f"paired test over {n_sets} datasets (Holm over {n_pairs:,} pairs)"
    is_whole = best["n_datasets"] == n_sets
    has = "" if is_whole else f" (scores of {best['n_datasets']:.0f} of them)"
    led = f"{leader}{has} leads {by}; on other datasets its rank would be "
    led += f"{best['rank_ci_low']:.0f} to {best['rank_ci_high']:.0f} of {n} (95 %)."
    if n_top == 1 and n_sets >= FEW_DATASETS:
        return f"**{leader} stands alone in the first place**: {tests}. {led}"
    if n_top == 1:
        return f"{leader} stands alone in the first place by a {tests}, which are few. {led}"
    if n_top < n:
        return f"**{n_top} of {n} models share the first place**: no {tests} parts them. {led}"
    none = f"no {tests} has the power to put any of the {n} models above another"
    if n_sets < FEW_DATASETS:
        none = f"{n_sets} datasets are too few for a paired test of {n_pairs:,} pairs of models"
    return f"**No order is certain**: {none}. {led}"


def count_left_out(rows: pd.DataFrame) -> int:
    """How many models have too little coverage to be ranked among the others."""
    from warehouse.rank import MIN_COVERAGE

    return int((rows["coverage"] < MIN_COVERAGE - 1e-9).sum())


def choose_all(rows: pd.DataFrame, n_out: int, place: object) -> bool:
    """Whether models that are unlike the others, and copies, are taken in; how many there are."""
    n_copies = int((~rows["is_first_copy"]).sum())
    if not n_out and not n_copies:
        return False
    n, kind = len(rows) - n_out - n_copies, "comparable" if n_out else "different"
    offered = {"comparable": f"{n} {kind}", "all": f"All {len(rows)}"}
    out = f"{n_out} left out: few of the benchmarks, or doubted scores. " * bool(n_out)
    help = f"{out}{n_copies} further submissions of the same weights folded."
    chosen = _choices.choose("Models", offered, "which", help=help, place=place, is_switch=True)
    return chosen == "all"


def with_areas(of: dict[str, str], rows: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, dict]]:
    """Where each model stands in each region of the brain and in behaviour, and these columns.

    Of the cohort's benchmarks of the area a model needs nearly all, and an area enough models.
    """
    from warehouse.rank import MIN_COVERAGE

    found = select(
        "fct_scores_normalized",
        "source_model_key, variant_id, benchmark_id, n_models, n_leaves, score_percentile",
        order="all",
        cohort_id=of["cohort_id"],
        level="region",
    ).rows
    n_leaves = found.groupby("benchmark_id")["n_leaves"].max()
    is_whole = found["n_leaves"] >= MIN_COVERAGE * found["benchmark_id"].map(n_leaves) - 1e-9
    found = found[is_whole & (found["n_models"] >= MIN_MODELS)]
    wide = 100 * found.pivot(index=ENTRY, columns="benchmark_id", values="score_percentile")
    wide = wide[
        sorted(wide, key=lambda area: (REGIONS.index(area) if area in REGIONS else 9, area))
    ]
    most = found.groupby("benchmark_id")["n_models"].max()
    config = {
        area: number(
            f"{area if area in REGIONS else 'Behaviour'} ({n_leaves[area]}), %",
            form=".0f",
            help=f"Share of {most[area]} models of the cohort that it beats on the mean of the "
            f"{n_leaves[area]} benchmarks; ties half counted. No interval.",
        )
        for area in wide
    }
    return rows.merge(wide, how="left", left_on=ENTRY, right_index=True), config


def with_about(of: dict[str, str], rows: pd.DataFrame) -> pd.DataFrame:
    """What is known of each model; much is empty, as publishers do not say it."""
    member = select("bridge_cohort_models", ", ".join([*ENTRY, *ABOUT["bridge_cohort_models"]]),
                    order="all", cohort_id=of["cohort_id"])  # fmt: skip
    known = select("dim_models", ", ".join(["model_id", *ABOUT["dim_models"]]), order="all",
                   model_id=sorted(set(rows["model_id"].dropna())))  # fmt: skip
    return rows.merge(member.rows, how="left", on=ENTRY).merge(known.rows, "left", on="model_id")


def show_board(
    of: dict[str, str], rows: pd.DataFrame, scheme: str, wanted: str, *, beside: str, is_all: bool
) -> pd.DataFrame:
    """The leaderboard by one scheme; names lead to the page of the model. Gives what it shows."""
    shown = rows if is_all or scheme == "kemeny" else rows[rows["is_first_copy"]]
    shown = shown[shown["source_model_name"].str.contains(wanted, case=False, regex=False)]
    if shown.empty:
        st.info("No model of this ranking has such a name.")
        return shown
    copies = shown["n_copies"] - 1
    marks = (shown["n_doubted"] > 0).map({True: " †", False: ""})
    if not is_all:
        marks += copies.map(lambda n: f" (+{n})" if n else "")
    address = shown["model_id"].map(partial(_choices.permalink, "model"))
    named = (shown["source_model_name"] + marks).map(quote)
    config = {
        "score_rank": number(
            "Rank", form="~g", help="1 = best. A tie shares the mean of its places."
        ),
        "model": st.column_config.LinkColumn(
            "Model", display_text=r"#(.*)$", width=230, help="As published. † a doubted score."
        ),
        "score": number(
            "Score", help=f"{SCHEMES.get(scheme, scheme)}, in its own unit; higher is better."
        ),
        "score_minmax": st.column_config.ProgressColumn(
            "Worst 0, best 1", format="%.2f", min_value=0, max_value=1
        ),
    }
    board, more = shown.assign(model=address + "#" + named), {}
    columns = [*config, "coverage", *CERTAINTY]
    if beside == "areas":
        board, areas = with_areas(of, board)
        columns = ["score_rank", "model", "score", *CERTAINTY[:2], *areas]
        config = {name: config[name] for name in columns[:3]} | areas
    elif beside == "about":
        board, more = with_about(of, board), ABOUT
        columns = ["score_rank", "model", "score", *(c for part in ABOUT.values() for c in part)]
        config = {name: config[name] for name in columns[:3]}
    table(board, "fct_model_rankings", columns, config=config, more=more, height=420)
    return shown


def show_doubts(cohort: pd.Series, rows: pd.DataFrame) -> None:
    """Why scores of the models shown are doubted, behind a button."""
    keys = rows.loc[rows["n_doubted"] > 0, "source_model_key"].tolist()
    if not keys:
        return
    used = select(
        "bridge_cohort_benchmarks", "benchmark_id", order="all", cohort_id=cohort["cohort_id"]
    )
    doubted = select(
        "rpt_doubted_scores",
        order="source_model_name, benchmark_id",
        snapshot_id=cohort["snapshot_id"],
        source_model_key=keys,
        benchmark_id=used.rows["benchmark_id"].tolist(),
    )
    n = doubted.rows["source_model_key"].nunique()
    with st.popover(f"† {n} model{'s' * (n > 1)} with a doubted score", type="tertiary"):
        columns = "model_id, benchmark_id, score, issue, robust_z, gap, percentile_elsewhere"
        table(doubted.rows, "rpt_doubted_scores", columns)


def show_pair(
    of: dict[str, str], scheme: str, choice: Choice, rows: pd.DataFrame, *, is_all: bool
) -> None:
    """How likely one model stands above another."""
    from warehouse.rank import MIN_COVERAGE

    names = dict(zip(rows[ENTRY].agg("/".join, axis=1), rows["source_model_name"], strict=True))
    if len(names) < 2 or rows["rank_ci_low"].isna().all():
        return
    first, second = list(names)[:2]
    left, right, said = st.columns([2, 2, 3], vertical_alignment="bottom")
    a = _choices.choose("Does", names, "above", default=first, place=left)
    b = _choices.choose("stand above", names, "below", default=second, place=right)
    of_a, of_b = (rows.iloc[list(names).index(entry)] for entry in (a, b))
    if of_b["score_rank"] == of_a["score_rank"] + 1:  # neighbours, neither of them tied
        p = of_a["probability_above_next"]
    else:
        least = 0.0 if is_all else MIN_COVERAGE
        entries, above = _shared.probability_above(
            **of, scheme=scheme, min_coverage=least, **choice.options
        )
        p = above[entries.index(a), entries.index(b)]
    said.markdown(
        "Nothing tells the two apart: their difference never changes."
        if pd.isna(p)
        else f"**With probability {p:.2f}**, were there other datasets (one pair, not corrected)."
    )


def choose_followed(rows: pd.DataFrame) -> dict[str, str]:
    """Models that the charts follow: key and name; the first ones unless the reader names some."""
    names = dict(zip(rows[ENTRY].agg("/".join, axis=1), rows["source_model_name"], strict=True))
    asked = _choices.choose_some(
        "Follow these models", sorted(set(names.values())), "followed", at_most=8
    )
    doubted = rows["n_doubted"].to_numpy() > 0
    marked = {
        entry: f"{name} †" if is_doubted else name
        for (entry, name), is_doubted in zip(names.items(), doubted, strict=True)
    }
    fitting = {entry: marked[entry] for entry, name in names.items() if name in asked}
    return fitting or dict(list(marked.items())[:N_FOLLOWED])


def bumps(
    rows: pd.DataFrame, stages: dict[str, str], column: str, followed: dict[str, str]
) -> Drawing:
    """Chart of the places of every model, stage by stage."""
    staged = rows.assign(stage=rows[column].map(stages), entry=rows[ENTRY].agg("/".join, axis=1))
    staged = staged[["entry", "source_model_name", "stage", "score_rank"]]
    made = draw(rank_bump, staged, stages=list(stages.values()), followed=followed)
    return replace(made, key=f"rank_bump_{column}")  # there are two on the page


def show_change(
    before: pd.DataFrame, after: pd.DataFrame, names: tuple[str, str], followed: dict[str, str]
) -> None:
    """Places before and after the benchmarks, or what they are averaged over, changed."""
    both = before.merge(after[ENTRY], on=ENTRY), after.merge(before[ENTRY], on=ENTRY)
    rows = pd.concat([r.assign(at=name) for r, name in zip(both, names, strict=True)])
    moves = rows.pivot(index=ENTRY, columns="at", values="score_rank").rank()
    shift = moves[names[1]] - moves[names[0]]
    most = shift.abs().idxmax()
    name = after.set_index(ENTRY)["source_model_name"][most]
    st.header(f"{names[0]} → {names[1]}")
    chart = bumps(rows, dict(zip(names, names, strict=True)), "at", followed)
    chart.show()
    st.caption(
        f"{int((shift.abs() > LARGE_SHIFT).sum())} of {len(shift)} models move by more than "
        f"{LARGE_SHIFT} places; most: {_choices.plain(name)}, from {moves[names[0]][most]:g} to "
        f"{moves[names[1]][most]:g}."
    )
    menu(Answer(rows, "", {}), "ranking_before_after", chart)


def choose_set(of: dict[str, str], place: object) -> tuple[str, Choice, dict[str, str]]:
    """Which benchmarks are averaged: the set, what it holds, and the names of the sets."""
    found = select("fct_scores_normalized", "distinct benchmark_id", order="all", **of).rows
    about = _shared.benchmarks(found["benchmark_id"])
    held = set(about["modality"])
    offered = {
        k: name
        for k, name in SETS.items()
        if k in {"all", "own"} | (held if len(held) > 1 else set())
    }
    own = ("metrics", "without", "model_patterns", *(f"weight_{area}" for area in REGIONS))
    if "set" not in st.query_params and any(_choices.in_address(key) for key in own):
        st.query_params["set"] = "own"
    chosen = _choices.choose("Benchmarks", offered, "set", place=place, is_switch=True)
    if chosen == "own":
        return chosen, choose_subset(about), offered
    ids = about.loc[about["modality"] == chosen, "benchmark_id"].tolist()
    return chosen, Choice(ids, [], {}), offered


def show() -> None:
    """The leaderboard by one scheme, and every model under every scheme."""
    cohort = _choices.choose_cohort()
    of = {"cohort_id": cohort["cohort_id"]}
    available = select("fct_model_rankings", "distinct level, scheme", order="all", **of).rows
    if available.empty:
        stop_absent(cohort["source_id"], "This view")
    # in rows that fold: no switch is cut on a narrow screen
    row = st.container(horizontal=True, vertical_alignment="bottom")
    first, second, third = row.container(width="content"), row.container(), row.container()
    of["level"] = _choices.choose_known(
        "Averaged over", available["level"], _choices.LEVELS, "level", place=third
    )
    here = available.loc[available["level"] == of["level"], "scheme"]
    schemes = list(_choices.named(here, SCHEMES))
    scheme = _choices.choose_known("Averaged by", here, SCHEMES, "scheme", place=second)
    chosen, choice, sets = choose_set(of, first)

    found = select("fct_model_rankings", order="scheme, score_rank", **of)
    is_held = not any(choice) and bool(found.rows["is_comparable"].all())
    base = found.rows if is_held else ranked(of, schemes, choice, is_all=False)
    top = st.container(key="finding-first")
    row = st.container(horizontal=True, vertical_alignment="bottom")
    left, middle = row.container(width="content"), row.container(width="content")
    right = row.container()
    n_out = 0 if is_held else count_left_out(base[base["scheme"] == scheme])
    is_all = choose_all(base[base["scheme"] == scheme], n_out, left)
    beside = _choices.choose("Beside the rank", BESIDE, "beside", place=middle, is_switch=True)
    search = partial(right.text_input, placeholder="for example resnet")
    wanted = _choices.choose_text("Search by name", "search", widget=search)
    if is_all and not is_held:
        base = ranked(of, schemes, choice, is_all=True) if any(choice) else found.rows
    base = base.dropna(subset=["score_rank"]).sort_values(["scheme", "score_rank"])
    how = HOW.format(
        scheme=SCHEMES.get(scheme, scheme) + ".",
        explained=EXPLAINED.get(scheme, ""),
        interval=TERMS["rank interval"],
    )
    with top:
        finding(first_place(base[base["scheme"] == scheme], scheme), how)

    keep = _filters.choose_models()
    rankings = keep(base, note="Ranks and intervals stay those of all that are ranked.")
    if rankings.empty:
        stop()
    rows = rankings[rankings["scheme"] == scheme]
    shown = show_board(of, rows, scheme, wanted, beside=beside, is_all=is_all)
    answer = found if is_held or (is_all and not any(choice)) else Answer(rows, "", {})
    with st.container(horizontal=True, vertical_alignment="center"):
        name = "_".join([*of.values(), chosen, "ranking"])
        menu(answer.only(rows), name, command=command(of, scheme, choice, is_all=is_all))
        with st.popover("Other families, other datasets", type="tertiary"):
            columns = ["source_model_name", "score_rank", *ELSEWHERE]
            table(shown, "fct_model_rankings", columns)
        show_doubts(cohort, shown)
    show_pair(of, scheme, choice, rows, is_all=is_all)

    followed = choose_followed(rows if is_all else rows[rows["is_first_copy"]])
    is_other = bool(choice.benchmarks or choice.weights)
    if is_other or of["level"] != "leaf":
        whole = Choice([], choice.models, {})
        before = ranked({**of, "level": "leaf"}, schemes, whole, is_all=is_all)
        now = sets[chosen] if is_other else _choices.LEVELS[of["level"]].split(":")[0]
        show_change(before[before["scheme"] == scheme], rows, ("All benchmarks", now), followed)
    st.header("Every way of averaging")
    counts = rankings.groupby("scheme")["score_rank"].count()
    stages = {s: SCHEMES.get(s, s) for s in schemes if counts.get(s, 0) == len(rows)}
    chart = bumps(rankings[rankings["scheme"].isin(stages)], stages, "scheme", followed)
    chart.show()
    menu(answer.only(rankings), f"{name}_schemes", chart)
    cite(cohort["source_id"])


_choices.tabs({"Ranking": show, "Averaging": _ranking_averaging.show})
