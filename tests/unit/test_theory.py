"""The theory of Sucholutsky & Griffiths against brute force."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from compute.measure import triplets
from compute.stats import theory
from compute.stats.frames import papers

RNG = np.random.default_rng(11)


def mutual_information(p_input: float, epsilon: float) -> float:
    """Bits between input and output of a channel: how far the joint table is from independence."""
    joint = np.array([[1 - epsilon, epsilon], [epsilon, 1 - epsilon]])
    joint *= [[p_input], [1 - p_input]]
    return stats.entropy(joint.ravel(), np.outer(joint.sum(1), joint.sum(0)).ravel(), base=2)


@pytest.mark.parametrize("epsilon", [0.0, 0.01, 0.2, 0.37, 0.5, 0.7, 1.0])
def test_capacity_is_the_best_mutual_information(epsilon):
    best = max(mutual_information(p, epsilon) for p in np.linspace(0, 1, 201))
    assert theory.channel_capacity(epsilon) == pytest.approx(best, abs=1e-12)
    entropy = stats.entropy([epsilon, 1 - epsilon], base=2)
    assert theory.channel_capacity(epsilon) == pytest.approx(1 - entropy, abs=1e-12)


def test_capacity_is_symmetric_and_nan_stays():
    epsilon = np.linspace(0, 1, 101)
    assert np.allclose(theory.channel_capacity(epsilon), theory.channel_capacity(1 - epsilon))
    assert np.isnan(theory.channel_capacity(np.nan))
    with pytest.raises(ValueError, match="outside"):
        theory.channel_capacity([0.2, 1.2])


@pytest.mark.parametrize(("low", "high"), [(0.1, 0.3), (0.4, 0.6), (0.7, 0.9), (0.5, 0.5)])
def test_the_interval_of_the_capacity_holds_every_capacity_in_it(low, high):
    inside = theory.channel_capacity(np.linspace(low, high, 2001))
    found = theory.capacity_interval(low, high)
    assert found[0] == pytest.approx(inside.min(), abs=1e-6)
    assert found[1] == pytest.approx(inside.max(), abs=1e-6)


@pytest.mark.parametrize("n_objects", [1, 2, 3, 4, 7])
def test_orders_on_a_line_are_the_gaps_between_midpoints(n_objects):
    known = RNG.normal(size=n_objects)
    middles = {(a + b) / 2 for a, b in itertools.combinations(known, 2)}
    assert theory.n_rankings(n_objects, 1) == len(middles) + 1


@pytest.mark.parametrize(("n_objects", "n_dims"), [(3, 2), (4, 2), (5, 2), (4, 3)])
def test_orders_are_those_that_points_of_the_space_see(n_objects, n_dims):
    """Half a million points see every cell of so small an arrangement."""
    known = np.random.default_rng(2).normal(size=(n_objects, n_dims))
    scale = np.exp(np.random.default_rng(3).uniform(-2, 5, size=(500_000, 1)))
    points = np.random.default_rng(4).normal(size=(500_000, n_dims)) * scale
    orders = np.argsort(((points[:, None] - known) ** 2).sum(axis=2), axis=1)
    seen = len(np.unique(orders @ n_objects ** np.arange(n_objects)))
    assert seen == theory.n_rankings(n_objects, n_dims)


def test_in_enough_dimensions_every_order_is_possible():
    for n in range(1, 8):
        assert theory.n_rankings(n, n - 1) == theory.n_rankings(n, 20) == math.factorial(n)
    with pytest.raises(ValueError, match="0 objects"):
        theory.n_rankings(0, 1)


def test_bits_grow_as_d_log_n():
    """Lemma 3.7: from 10³ to 10⁴ objects a dimension costs 2 log₂ 10 more bits."""
    for d in (1, 2, 3):
        more = theory.ranking_bits(10_000, d) - theory.ranking_bits(1_000, d)
        assert more == pytest.approx(2 * d * math.log2(10), rel=0.01)


def test_triplets_needed():
    found = theory.triplets_needed([0, 0.5, 1, 0.11], 3, 1)
    assert found[0] == found[2] == 2.0  # four orders on a line
    assert np.isinf(found[1])
    assert found[3] == pytest.approx(2 / 0.5, rel=0.001)  # a channel of half a bit


def test_definition_3_6_has_its_inequality_reversed():
    """As printed, D_P = P(equal): 1 for an agent and itself, and never D_R's expectation (A.4)."""
    spaces = RNG.normal(size=(7, 2)), RNG.normal(size=(7, 3))
    distances = [squareform(pdist(space)) for space in spaces]
    i, j, k = np.array([(i, j, k) for i, j, k in itertools.permutations(range(7), 3) if j < k]).T
    assert len(i) == 7 * 6 * 5 // 2  # every triplet, by Definitions 3.1 to 3.3
    nearer = [d[i, j] < d[i, k] for d in distances]
    assert (nearer[0] == nearer[0]).mean() == 1  # Lemma 3.7: perfectly aligned is D_P = 0
    misalignment = (nearer[0] != nearer[1]).mean()  # Definition 3.5, D_R
    assert misalignment != pytest.approx(1 - misalignment)
    assert triplets.triplet_agreement(*distances) == pytest.approx(1 - misalignment)


def test_capacities_of_alignments_keep_their_rows():
    rows = pd.DataFrame(
        {
            **{"source_model_key": ["a", "none", "b"], "target": ["people", "people", "monkeys"]},
            **{"score": [0.9, np.nan, 0.5], "ci_low": [0.8, np.nan, 0.45]},
            "ci_high": [1.0, np.nan, 0.55],
        }
    ).assign(stimulus_set_id="s", layer="l", distance="cosine")
    halves = pd.DataFrame({"stimulus_set_id": ["s"], "target": ["monkeys"], "estimate": [0.75]})
    found = papers.capacity_frame(rows, halves)
    assert found["source_model_key"].tolist() == ["a", "b"]
    assert found["capacity"].tolist() == pytest.approx([0.5310, 0.0], abs=1e-4)
    assert found["capacity_low"].tolist() == pytest.approx([0.2781, 0.0], abs=1e-4)
    assert found["capacity_high"].tolist() == pytest.approx([1.0, 0.0072], abs=1e-4)
    assert found["capacity_people"].isna().tolist() == [True, False]
    assert papers.capacity_frame(rows.iloc[:0], halves.iloc[:0]).empty


def test_the_grid_is_complete():
    grid = papers.triplet_frame()
    assert len(grid) == len(papers.N_OBJECTS) * len(papers.N_DIMS) * (papers.STEPS + 1)
    assert grid["triplets_needed"].isna().sum() == len(papers.N_OBJECTS) * len(papers.N_DIMS)
    known = grid.dropna()
    assert (known["triplets_needed"] >= known["bits_needed"] - 1e-9).all()
