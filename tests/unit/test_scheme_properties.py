"""Which desirable properties a scheme violates: the committed counterexamples, and the search.

``dbt_project/seeds/scheme_counterexamples.csv`` holds, for every property and scheme, the smallest
counterexample found among 1,200 random matrices, or none. No search proves a property.
"""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from compute.stats.aggregation.schemes import SCHEMES, aggregate, rank
from ingest.settings import ROOT

SEARCHED = pd.read_csv(ROOT / "dbt_project" / "seeds" / "scheme_counterexamples.csv")
VIOLATED = SEARCHED.dropna(subset="counterexample")
UNREFUTED = SEARCHED[SEARCHED["counterexample"].isna()]


def same_order(before, after):
    """No two models change sides, or become or stop being tied."""
    signs = (np.sign(r[:, None] - r[None, :]) for r in (before, after))
    with np.errstate(invalid="ignore"):
        return not np.nan_to_num(np.subtract(*signs)).any()


def last_not_lower(before, after):
    """The last model, whose score was raised, has no worse rank."""
    return not after[-1] > before[-1]


def rescaled(scores, amount, shift=0):
    """Multiply the first benchmark, and add a constant."""
    after = scores.copy()
    after[:, 0] = amount * after[:, 0] + shift
    return after


def raised(scores, amount):
    """Raise one score of the last model."""
    after = scores.copy()
    after[-1, 0] += amount
    return after


PROPERTIES = {
    "scale_invariance": (rescaled, same_order),
    "affine_invariance": (lambda scores, amount: rescaled(scores, amount, 1), same_order),
    "independence_of_irrelevant_models": (lambda scores, amount: scores[:-1], same_order),
    "monotonicity": (raised, last_not_lower),
    "stability_under_a_duplicated_benchmark": (
        lambda scores, amount: np.column_stack([scores, scores[:, 0]]),
        same_order,
    ),
}
"""What is done to the scores, and what the ranks have to keep. The change concerns the last model
and the first benchmark: no scheme looks at the order of rows or columns."""


def ranks_around(before, after, scheme):
    """Ranks before and after of the models that stand in both, ranked among themselves."""
    return rank(-rank(aggregate(before, scheme))[: len(after)]), rank(aggregate(after, scheme))


def test_every_property_of_every_scheme_was_searched():
    """The table has a row for each, and its counterexamples are valid JSON."""
    asked = {(p, s) for p in PROPERTIES for s in SCHEMES}
    assert set(zip(SEARCHED["property"], SEARCHED["scheme"], strict=True)) == asked


@pytest.mark.parametrize(
    "row", list(VIOLATED.itertuples()), ids=lambda r: f"{r.property}-{r.scheme}"
)
def test_a_committed_counterexample_violates_the_property(row):
    """The change is the property's own, the ranks are the scheme's, and they break the rule."""
    change, keeps = PROPERTIES[row.property]
    case = {k: np.array(v, float) for k, v in json.loads(row.counterexample).items()}
    before, after = case["scores_before"], case["scores_after"]
    assert any(
        np.array_equal(change(before, amount), after, equal_nan=True)
        for amount in (1, 2, 3, 4, 5, 8, 9, 20, 50, 100, 0.5, 0.25)
    )
    was, now = ranks_around(before, after, row.scheme)
    np.testing.assert_array_equal(was, case["ranks_before"])
    np.testing.assert_array_equal(now, case["ranks_after"])
    assert not keeps(was, now)


@st.composite
def matrices(draw):
    """3 to 6 models × 2 to 6 benchmarks, whole scores with ties and holes."""
    shape = draw(st.tuples(st.integers(3, 6), st.integers(2, 6)))
    scores = draw(arrays(float, shape, elements=st.integers(0, 9).map(float)))
    scores[draw(arrays(bool, shape, elements=st.booleans(), fill=st.just(False)))] = np.nan
    scores[-1, 0] = draw(st.integers(0, 9))  # the score that may be raised
    return scores


@pytest.mark.parametrize(
    "row", list(UNREFUTED.itertuples()), ids=lambda r: f"{r.property}-{r.scheme}"
)
def test_where_none_is_known_a_search_finds_none(row):
    """A bounded search, the same in every run."""
    change, keeps = PROPERTIES[row.property]

    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(matrices(), st.sampled_from([2.0, 4.0, 8.0, 0.5, 0.25]))
    def search(scores, amount):
        assert keeps(*ranks_around(scores, change(scores, amount), row.scheme))

    search()
