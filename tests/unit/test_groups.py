"""Groups of models: against the definition, scipy, statsmodels and every small permutation."""

import itertools
import math

import numpy as np
import pandas as pd
import pingouin
import pytest

from compute.stats import groups as kernel
from compute.stats.frames.relations import high_mid_low_frame

RNG = np.random.default_rng(7)


def test_groups_are_the_definition():
    alignment = np.array([0.1, 0.9, 0.5, 0.2, 0.8, 0.45, 0.3])
    high, mid, low = kernel.choose_groups(alignment, 2)
    assert list(high) == [1, 4] and list(low) == [0, 3]
    assert list(mid) == [5, 2]  # the mean is .464, the median .45
    assert kernel.choose_groups([0, 1, 2, 3, 100.0], 1)[1].tolist() == [3]
    assert kernel.choose_groups(np.zeros(4), 2).tolist() == [[0, 1]] * 3
    sizes = {491: 5, 15: 5, 14: 4, 12: 4, 6: 2, 5: 1, 2: 0}
    assert {n: kernel.group_size(n) for n in sizes} == sizes


@pytest.mark.parametrize(("alignment", "size"), [([1, np.nan], 1), ([1, 2], 3), ([1, 2], 0)])
def test_impossible_groups_are_refused(alignment, size):
    with pytest.raises(ValueError, match=r"NaN|groups of"):
        kernel.choose_groups(alignment, size)


def test_a_resample_forms_its_groups_anew():
    """Against sorting the drawn models one by one."""
    alignment, properties = RNG.normal(size=11), RNG.normal(size=(11, 2))
    found = kernel.resampled_means(alignment, properties, 3, 50, seed=1)
    drawn = np.random.default_rng(1).multinomial(11, np.full(11, 1 / 11), size=50)
    order = np.argsort(alignment)
    assert (drawn.max(axis=1) > 3).any()  # one model alone can fill a group
    for counts, means in zip(drawn, found, strict=True):
        models = np.repeat(order, counts)
        groups = kernel.choose_groups(alignment[models], 3)
        assert np.allclose(means, properties[models][groups].mean(axis=1))


def test_permutations_are_all_permutations():
    """P against the enumeration of every way to deal six values out to six models."""
    alignment, values = np.arange(6.0), np.array([[3.0], [1.0], [0.5], [2.0], [5.0], [4.0]])
    groups = kernel.choose_groups(alignment, 2)
    permuted = kernel.permuted_means(values, groups, 40_000, seed=8)
    observed = values[groups].mean(axis=1)
    ours = kernel.permutation_p_value(observed, permuted)[:, 0]
    every = np.array(
        [values[list(p)][groups].mean(axis=1) for p in itertools.permutations(range(6))]
    )
    above = (every >= observed - 1e-12).mean(axis=0)
    below = (every <= observed + 1e-12).mean(axis=0)
    exact = np.minimum(1, 2 * np.minimum(above, below))[:, 0]
    assert np.allclose(ours, exact, atol=0.02)


def test_residuals_are_those_of_a_regression():
    properties, covariate = RNG.normal(size=(20, 3)), RNG.normal(size=20)
    ours = kernel.residuals(properties, covariate[:, None])
    for k in range(3):
        theirs = pingouin.linear_regression(covariate, properties[:, k]).residuals_
        assert np.allclose(ours[:, k], theirs)
    unknown = np.column_stack([covariate, np.ones(20), np.r_[np.nan, covariate[1:]]])
    found = kernel.residuals(properties, unknown)
    assert np.allclose(found[:, 0], ours[:, 0]) and np.isnan(found[:, 1:]).all()


def test_a_convex_covariate_leaves_nothing_from_forty_models_on():
    covariate = np.linspace(-1, 2, kernel.CUBIC_FROM)
    convex = (covariate**3 + 4 * covariate**2)[:, None]
    assert np.allclose(kernel.residuals(convex, covariate[:, None]), 0, atol=1e-9)
    assert np.ptp(kernel.residuals(convex[1:], covariate[1:, None])) > 1


def scores(n: int = 9, **more) -> pd.DataFrame:
    alignment, ids = np.linspace(0, 1, n), [f"u{i}" for i in range(n)]
    names = [f"m{i}" for i in range(n)]
    made = pd.DataFrame({"unit_id": ids, "unit_name": names, "alignment": alignment})
    known = {"cohort_id": "c", "alignment_id": "a", "property_id": "u", "model_group": None}
    known |= {"property": (alignment - 0.5) ** 2, "covariate": np.nan}
    return made.assign(**(known | more))


def test_a_u_is_found_and_shuffling_rows_changes_nothing():
    found = high_mid_low_frame(scores(60)).set_index("model_group")
    assert (found.loc[["high", "low"], "above_mid"] > 0.2).all()
    assert (found.loc[["high", "low"], "p_above_mid"] < 0.001).all()
    assert found["mean_residual"].isna().all() and found.loc["mid", "above_mid"] != 0
    again = high_mid_low_frame(scores(60).sample(frac=1, random_state=3))
    pd.testing.assert_frame_equal(found.reset_index(), again.set_index("model_group").reset_index())


def test_the_covariate_takes_its_part():
    """A property that the covariate decides leaves nothing."""
    rows = scores(30, covariate=(np.linspace(0, 1, 30) - 0.5) ** 2)
    found = high_mid_low_frame(rows)
    assert np.allclose(found["mean_residual"], 0, atol=1e-12)
    assert (found["p_residual"] > 0.05).all()


def test_the_covariate_itself_has_no_residual_and_the_others_keep_theirs():
    top = np.linspace(50, 80, 30) ** 1.1
    itself = scores(30, property_id="top", property=top)
    other = scores(30, covariate=top)
    found = high_mid_low_frame(pd.concat([itself, other])).set_index("property_id")
    assert found.loc["top", "mean_residual"].isna().all()
    alone = high_mid_low_frame(other)
    assert np.allclose(found.loc["u", "mean_residual"], alone["mean_residual"])


def test_properties_with_holes_form_groups_of_their_own():
    whole, holed = scores(12), scores(12, property_id="v").iloc[3:]
    found = high_mid_low_frame(pd.concat([whole, holed])).set_index(["property_id", "model_group"])
    assert found.loc[("u", "low"), "members"] == "m0, m1, m2, m3"
    assert found.loc[("v", "low"), "members"] == "m3, m4, m5"
    assert found.loc["v", "n_units"].tolist() == [9, 9, 9]


def test_known_groups_need_no_alignment():
    group = ["high", "unknown", "mid", "unknown", "low", "low", "mid", "high", "unknown"]
    rows = scores(9, alignment=np.nan, model_group=group)
    found = high_mid_low_frame(rows).set_index("model_group")
    assert found["members"].to_dict() == {"high": "m0, m7", "mid": "m2, m6", "low": "m4, m5"}
    assert (found["resampled"] == "units of the group").all()
    assert found.loc["high", "mean"] == pytest.approx((0.25 + 0.375**2) / 2)


def test_too_few_models_and_none_at_all():
    assert high_mid_low_frame(scores(5)).empty
    empty = high_mid_low_frame(scores(9).iloc[:0])
    assert empty.empty and empty["mean"].dtype == float
    assert math.isnan(kernel.permutation_p_value(np.nan, np.zeros(3)))
