"""Panels of few benchmarks: known truth, brute force, and no leak from the models judged."""

from itertools import combinations

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy import stats

from compute.stats.clusters import Error, share_interval
from compute.stats.frames.panel import panel_frame
from compute.stats.generalizability import Design, standardised
from compute.stats.panel import GATES, Panel, forward, held_out, random_panels, spearman
from ingest import settings
from warehouse.cli import main

FAMILIES = np.repeat(list("abcdefgh"), [9, 2, 2, 7, 5, 6, 1, 8])


def _scores(noise, seed, n_models=40):
    """One ability, measured by each benchmark with noise of its own."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_models, 1)) + noise * rng.normal(size=(n_models, len(noise)))


def _alike(n):
    return np.full(n, 1 / n)


def test_spearman_is_scipys():
    """Also with ties; a column that does not vary has none."""
    rng = np.random.default_rng(0)
    scores, whole = rng.integers(0, 9, (40, 5)), rng.integers(0, 9, 40)
    expected = [stats.spearmanr(column, whole)[0] for column in scores.T]
    assert spearman(scores, whole) == pytest.approx(expected)
    assert spearman(np.ones((40, 1)), whole) == 0


def test_a_small_panel_that_is_known_to_suffice_is_found():
    """Three unrelated abilities, each measured ten times: one benchmark of each is enough."""
    rng, of_ability = np.random.default_rng(1), np.repeat(np.arange(3), 10)
    families = np.repeat(np.arange(40), 5).astype(str)
    abilities = rng.normal(size=(200, 3)) + rng.normal(size=(40, 3))[families.astype(int)]
    scores = abilities[:, of_ability] + 0.1 * rng.normal(size=(200, 30))
    scored, folds = held_out(scores, families, _alike(30), 3)
    assert all(set(of_ability[fold.chosen]) == {0, 1, 2} for fold in folds)
    whole = standardised(scores) @ _alike(30)
    found = spearman(scored.score, whole)
    assert found[2] > 0.98 > 0.9 > found[1] > found[0]
    drawn = random_panels(standardised(scores), whole, 3, 200, np.random.default_rng(0))
    assert np.median(drawn[:, 2]) < found[2]


@pytest.mark.parametrize("seed", range(5))
def test_forward_selection_against_every_panel_of_two(seed):
    """The first is the best single one, the second the best beside it; no pair can do worse."""
    z = standardised(_scores(np.linspace(0.5, 3, 7), seed))
    whole = z @ np.linspace(1, 3, 7)
    chosen = forward(z, whole, 2)
    alone = spearman(z, whole)
    assert chosen[0] == alone.argmax()
    pairs = {
        p: spearman(z[:, p].sum(1, keepdims=True), whole)[0] for p in combinations(range(7), 2)
    }
    mine = pairs[tuple(sorted(chosen))]
    assert mine == max(value for pair, value in pairs.items() if chosen[0] in pair)
    assert alone.max() - 0.1 < mine <= max(pairs.values())


def test_order_changes_nothing():
    """Models and benchmarks in another order give the same panel and scores."""
    scores, weights = _scores(np.linspace(0.5, 3, 9), 2), np.linspace(1, 2, 9)
    rng = np.random.default_rng(0)
    rows, columns = rng.permutation(len(scores)), rng.permutation(9)
    scored, _ = held_out(scores, FAMILIES, weights, 6)
    again, _ = held_out(scores[np.ix_(rows, columns)], FAMILIES[rows], weights[columns], 6)
    assert again.score == pytest.approx(scored.score[rows])
    assert (again.passes == scored.passes[:, rows]).all()
    chosen = Panel.of(scores, weights, 6).chosen
    moved = Panel.of(scores[np.ix_(rows, columns)], weights[columns], 6).chosen
    assert (columns[moved] == chosen).all()


@pytest.mark.parametrize("name", ["a", "g"])
def test_what_is_judged_takes_no_part(name):
    """Whatever a family scores, its own fold chooses, standardises and lets pass the same."""
    scores, weights = _scores(np.linspace(0.5, 3, 9), 3), np.linspace(1, 2, 9)
    out, at = name == FAMILIES, np.unique(FAMILIES).tolist().index(name)
    other = scores.copy()
    other[out] = 100 * np.random.default_rng(4).normal(size=(out.sum(), 9)) + 50
    (_, before), (scored, after) = (held_out(s, FAMILIES, weights, 6) for s in (scores, other))
    for field in ("chosen", "centre", "spread", "unit", "thresholds"):
        assert (getattr(before[at], field) == getattr(after[at], field)).all()
    fresh = Panel.of(scores[~out], weights, 6).scored(other[out])
    assert (scored.score[out] == fresh.score).all()
    assert (scored.passes[:, out] == fresh.passes).all()
    assert any((b.centre != a.centre).any() for b, a in zip(before, after, strict=True))


def test_noise_is_not_reproduced_out_of_family():
    """Without a common ability a panel explains no more than its own part of the whole."""
    rng = np.random.default_rng(5)
    scores, families = rng.normal(size=(300, 40)), np.repeat(np.arange(30), 10).astype(str)
    whole = standardised(scores) @ _alike(40)
    scored, _ = held_out(scores, families, _alike(40), 4)
    assert spearman(scored.score, whole)[-1] == pytest.approx(np.sqrt(4 / 40), abs=0.15)


def test_gates_pass_whom_they_say():
    """A quarter of the models chosen on, and every one of the better half."""
    scores, weights = _scores(np.full(8, 1.0), 6, 80), _alike(8)
    passes = dict(zip(GATES, Panel.of(scores, weights, 4).scored(scores).passes, strict=True))
    assert (passes["same_quarter"].sum(0) == 20).all()
    whole = standardised(scores) @ weights
    assert passes["lowest_of_half"][whole >= np.median(whole)].all()
    assert not passes["lowest_of_half"].all()


def test_a_missing_score_is_refused():
    """It has no place in a panel score."""
    with pytest.raises(ValueError, match="a cell is missing"):
        Panel.of([[1.0, np.nan], [2.0, 1.0]], [1, 1], 1)


def test_datasets_weigh_alike_in_their_modality():
    """Two modalities share the whole, in each its datasets, in each of these its benchmarks."""
    design = Design.of(["x"], list("ppqr"), ["n", "n", "n", "b"])
    assert design.alike == pytest.approx([1 / 8, 1 / 8, 1 / 4, 1 / 2])


def test_limits_of_a_share_are_clopper_and_pearsons_for_unrelated_trials():
    """With the binomial error itself, at the same degrees of freedom; and at 0 and 1."""
    n = 40
    share = np.array([0, 0.25, 1])
    size = np.sqrt(share * (1 - share) / n)
    low, high = share_interval(share, Error(size, np.full(3, n - 1.0)), n)
    exact = [stats.binomtest(int(k), n).proportion_ci() for k in share * n]
    assert low == pytest.approx([e.low for e in exact])
    assert high == pytest.approx([e.high for e in exact])


def _frames():
    """A cohort, a later one with half of its models and new ones, and one with a missing score."""
    scores = _scores(np.linspace(0.5, 3, 6), 7)
    early = pd.DataFrame(scores, columns=list("uvwxyz")).assign(family=FAMILIES)
    early["model"] = [f"m{i:02}" for i in range(len(early))]
    late = early.tail(20).copy()
    late.loc[late.index[:12], "model"] = [f"new{i}" for i in range(12)]
    gap = early.assign(u=early["u"].where(early.index > 0))
    parts = {"early": early, "late": late, "gap": gap}
    leaves = pd.concat(
        rows.melt(["model", "family"], var_name="benchmark_id", value_name="score_directed")
        .dropna()
        .assign(cohort_id=cohort_id, level="leaf")
        for cohort_id, rows in parts.items()
    )
    benchmarks = pd.DataFrame(
        {"benchmark_id": list("uvwxyz"), "dataset": list("ppqqrr"), "modality": "neural"}
    )
    new = pd.DataFrame({"model": [f"new{i}" for i in range(12)]})
    return leaves, benchmarks, new.assign(cohort_id="early", tested_cohort_id="late")


def test_every_cohort_and_pair_has_panels_of_every_size():
    """But the one with a missing score; those of others as far as the cohort has them."""
    leaves, benchmarks, new = _frames()
    published = pd.DataFrame({"benchmark_id": ["w", "z", "elsewhere"]})
    found = panel_frame(leaves, benchmarks, new, published)
    key = ["cohort_id", "tested_cohort_id", "panel"]
    sizes = found.groupby(key)["n_chosen"].agg(list).to_dict()
    pairs = [("early", "early"), ("early", "late"), ("late", "late")]
    forwards = {(*pair, "forward"): [1, 2, 3, 4, 5] for pair in pairs}
    assert sizes == forwards | {(*pair, "published"): [2] for pair in pairs}
    tested = found[(found["cohort_id"] == "early") & (found["tested_cohort_id"] == "late")]
    assert set(tested["n_models"]) == {12}
    own = found[(found["tested_cohort_id"] == "early") & (found["panel"] == "forward")]
    chosen = tested.loc[tested["panel"] == "forward", "benchmark_id"]
    assert chosen.tolist() == own["benchmark_id"].tolist()
    assert own["fold_share"].between(0, 1).all()
    known = found.dropna(subset=["ci_low"])
    assert len(known) and (known["ci_low"] <= known["estimate"]).all()
    assert (known["estimate"] <= known["ci_high"]).all()


def test_without_scores_there_is_an_empty_table():
    """With the same columns."""
    leaves, benchmarks, new = _frames()
    published = pd.DataFrame({"benchmark_id": ["w"]})
    whole = panel_frame(leaves, benchmarks, new, published)
    none = panel_frame(leaves.head(0), benchmarks, new.head(0), published)
    assert none.empty and list(none) == list(whole)


@pytest.fixture
def aw(tmp_path, monkeypatch):
    """``aw panel`` of a warehouse whose panels are those of the frames above."""
    leaves, benchmarks, new = _frames()
    found = panel_frame(leaves, benchmarks, new, pd.DataFrame({"benchmark_id": ["w", "z"]}))
    monkeypatch.setattr(settings, "WAREHOUSE", tmp_path / "warehouse.duckdb")
    with duckdb.connect(settings.WAREHOUSE) as con:
        con.execute("create schema marts; create schema seeds")
        con.register("found", found)
        con.execute("create table marts.rpt_panels as from found")
    return lambda *arguments: CliRunner().invoke(main, ["panel", *arguments])


def test_the_command_names_benchmarks_in_the_order_of_choice(aw):
    """Those of the cohort itself, and how they do on the newer models."""
    said = aw("--cohort", "early", "--size", "2")
    assert said.exit_code == 0, said.output
    assert "early: 40 models, 6 benchmarks" in said.output
    assert "On the 12 models that are new in late:" in said.output
    rows = aw("--cohort", "early", "--size", "2", "--format", "csv").output.splitlines()
    assert len(rows) == 3 and all('"forward"' in row for row in rows[1:])


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--cohort", "nowhere"], "no panel of 'nowhere'. Known: early, late"),
        (["--cohort", "early", "--size", "6"], "panels of early have at most 5 benchmarks, not 6"),
    ],
)
def test_the_command_says_what_there_is(aw, arguments, message):
    """In one line, with exit code 1."""
    said = aw(*arguments)
    assert said.exit_code == 1 and message in said.output.replace("\n", " ")
