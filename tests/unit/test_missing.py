"""Policies for missing cells and readings of "mean rank": against pandas and SciPy, and by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compute.stats.frames.missing import ODD_ONE_OUT, measure_frame, policy_pair_frame
from compute.stats.missing import (
    MEASURES,
    PARTS,
    READING,
    Layout,
    aggregation_readings,
    held_out_ranks,
    mean_rank,
    policy_measures,
)
from tests.fixtures import scores as scores_of

REGION = ("V1", "V1", "V2", "V4", "IT", "behaviour", "behaviour", "behaviour")
DATASET = np.array([0, 0, 1, 1, 2, 3, 3, 4])
ODD = 7
AT = {name: at for at, name in enumerate(MEASURES)}


def layout(regions=REGION, dataset=DATASET, odd: int = ODD) -> Layout:
    """Every region the mean of its leaves, neural the mean of its regions."""
    of = np.array(regions)
    weights = np.zeros((len(PARTS), len(of)))
    for row, region in enumerate(("V1", "V2", "V4", "IT")):
        weights[row] = (of == region) / max((of == region).sum(), 1)
    weights[4] = weights[:4].sum(0) / max((weights[:4].sum(1) > 0).sum(), 1)
    weights[5] = (of == "behaviour") / max((of == "behaviour").sum(), 1)
    return Layout(weights, dataset, odd)


def table(n: int = 40, missing: float = 0.0, seed: int = 0) -> np.ndarray:
    return scores_of.table(n, 8, missing, seed)


def by_pandas(scores: np.ndarray) -> dict[str, float]:
    """The measures by their definition, on a whole cohort."""
    of, frame = np.array(REGION), pd.DataFrame(scores)
    weights = layout().weights
    parts = {
        part: (frame * weights[row]).sum(axis=1) / (frame.notna() * weights[row]).sum(axis=1)
        for row, part in enumerate(PARTS)
    }
    parts = pd.DataFrame(parts).round(12)
    parts["overall"] = ((parts["neural_vision"] + parts["behavior_vision"]) / 2).round(12)
    ranked = parts.dropna(subset="overall")
    matrix = frame.corr("spearman", min_periods=3).to_numpy()
    a, b = np.triu_indices(8, 1)
    first, second = (of[side] == "behaviour" for side in (a, b))

    def mean(chosen: np.ndarray) -> float:
        return float(np.nanmean(matrix[a, b][chosen]))

    squared = ranked.corr()["overall"] ** 2
    return {
        "mean_spearman": mean(a >= 0),
        "neural_with_behaviour": ranked["neural_vision"].corr(
            ranked["behavior_vision"], method="spearman"
        ),
        "r2_difference": squared["behavior_vision"] - squared["neural_vision"],
        "within_difference": mean(first & second) - mean(~first & ~second),
        "dataset_difference": mean(DATASET[a] == DATASET[b]) - mean(DATASET[a] != DATASET[b]),
        "v2_gap": ranked[["V1", "V4", "IT"]].mean().min() - ranked["V2"].mean(),
        "odd_one_out_gap": mean((b == ODD) & (of[a] == "V1")) - mean((b == ODD) & first),
    }


@pytest.mark.parametrize("missing", [0.0, 0.35])
def test_the_measures_are_as_pandas_has_them(missing):
    """Ties and holes included."""
    scores = table(missing=missing)
    found = policy_measures(scores, np.zeros(scores.shape, bool), layout())
    expected = by_pandas(scores)
    np.testing.assert_allclose(found, [expected[m] for m in MEASURES], atol=1e-12)


def test_made_up_cells_come_from_the_models_that_are_left():
    """The lowest score of V1 is −9; once its model is left out, the hole takes the next, .1."""
    scores = table(seed=2)
    scores[0, 0], scores[1, 0], scores[2:, 0] = -9, 0.1, np.linspace(0.2, 1, 38)
    filled = np.zeros(scores.shape, bool)
    filled[39, 0] = True
    for fill, values in {"low": (-9, 0.1), "high": (scores[38, 0],) * 2}.items():
        scores[39, 0] = values[0]
        for value, first in zip(values, (0, 1), strict=True):
            known = scores[first:].copy()
            known[-1, 0] = value
            found = policy_measures(scores[first:], filled[first:], layout(), fill)
            expected = by_pandas(known)
            for measure in ("mean_spearman", "v2_gap", "r2_difference"):
                at = MEASURES.index(measure)
                assert found[at] == pytest.approx(expected[measure], abs=1e-12)


def test_the_best_model_is_ranked_where_it_was_not_chosen():
    """By hand. Without d the best is a by V1 and behaviour of e, and so on; ties share a place."""
    scores = np.array([[9.0, 9, 0, 1], [8, 8, 3, 2], [0, 0, 3, 9], [0, 0, 9, np.nan]])
    where = layout(("V1", "IT", "behaviour", "behaviour"), np.array([0, 1, 2, 3]), -1)
    # V1 held out: IT and behaviour choose b (8 and 2.5), second on V1; so does IT held out
    # of 2: V1, IT and 3 choose a (9 and 1) or b (8 and 2): equal, the first; last of four
    # of 3: V1, IT and 2 choose b (8 and 3), second of three
    assert held_out_ranks(scores, scores, where).tolist() == [2, 2, 4, 2]
    assert held_out_ranks(scores, scores, where, of_neural=True).tolist() == [2, 2]
    chosen_by = np.array([[0.0] * 4, [0] * 4, [0] * 4, [1] * 4])  # the last, which has no score
    assert np.isnan(held_out_ranks(scores, chosen_by, where)).tolist() == [False] * 3 + [True]


def test_what_does_not_fit_is_refused():
    scores = table()
    with pytest.raises(ValueError, match="do not fit"):
        policy_measures(scores, np.zeros((40, 7), bool), layout())
    with pytest.raises(ValueError, match="no fill 'middle'"):
        policy_measures(scores, np.zeros((40, 8), bool), layout(), "middle")


def frames(keys=None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A cohort of 12 models under zero, complete_case and bounds_low; model 11 lacks one cell."""
    names = [ODD_ONE_OUT if b == ODD else f"b{b}" for b in range(8)]
    keys = pd.Index(keys or map(str, range(12)), name="source_model_key")
    wide = pd.DataFrame(table(12, seed=5), keys, names).reset_index()
    known = wide.melt("source_model_key", var_name="benchmark_id", value_name="score")
    at = (known["source_model_key"] == keys[11]) & (known["benchmark_id"] == names[0])
    family = known["source_model_key"].map({key: f"f{i // 2}" for i, key in enumerate(keys)})
    known = known.assign(cohort_id="c", variant_id="", family=family, is_filled=at)
    zero, low = (known["score"].mask(at, value) for value in (0, known["score"].min()))
    cells = [
        known.assign(policy="zero", score=zero),
        known[known["source_model_key"] != keys[11]].assign(
            policy="complete_case", is_filled=False
        ),
        known.assign(policy="bounds_low", score=low),
    ]
    shares = pd.DataFrame(layout().weights, pd.Index(PARTS, name="ancestor_id"), names)
    weights = shares.melt(ignore_index=False, var_name="leaf_id", value_name="weight").reset_index()
    weights = weights[weights["weight"] > 0].assign(cohort_id="c")
    cells = pd.concat(cells, ignore_index=True)
    return cells, weights, pd.DataFrame({"benchmark_id": names, "dataset": DATASET.astype(str)})


