"""Ranking, averaging and the panel: what they show of the toy warehouse."""

import threading

import numpy as np
import pandas as pd
import pytest
from shown import COHORT, MEMBERS, names, opened, table, texts
from test_pages import V1, published

from ingest import settings
from tests.fixtures.make import SUBMISSIONS, score
from warehouse import db


def test_the_leaderboard_is_that_of_the_mart_and_names_are_searched(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "ranking", cohort=COHORT)
    board = app.dataframe[0].value
    leaves = rows_of("bridge_cohort_benchmarks", cohort_id=COHORT)["benchmark_id"]
    mean = np.mean([published(b) for b in leaves], axis=0)
    best = SUBMISSIONS[MEMBERS[int(np.argmax(mean))]]
    assert names(board)[0].startswith(best) and best in texts(app)
    members = rows_of("bridge_cohort_models", cohort_id=COHORT, is_member=True)
    folded = members[members["is_first_copy"]]
    assert len(board) == len(folded) < len(members)
    assert sum("(+" in name for name in names(board)) == (folded["n_copies"] > 1).sum()
    every = use(toy_warehouse, "ranking", cohort=COHORT, which="all").dataframe[0].value
    assert len(every) == len(members) and not any("(+" in name for name in names(every))
    app.text_input(key="search").set_value("RESNET-34").run()
    assert names(app.dataframe[0].value) == ["resnet-34"]
    app.selectbox(key="scheme").set_value("mean_rank").run()
    assert not app.exception


@pytest.mark.parametrize("beside", ["", "areas", "about"])
@pytest.mark.parametrize("wanted", ["nobody", "[x](https://x.example)", "\0", "🙂"])
def test_a_search_that_finds_no_model_says_so(use, toy_warehouse, beside, wanted):
    """As a reader types it, or a link has it."""
    app = use(toy_warehouse, "ranking", cohort=COHORT, search=wanted, beside=beside)
    assert "has such a name" in texts(app) and "x.example" not in texts(app)


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ("mean_rank", "13 of 14 models share the first place"),
        ("kemeny", "is no average"),
    ],
)
def test_how_sure_the_ranks_are_is_said(use, toy_warehouse, scheme, said):
    assert said in texts(use(toy_warehouse, "ranking", cohort=COHORT, scheme=scheme))


def test_areas_and_what_is_known_stand_beside_the_ranks(use, toy_warehouse, rows_of):
    """Columns by choice: percentiles by region, which are those of the mart, and facts."""
    board = use(toy_warehouse, "ranking", cohort=COHORT, beside="areas").dataframe[0].value
    rows = rows_of("fct_scores_normalized", cohort_id=COHORT, level="region", benchmark_id="IT")
    held = dict(zip(rows["source_model_name"], 100 * rows["score_percentile"], strict=True))
    assert list(board["IT"]) == [held[n.split(" ")[0]] for n in names(board)]
    known = use(toy_warehouse, "ranking", cohort=COHORT, beside="about").dataframe[0].value
    assert {"imagenet_top1", "n_parameters", "training_data"} <= set(known)


def test_a_subset_is_ranked_anew(use, toy_warehouse):
    """A link with benchmarks or models opens the form; the charts say what changed."""
    chosen = [s for s in MEMBERS if "net" in SUBMISSIONS[s] and "resnet" not in SUBMISSIONS[s]]
    patterns = ",".join(SUBMISSIONS[s] for s in chosen)
    app = use(toy_warehouse, "ranking", cohort=COHORT, metrics=V1, model_patterns=patterns)
    order = sorted(chosen, key=lambda s: -score(s, V1, "new"))
    board = app.dataframe[0].value
    assert [n.split(" ")[0] for n in names(board)] == [SUBMISSIONS[s] for s in order]
    shown = opened(app)
    assert f"--benchmarks {V1}" in shown and f"--models {patterns}" in shown
    assert f"leads {len(chosen)} models" in texts(app)
    assert [s.value for s in app.header] == [
        "All benchmarks → Your own",
        "Every way of averaging",
    ]


def test_brain_alone_is_the_form_without_behaviour(use, toy_warehouse, rows_of):
    leaves = rows_of("bridge_cohort_benchmarks", cohort_id=COHORT, modality="behavioural")
    brain = use(toy_warehouse, "ranking", cohort=COHORT, set="neural")
    own = use(toy_warehouse, "ranking", cohort=COHORT, without=",".join(leaves["benchmark_id"]))
    pd.testing.assert_frame_equal(brain.dataframe[0].value, own.dataframe[0].value)


