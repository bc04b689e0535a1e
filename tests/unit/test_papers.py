"""Tables about the two papers: differences, and what printed correlations imply."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compute.stats.frames.papers import N_PRINTED, architecture_frame, printed_p_value_frame
from warehouse.papers.pack import folder_name

RNG = np.random.default_rng(3)


def rows(treated, untreated, comparison: str) -> pd.DataFrame:
    sides = [(True, treated), (False, untreated)]
    return pd.DataFrame(
        {
            "claim_id": "c",
            "property_id": "p",
            "comparison": comparison,
            "pair": f"pair {i}" if comparison == "paired" else None,
            "is_treated": side,
            "family": f"family {i % 3}",
            "score": value,
        }
        for side, values in sides
        for i, value in enumerate(values)
    )


@pytest.mark.parametrize(("comparison", "n"), [("paired", 6), ("group", 6), ("group", 40)])
def test_a_difference_leaves_out_each_family(comparison, n):
    """By hand: three families, the difference without each, and t with 6²/(2² + 2² + 2²) − 1."""
    treated, untreated = RNG.normal(1, 1, 6), RNG.normal(0, 2, n)
    (found,) = architecture_frame(rows(treated, untreated, comparison)).itertuples()
    assert found.difference == pytest.approx(treated.mean() - untreated.mean())
    of = np.arange(n) % 3
    without = [treated[np.arange(6) % 3 != g].mean() - untreated[of != g].mean() for g in range(3)]
    error = np.sqrt(2 / 3 * ((without - np.mean(without)) ** 2).sum())
    margin = stats.t.ppf(0.975, 2) * error
    assert (found.ci_high - found.ci_low) / 2 == pytest.approx(margin)
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.difference) / error, 2))
    bar = untreated if comparison == "paired" else untreated.mean()
    assert found.n_higher == (treated > bar).sum()
    assert (found.n_treated, found.n_untreated, found.n_families) == (6, n, 3)


def test_one_pair_has_no_interval_and_half_a_pair_is_none():
    found = architecture_frame(rows([1.0], [0.5], "paired"))
    assert found["difference"].tolist() == [0.5] and found["ci_low"].isna().all()
    assert architecture_frame(rows([1.0], [], "paired")).empty
    assert architecture_frame(rows([1.0], [], "group")).empty


def test_order_of_rows_does_not_matter():
    one = rows(RNG.normal(size=5), RNG.normal(size=50), "group")
    pd.testing.assert_frame_equal(
        architecture_frame(one), architecture_frame(one.sample(frac=1, random_state=1))
    )


def test_a_printed_correlation_implies_its_p():
    """Student's t with a degree of freedom less for the covariate; scipy's tail."""
    printed = pd.DataFrame(
        {
            "target_id": ["b", "a", "b_p"],
            "kind": ["correlation", "correlation", "p_value"],
            "printed": [0.112, -0.3, 0.013],
        }
    )
    found = printed_p_value_frame(printed)
    assert found["target_id"].tolist() == ["a", "b"]
    for df, column in ((N_PRINTED - 3, "p_partial"), (N_PRINTED - 2, "p_value")):
        t = np.array([0.3, 0.112]) * np.sqrt(df / (1 - np.array([0.3, 0.112]) ** 2))
        np.testing.assert_allclose(found[column], 2 * stats.t.sf(t, df))
    assert (found["p_low"] < found["p_value"]).all()
    assert (found["p_value"] < found["p_partial"]).all()
    assert (found["p_partial"] < found["p_high"]).all()


def test_an_export_has_a_folder_of_its_own_whatever_it_is_of():
    asked = ["x_y", "x/y", "x:y", "..", "/", "", "a\0", "x" * 300, "x" * 301, "[red]", "../../x"]
    made = [folder_name({"of": of, "level": "leaf"}) for of in asked]
    assert len({*made}) == len(asked) and made[0] == "x_y_leaf"
    assert all(len(Path(name).parts) == 1 and len(name) < 200 for name in made)
    assert not any(name.startswith(".") or "\0" in name for name in made)