def measured(cells, *tables):
    """As the build asks for it."""
    return measure_frame(cells, cells[cells["policy"] == "zero"], *tables)


def test_the_frame_leaves_out_each_family():
    """Limits by the jackknife with Kish's number of families, a correlation's on Fisher's z."""
    cells, weights, benchmarks = frames()
    found = measured(cells, weights, benchmarks).set_index(["policy", "measure"])
    assert len(found) == 3 * (len(MEASURES) + 2)
    by_family = found[found["method"] == "jackknife over families"]
    assert (by_family["ci_low"] < by_family["value"]).all() and (by_family["n_clusters"] == 6).all()
    names = [ODD_ONE_OUT if b == ODD else f"b{b}" for b in range(8)]
    zero = cells[cells["policy"] == "zero"].pivot(
        index="source_model_key", columns="benchmark_id", values="score"
    )
    scores = zero.loc[[str(i) for i in range(12)], names].to_numpy()
    without = [
        [by_pandas(np.delete(scores, [2 * f, 2 * f + 1], axis=0))[m] for f in range(6)]
        for m in ("v2_gap", "mean_spearman")
    ]
    for measure, parts, turned, back in (
        ("v2_gap", without[0], lambda v: v, lambda v: v),
        ("mean_spearman", without[1], np.arctanh, np.tanh),
    ):
        parts = turned(np.array(parts))
        error = np.sqrt(5 / 6 * ((parts - parts.mean()) ** 2).sum())
        row = found.loc["zero", measure]
        limit = back(turned(row["value"]) + stats.t.ppf(0.975, 5) * error)
        assert row["ci_high"] == pytest.approx(limit)


