"""Models most like each model, against pandas and by hand."""

import numpy as np
import pandas as pd
from scipy import stats

from compute.stats.frames.catalogue import MIN_SHARED, NEAREST, nearest_frame


def profiles(n: int = 30, k: int = 40, missing: float = 0.4, seed: int = 0) -> np.ndarray:
    draw = np.random.default_rng(seed)
    values = draw.random((n, k)) * 0.3 + draw.random((n, 1)) * 0.7
    values[draw.random((n, k)) < missing] = np.nan
    return values


def long(values: np.ndarray, scope: str = "neural") -> pd.DataFrame:
    cells = pd.DataFrame(values).rename_axis(index="m", columns="b").stack().reset_index(name="p")
    return pd.DataFrame(
        {
            "scope": scope,
            "model_id": "m" + cells["m"].astype(str).str.zfill(2),
            "benchmark_id": "b" + cells["b"].astype(str).str.zfill(2),
            "score_percentile": cells["p"],
        }
    )


def test_the_nearest_are_those_of_pandas():
    """Over shared benchmarks, ordered by the lower limit; a profile without spread has none."""
    values = profiles()
    values[1] = values[0] + np.random.default_rng(1).normal(0, 0.05, 40)
    values[2] = 0.5
    wide = pd.DataFrame(values.T, columns=[f"m{m:02}" for m in range(len(values))])
    found = nearest_frame(long(values))
    assert found.loc[found["model_id"] == "m00", "neighbour_id"].iloc[0] == "m01"
    assert set(found["model_id"]) == {*wide} - {"m02"}
    estimate = wide.corr(min_periods=MIN_SHARED)
    shared = wide.notna().astype(int).T @ wide.notna().astype(int)
    low = np.tanh(np.arctanh(estimate) - stats.norm.ppf(0.975) / np.sqrt((shared - 3).clip(1)))
    for model, mine in found.groupby("model_id"):
        known = low[model].drop(model).dropna().sort_values(ascending=False)
        assert mine["neighbour_id"].tolist() == known.index[:NEAREST].tolist()
        assert mine["place"].tolist() == list(range(1, len(mine) + 1))
        others = mine["neighbour_id"]
        np.testing.assert_allclose(mine["estimate"], estimate.loc[others, model], atol=1e-12)
        assert mine["n_shared"].tolist() == shared.loc[others, model].tolist()
        assert (mine["n_candidates"] == len(known)).all()
        difference = (-wide[others].sub(wide[model], axis=0)).mean()
        np.testing.assert_allclose(mine["mean_difference"], difference, atol=1e-14)


def test_too_few_shared_benchmarks_are_no_neighbours():
    values = profiles(n=3, k=MIN_SHARED, missing=0)
    values[2, 0] = np.nan  # left out altogether; the other two share just enough
    found = nearest_frame(long(values))
    assert found[["model_id", "neighbour_id"]].to_numpy().tolist() == [
        ["m00", "m01"],
        ["m01", "m00"],
    ]
    values[0, 0] = np.nan
    assert nearest_frame(long(values)).empty


def test_no_profiles_give_the_columns_all_the_same():
    empty = nearest_frame(long(profiles()).iloc[:0])
    assert empty.empty and empty["n_shared"].dtype == np.int64
    assert list(empty.columns) == list(nearest_frame(long(profiles())).columns)


def test_the_order_of_the_rows_does_not_matter():
    cells = long(profiles())
    shuffled = cells.sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(nearest_frame(cells), nearest_frame(shuffled))