def test_any_two_models_are_compared(use, toy_warehouse):
    """For neighbours it is the column of the table; the other way round its complement."""
    app = use(toy_warehouse, "ranking", cohort=COHORT, which="all")
    p = app.dataframe[0].value["probability_above_next"].iloc[0]
    assert f"probability {p:.2f}" in texts(app)
    first, second = (app.selectbox(key=key).value for key in ("above", "below"))
    turned = use(toy_warehouse, "ranking", cohort=COHORT, which="all", above=second, below=first)
    assert f"probability {1 - p:.2f}" in texts(turned)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model_patterns": "nobody*"}, "no model of brainscore_2025_core50 fits"),
        ({"model_patterns": "*," * 600}, "up to 1000 characters"),
        ({"metrics": V1, "without": V1}, "No benchmark is left"),
    ],
)
def test_a_subset_that_cannot_be_ranked_is_said(use, toy_warehouse, asked, said):
    app = use(toy_warehouse, "ranking", cohort=COHORT, **asked)
    assert said in texts(app) and not app.dataframe


def test_models_with_few_benchmarks_are_left_out_and_counted(use, toy_warehouse, rows_of):
    cohort = "brainscore_2025_all"
    members = rows_of("bridge_cohort_models", cohort_id=cohort, is_member=True)
    few = members[members["coverage"] < 0.9]
    app = use(toy_warehouse, "ranking", cohort=cohort)
    assert len(few) > 0 and not set(names(app.dataframe[0].value)) & set(few["source_model_name"])
    assert any(f"{len(few)} left out" in (b.help or "") for b in app.get("button_group"))
    every = use(toy_warehouse, "ranking", cohort=cohort, which="all").dataframe[0].value
    assert len(every) == len(members) and every["coverage"].min() == 100 * few["coverage"].min()


def test_a_ranking_does_not_keep_others_from_reading(toy_warehouse, monkeypatch):
    from app_pages import _shared
    from warehouse import rank

    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    asked = threading.Event()

    def slow(*_, **__):
        def ask():
            db.READER.ask(toy_warehouse, "select 1 as one", {})
            asked.set()

        reader = threading.Thread(target=ask)
        reader.start()
        reader.join(10)
        return asked.is_set()

    monkeypatch.setattr(rank, "rank", slow)
    assert _shared.rank(COHORT, "leaf", ["mean_rank"])


def test_a_counterexample_is_laid_out(use, toy_warehouse):
    before, after = (
        d.value
        for d in use(toy_warehouse, "ranking", tab="averaging", cohort=COHORT).dataframe[-2:]
    )
    assert {"Rank"} <= set(before) & set(after)


def test_averaging_says_which_part_decides(use, toy_warehouse, rows_of):
    of = {"cohort_id": COHORT, "level": "region", "whole": "average_vision"}
    shares = rows_of("fct_variance_shares", **of).sort_values("shapley_share", ascending=False)
    app = use(toy_warehouse, "ranking", tab="averaging", cohort=COHORT)
    assert f"decides {100 * shares['shapley_share'].iloc[0]:.0f} % of the overall average" in texts(
        app
    )
    schemes = rows_of("rpt_scheme_agreement", cohort_id=COHORT, level="leaf")
    assert sorted(table(app, "spearman")["largest_shift"]) == sorted(schemes["largest_shift"])


def test_the_panel_says_how_well_it_does(use, toy_warehouse, rows_of):
    panels = rows_of(
        "rpt_panels", cohort_id=COHORT, tested_cohort_id=COHORT, panel="forward", n_chosen=5
    )
    (one,) = panels.itertuples()
    app = use(toy_warehouse, "panel", cohort=COHORT)
    assert f"5 of {one.n_benchmarks} benchmarks" in texts(app)
    assert f"correlates **{one.estimate:.2f}**" in texts(app)
    assert "brainscore_" not in texts(app)


def test_weights_are_those_of_the_command(use, toy_warehouse):
    """A link with weights opens the form; what is shown is what the command ranks."""
    of = {"cohort": "brainscore_2024_complete", "weight_V1": "0", "weight_IT": "5"}
    app = use(toy_warehouse, "ranking", **of)
    assert "--weights V1=0,IT=5" in opened(app)
    assert "All benchmarks → Your own" in [s.value for s in app.header]