def test_the_frame_holds_out_datasets():
    """Student's t over the ranks, none below 1; of equal leaders the lowest number leads."""
    cells, weights, benchmarks = frames()
    found = measured(cells, weights, benchmarks).set_index(["policy", "measure"])
    row = found.loc["zero", "held_out_rank"]
    assert (row["method"], row["n_clusters"]) == ("datasets held out", 5)
    assert 1 <= row["ci_low"] <= row["value"] <= row["ci_high"]
    assert np.isnan(found.loc["zero", "held_out_neural_rank"]["ci_low"])  # three are too few
    cells, weights, benchmarks = frames(["10", "9", *(str(i) for i in range(20, 30))])
    best = cells["source_model_key"].isin(["10", "9"]) & ~cells["is_filled"]
    cells.loc[best, "score"] = 50.0
    cells.loc[
        best & (cells["source_model_key"] == "9") & (cells["benchmark_id"] == "b0"), "score"
    ] = 49.0
    found = measured(cells, weights, benchmarks).set_index(["policy", "measure"])["value"]
    # 9 comes before 10, as in the SQL: it leads but where b0 counts, and ties for first place
    assert found["zero", "held_out_rank"] == (2 + 4 * 1.5) / 5


def test_an_empty_frame_keeps_its_columns():
    cells, weights, benchmarks = frames()
    found = measured(cells.iloc[:0], weights, benchmarks)
    assert found.empty
    assert found.columns.tolist()[-1] == "n_clusters"


def test_pairs_under_a_policy_need_three_models():
    """As pandas has them, cells that a policy leaves out included."""
    scores = table(10, missing=0.6, seed=8)
    long = pd.DataFrame(scores, columns=list("abcdefgh")).rename_axis("source_model_key")
    cells = long.reset_index().melt("source_model_key", var_name="benchmark_id", value_name="score")
    cells = cells.dropna().assign(cohort_id="c", policy="pairwise", variant_id="")
    cells["family"] = cells["source_model_key"]
    found = policy_pair_frame(cells).set_index(["benchmark_a", "benchmark_b"])
    assert (found["n_models"] < 3).any()
    for method in ("spearman", "pearson"):
        expected = long.corr(method, min_periods=3)
        for pair, estimate in found[method].items():
            assert estimate == pytest.approx(expected.loc[pair], abs=1e-12, nan_ok=True)
    assert policy_pair_frame(cells.iloc[:0]).empty


def test_mean_rank_by_hand():
    scores = [[1.0, 5.0], [2.0, 5.0], [3.0, np.nan]]
    assert mean_rank(scores).tolist() == [1.25, 1.75, 3.0]
    assert mean_rank(scores, direction="descending").tolist() == [-2.25, -1.75, -1.0]
    assert mean_rank(scores, "min").tolist() == [1.0, 1.5, 3.0]
    assert mean_rank(scores, "ordinal").tolist() == [1.0, 2.0, 3.0]
    # last: the missing cell ranks below both, whichever end is 1
    assert mean_rank(scores, last=True).tolist() == [1.75, 2.25, 2.0]
    assert mean_rank(scores, direction="descending", last=True).tolist() == [-2.25, -1.75, -2.0]
    assert mean_rank([[1.0], [2.0]], direction="reciprocal").tolist() == [0.5, 1.0]
    with pytest.raises(ValueError, match="dense"):
        mean_rank(scores, "dense")


def test_average_ranks_do_not_know_their_direction():
    scores = np.random.default_rng(0).integers(0, 5, (30, 4)).astype(float)
    up, down = mean_rank(scores), mean_rank(scores, direction="descending")
    assert np.allclose(up - down, len(scores) + 1)


def test_readings_say_how_missing_ranks_are_treated_and_agree_on_one_part():
    whole = np.arange(6.0)[:, None]
    holed = np.array([[1.0, 4.0], [2.0, np.nan], [3.0, 2.0], [np.nan, np.nan]])
    treatments = (whole, whole[:, 0], {"none"}), (holed, [0.1, 0.2, 0.3, 0], {"left out", "last"})
    for scores, against, treated in treatments:
        readings = aggregation_readings(scores, against)
        assert list(readings) == list(READING)
        assert set(readings["missing_ranks"]) == treated
        assert len(readings["ties"]) == 3 * 3 * len(treated) * 2
    readings = aggregation_readings(whole, whole[:, 0])
    assert np.allclose([readings["mean_rank_spearman"], readings["z_mean_spearman"]], 1)


def test_readings_do_not_hang_on_the_order_of_models():
    rng = np.random.default_rng(1)
    scores, order = np.round(rng.random((40, 6)), 1), rng.permutation(40)
    first, second = (aggregation_readings(s, s.mean(axis=1)) for s in (scores, scores[order]))
    by_rows = [at for at, ties in enumerate(first["ties"]) if ties != "ordinal"]
    for column in ("mean_rank_spearman", "z_mean_spearman"):
        one, other = (np.array(r[column])[by_rows] for r in (first, second))
        np.testing.assert_allclose(one, other, atol=1e-14)
