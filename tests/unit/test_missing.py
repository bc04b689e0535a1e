"""Policies for missing cells and readings of "mean rank": against pandas and SciPy, and by hand."""

import numpy as np
import pandas as pd
import pytest

from compute.stats.frames.missing import ODD_ONE_OUT, measure_frame, policy_pair_frame
from compute.stats.missing import (
    MEASURES,
    PARTS,
    READING,
    Layout,
    aggregation_readings,
    mean_rank,
    policy_measures,
)
from compute.stats.resampling import resample_counts
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


def by_pandas(scores: np.ndarray, reference: np.ndarray) -> dict[str, float]:
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

    places = ranked.rank(ascending=False)
    squared = ranked.corr()["overall"] ** 2
    leader = int(np.argmax(reference))
    return {
        "mean_spearman": mean(a >= 0),
        "neural_with_behaviour": ranked["neural_vision"].corr(
            ranked["behavior_vision"], method="spearman"
        ),
        "r2_difference": squared["behavior_vision"] - squared["neural_vision"],
        "within_difference": mean(first & second) - mean(~first & ~second),
        "dataset_difference": mean(DATASET[a] == DATASET[b]) - mean(DATASET[a] != DATASET[b]),
        "v2_gap": ranked[["V1", "V4", "IT"]].mean().min() - ranked["V2"].mean(),
        "leader_rank": places["overall"].get(leader, np.nan),
        "top_neural_rank": places["neural_vision"][ranked["overall"].idxmax()],
        "odd_one_out_gap": mean((b == ODD) & (of[a] == "V1")) - mean((b == ODD) & first),
    }


@pytest.mark.parametrize("missing", [0.0, 0.35])
def test_the_cohort_itself_is_as_pandas_has_it(missing):
    """Ties and holes included."""
    scores = table(missing=missing)
    reference = np.nansum(scores, axis=1)
    filled = np.zeros(scores.shape, bool)
    found = policy_measures(scores, filled, reference, layout(), np.ones((1, 40), int))[0]
    expected = by_pandas(scores, reference)
    np.testing.assert_allclose(found, [expected[m] for m in MEASURES], atol=1e-12)


@pytest.mark.parametrize("missing", [0.0, 0.35])
def test_a_resample_is_the_table_of_its_drawn_models(missing):
    """Counts give what written-out copies give; places apart, where copies of a model would tie."""
    scores = table(missing=missing, seed=1)
    reference = np.nansum(scores, axis=1)
    counts = resample_counts(40, 5, seed=3)
    filled = np.zeros(scores.shape, bool)
    found = policy_measures(scores, filled, reference, layout(), counts)
    alike = [AT[m] for m in MEASURES if not m.endswith("_rank")]
    for row, count in zip(found, counts, strict=True):
        copies = np.repeat(np.arange(40), count)
        written = policy_measures(
            scores[copies],
            filled[copies],
            reference[copies],
            layout(),
            np.ones((1, len(copies)), int),
        )[0]
        np.testing.assert_allclose(row[alike], written[alike], atol=1e-12)


def test_made_up_cells_come_from_the_drawn_models():
    """The lowest score of V1 is −9; once its model is not drawn, the hole takes the next, .1."""
    scores = table(seed=2)
    scores[0, 0], scores[1, 0], scores[2:, 0] = -9, 0.1, np.linspace(0.2, 1, 38)
    filled = np.zeros(scores.shape, bool)
    filled[39, 0] = True
    counts = np.ones((2, 40), int)
    counts[1, 0] = 0
    for fill, values in {"low": (-9, 0.1), "high": (scores[38, 0],) * 2}.items():
        scores[39, 0] = values[0]
        found = policy_measures(scores, filled, scores.sum(1), layout(), counts, fill)
        for row, value, first in zip(found, values, (0, 1), strict=True):
            known = scores.copy()
            known[39, 0] = value
            expected = by_pandas(known[first:], scores.sum(1)[first:])
            for measure in ("mean_spearman", "v2_gap", "r2_difference"):
                assert row[AT[measure]] == pytest.approx(expected[measure], abs=1e-12)


def test_places_leave_out_copies_of_the_model_itself():
    """Best overall is model 2, last of the neural ones; a rival drawn twice counts twice."""
    neural, behaviour = np.array([3.0, 2.0, 1.0, 0.0]), np.array([0.0, 0.0, 9.0, 0.0])
    scores = np.column_stack([neural, behaviour])
    where = layout(("V1", "behaviour"), np.array([0, 1]), -1)
    counts = [[1, 1, 1, 1], [2, 0, 2, 0], [2, 1, 1, 0], [1, 1, 0, 2]]
    found = policy_measures(scores, np.zeros((4, 2), bool), [0, 0, 0, 1], where, counts)
    # the leader is model 3 by the reference, or the first of the equals where it is not drawn
    assert np.isnan(found[1, AT["leader_rank"]])  # two models are too few
    assert found[[0, 2, 3], AT["top_neural_rank"]].tolist() == [3, 4, 1]
    assert found[[0, 2, 3], AT["leader_rank"]].tolist() == [4, 2, 3]
    assert np.isnan(found[:, AT["odd_one_out_gap"]]).all()


def test_a_leader_without_an_average_has_no_place():
    scores = table(seed=4)
    scores[3] = np.nan
    reference = np.zeros(40)
    reference[3] = 1
    counts = np.ones((1, 40), int)
    found = policy_measures(scores, np.zeros(scores.shape, bool), reference, layout(), counts)[0]
    assert np.isnan(found[AT["leader_rank"]])
    assert not np.isnan(np.delete(found, AT["leader_rank"])).any()


def test_what_does_not_fit_is_refused():
    scores = table()
    with pytest.raises(ValueError, match="do not fit"):
        policy_measures(scores, np.zeros((40, 8), bool), scores[:, 0], layout(), np.ones((1, 39)))
    with pytest.raises(ValueError, match="no fill 'middle'"):
        policy_measures(
            scores, np.zeros((40, 8), bool), scores[:, 0], layout(), np.ones((1, 40)), "middle"
        )


def frames(keys=None) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """A cohort of 12 models under zero, complete_case and bounds_low; model 11 lacks one cell."""
    names = [ODD_ONE_OUT if b == ODD else f"b{b}" for b in range(8)]
    keys = pd.Index(keys or map(str, range(12)), name="source_model_key")
    wide = pd.DataFrame(table(12, seed=5), keys, names).reset_index()
    known = wide.melt("source_model_key", var_name="benchmark_id", value_name="score")
    at = (known["source_model_key"] == keys[11]) & (known["benchmark_id"] == names[0])
    known = known.assign(cohort_id="c", variant_id="", is_filled=at)
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


def test_the_frame_has_a_row_per_policy_and_measure():
    """Values of the cohort itself beside limits of its resamples; the same again."""
    found = measure_frame(*frames(), n_resamples=50)
    assert len(found) == 3 * len(MEASURES)
    assert (found["ci_low"] <= found["ci_high"]).all()
    # under zero the leader leads, whoever is drawn
    zero = found.set_index(["policy", "measure"]).loc[("zero", "leader_rank")]
    assert (zero["value"], zero["ci_low"], zero["ci_high"], zero["n_resamples"]) == (1, 1, 1, 50)
    pd.testing.assert_frame_equal(found, measure_frame(*frames(), n_resamples=50))
    other = measure_frame(*frames(), n_resamples=50, seed=2)
    assert (found["value"] == other["value"]).all()
    assert not (found["ci_low"] == other["ci_low"]).all()


def test_of_equal_leaders_the_lowest_number_leads():
    """9 comes before 10, as in the SQL."""
    cells, weights, benchmarks = frames(["10", "9", *(str(i) for i in range(20, 30))])
    best = cells["source_model_key"].isin(["10", "9"])
    cells.loc[best & ~cells["is_filled"], "score"] = 50.0
    # neural of 9 is less, but behaviour as much more: equal overall
    of = cells["benchmark_id"].str.startswith("b") & ~cells["benchmark_id"].isin(["b5", "b6"])
    cells.loc[best & of & (cells["source_model_key"] == "9"), "score"] = 49.0
    rest = best & ~of & (cells["source_model_key"] == "9")
    cells.loc[rest, "score"] = 51.0
    found = measure_frame(cells, weights, benchmarks, 1).set_index(["policy", "measure"])["value"]
    assert found["zero", "top_neural_rank"] == 2


def test_an_empty_frame_keeps_its_columns():
    cells, weights, benchmarks = frames()
    found = measure_frame(cells.iloc[:0], weights, benchmarks)
    assert found.empty
    assert found.columns.tolist()[-1] == "n_resamples"


def test_pairs_under_a_policy_need_three_models():
    """As pandas has them, cells that a policy leaves out included."""
    scores = table(10, missing=0.6, seed=8)
    long = pd.DataFrame(scores, columns=list("abcdefgh")).rename_axis("source_model_key")
    cells = long.reset_index().melt("source_model_key", var_name="benchmark_id", value_name="score")
    cells = cells.dropna().assign(cohort_id="c", policy="pairwise", variant_id="")
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
