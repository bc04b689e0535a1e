"""Geometry kernels against brute force, scipy and each other."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from compute import geometry


@st.composite
def tied_distances(draw, largest: int = 7):
    """Two symmetric matrices of few different values, so that every kind of tie turns up."""
    n = draw(st.integers(3, largest))
    levels = draw(st.integers(1, 4))
    out = []
    for _ in range(2):
        flat = draw(arrays(float, n * (n - 1) // 2, elements=st.integers(0, levels)))
        out.append(squareform(flat, checks=False))
    return out


def random_distances(n: int, seed: int = 0, dims: int = 5) -> np.ndarray:
    return geometry.distances(np.random.default_rng(seed).normal(size=(n, dims)), "euclidean")


def brute_force(a: np.ndarray, b: np.ndarray, w: np.ndarray | None = None) -> float:
    """Definitions 3.2–3.5 as they stand, one triplet at a time."""
    n = len(a)
    w = np.ones(n) if w is None else w
    equal = whole = 0.0
    for i in range(n):
        for j in range(n):
            for k in range(j + 1, n):
                if i in (j, k):
                    continue
                times = w[i] * w[j] * w[k]
                whole += times
                equal += times * ((a[i, j] < a[i, k]) == (b[i, j] < b[i, k]))
    return equal / whole if whole else float("nan")


@settings(max_examples=200, deadline=None)
@given(tied_distances())
def test_triplets_are_brute_force_on_every_tie(two):
    """All equal, one tie, none: the indicator decides, also when one side ties alone."""
    a, b = two
    assert geometry.triplet_agreement(a, b) == pytest.approx(brute_force(a, b), abs=1e-12)


@pytest.mark.parametrize("values", sorted(set(permutations([0, 0, 1, 1, 2, 2], 3))))
def test_triplets_of_three_stimuli_enumerated(values):
    """Every pattern of the three distances on both sides."""
    a = squareform(np.array(values, float))
    for other in set(permutations([0, 0, 0, 1, 1, 1, 2, 2, 2], 3)):
        b = squareform(np.array(other, float))
        assert geometry.triplet_agreement(a, b) == pytest.approx(brute_force(a, b), abs=1e-15)


@pytest.mark.parametrize("n", [62, 63, 64, 65, 130])
def test_triplets_across_blocks_of_four(n):
    """Four stimuli are compared at a time; the edges of a block are no edges of the result."""
    rng = np.random.default_rng(n)
    a, b = (squareform(rng.integers(0, 40, n * (n - 1) // 2).astype(float)) for _ in range(2))
    order = geometry.triplet_orders(a)
    assert all(sorted([*row, i]) == list(range(n)) for i, row in enumerate(order))
    less_a, less_b = (d[:, :, None] < d[:, None, :] for d in (a, b))
    i, j, k = np.ogrid[:n, :n, :n]
    counted = (j < k) & (i != j) & (i != k)
    expected = (less_a == less_b)[counted].mean()
    assert geometry.triplet_agreement(a, b) == pytest.approx(expected, abs=1e-14)


def test_triplets_of_many_models_are_those_of_each():
    """A stack gives what one at a time gives, past the size of a batch."""
    human = random_distances(60)
    models = np.stack([random_distances(60, seed) for seed in range(1, 120)])
    one_by_one = [geometry.triplet_agreement(m, human) for m in models]
    np.testing.assert_array_equal(geometry.triplet_agreement(models, human), one_by_one)


@pytest.mark.parametrize("n_levels", [3, 50, 10**9])
def test_triplets_that_sixteen_bits_do_not_tell_apart(n_levels):
    """One far stimulus leaves the others next to nothing of the range: equal keys, or nearly."""
    rng = np.random.default_rng(n_levels)
    two = []
    for _ in range(2):
        d = squareform(rng.integers(0, n_levels, 21 * 20 // 2) * 1e-12 / n_levels)
        d[5] = d[:, 5] = 1
        d[5, 5] = 0
        two.append(d)
    a, b = two
    assert geometry.triplet_agreement(a, b) == pytest.approx(brute_force(a, b), abs=1e-12)


def test_triplets_name_the_model_that_is_not_finite():
    """The others of its stack do not hide it, whatever else stands in the row."""
    models = np.stack([random_distances(9, s) for s in range(3)])
    for bad in (np.nan, np.inf, -np.inf):
        models[1, 2, 3] = bad
        with pytest.raises(ValueError, match=r"\[1, 0\]"):
            geometry.triplet_agreement(models, models[0])


def test_triplets_of_itself_and_of_its_reverse():
    """1 with itself; without ties the reverse order disagrees everywhere."""
    d = random_distances(20)
    assert geometry.triplet_agreement(d, d) == 1
    assert geometry.triplet_agreement(-d, d) == 0
    assert np.isnan(geometry.triplet_agreement(np.zeros((2, 2)), np.zeros((2, 2))))


@settings(max_examples=60, deadline=None)
@given(tied_distances())
def test_correlations_are_scipys(two):
    """Pearson and Spearman over pairs; NaN where one side is constant."""
    a, b = two
    x, y = (squareform(d, checks=False) for d in two)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(geometry.pearson_alignment(a, b))
        assert np.isnan(geometry.spearman_alignment(a, b))
        return
    expected = stats.pearsonr(x, y).statistic
    assert geometry.pearson_alignment(a, b) == pytest.approx(expected, abs=1e-12)
    expected = stats.spearmanr(x, y).statistic
    assert geometry.spearman_alignment(a, b) == pytest.approx(expected, abs=1e-12)


def test_distances_are_scipys():
    """Cosine and Euclidean as pdist has them; the inner product is a similarity turned round."""
    x = np.random.default_rng(0).normal(size=(12, 7)).astype(np.float32)
    for metric in ("cosine", "euclidean"):
        expected = squareform(pdist(x.astype(float), metric))
        np.testing.assert_allclose(geometry.distances(x, metric), expected, atol=1e-9)
    inner = geometry.distances(x, "inner")
    np.testing.assert_allclose(geometry.pairs(inner), -geometry.pairs(x.astype(float) @ x.T))
    for metric in geometry.DISTANCES:
        d = geometry.distances(x, metric)
        assert (d == d.T).all() and not np.diag(d).any()


@pytest.mark.parametrize(
    "features, metric, says",
    [
        (np.array([[1.0, np.nan], [1, 2]]), "cosine", "not finite"),
        (np.array([[0.0, 0], [1, 2]]), "cosine", "all zero"),
        (np.ones(3), "cosine", "stimuli × dimensions"),
        (np.eye(3), "manhattan", "none of"),
    ],
)
def test_distances_refuse(features, metric, says):
    """What has no distance is named, not turned into NaN."""
    with pytest.raises(ValueError, match=says):
        geometry.distances(features, metric)


KERNELS = [
    geometry.pearson_alignment,
    geometry.spearman_alignment,
    geometry.triplet_agreement,
    lambda a, b: geometry.odd_one_out_accuracy(a, geometry.odd_ones(b)),
    lambda a, b: geometry.bootstrap_stimuli(a, b, 10),
]


@pytest.mark.parametrize("kernel", KERNELS)
def test_common_rules_of_alignment(kernel):
    """NaN and other shapes are refused; scaling and renaming stimuli change nothing."""
    a, b = random_distances(9, 1), random_distances(9, 2)
    for bad in (np.where(np.eye(9, k=1) > 0, np.nan, a), np.full((9, 9), np.inf)):
        with pytest.raises(ValueError, match="finite"):
            kernel(bad, b)
    with pytest.raises(ValueError):
        kernel(a, b[:, :8])
    np.testing.assert_allclose(kernel(3 * a, b), kernel(a, b), atol=1e-12)
    if kernel is KERNELS[-1]:
        return  # draws stimuli by place
    shuffled = np.random.default_rng(0).permutation(9)
    again = kernel(a[shuffled][:, shuffled], b[shuffled][:, shuffled])
    np.testing.assert_allclose(again, kernel(a, b), atol=1e-12)


# odd one out


@settings(max_examples=60, deadline=None)
@given(tied_distances())
def test_odd_one_out_is_brute_force(two):
    """The nearest pair stays; equally near pairs share the choice."""
    d, human = two
    n = len(d)
    found = geometry.odd_ones(human)
    expected = []
    for three in combinations(range(n), 3):
        sides = {three[2]: human[three[0], three[1]], three[1]: human[three[0], three[2]]}
        sides[three[0]] = human[three[1], three[2]]
        nearest = [odd for odd, side in sides.items() if side == min(sides.values())]
        if len(nearest) == 1:
            expected.append((frozenset(three), nearest[0]))
    assert {(frozenset(map(int, t)), int(t[2])) for t in found} == set(expected)
    if not len(found):
        assert np.isnan(geometry.odd_one_out_accuracy(d, found))
        return
    credit = []
    for a, b, odd in found:
        sides = [d[a, b], d[a, odd], d[b, odd]]
        credit.append((sides[0] == min(sides)) / sides.count(min(sides)))
    assert geometry.odd_one_out_accuracy(d, found) == pytest.approx(np.mean(credit), abs=1e-12)


def test_odd_one_out_refuses_what_is_no_triplet():
    """An index that is none, and a stimulus twice."""
    d = random_distances(4)
    with pytest.raises(ValueError, match="outside"):
        geometry.odd_one_out_accuracy(d, [[0, 1, 4]])
    with pytest.raises(ValueError, match="twice"):
        geometry.odd_one_out_accuracy(d, [[0, 1, 1]])


# resampling


def test_bootstrap_of_stimuli_is_brute_force():
    """Each resample equals the definitions on the repeated stimuli, pairs of copies left out."""
    rng = np.random.default_rng(3)
    n, n_resamples, seed = 8, 25, 5
    a, b = (squareform(rng.integers(0, 6, n * (n - 1) // 2).astype(float)) for _ in range(2))
    found = geometry.bootstrap_stimuli(a, b, n_resamples, seed)
    odd = geometry.bootstrap_odd_one_out(a, geometry.odd_ones(b), n_resamples, seed)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    first, second = np.triu_indices(n, 1)
    for row, accuracy, w in zip(found, odd, drawn, strict=True):
        times = w[first] * w[second]
        x, y = (np.repeat(d[first, second], times) for d in (a, b))
        assert row[0] == pytest.approx(stats.pearsonr(x, y).statistic, abs=1e-12)
        assert row[1] == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
        assert row[2] == pytest.approx(brute_force(a, b, w), abs=1e-12)
        triplets = geometry.odd_ones(b)
        repeated = np.repeat(triplets, w[triplets].prod(axis=1), axis=0)
        expected = geometry.odd_one_out_accuracy(a, repeated)
        assert accuracy == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_bootstrap_of_people_is_the_metrics_on_resampled_means():
    """Every metric, model and resample; the same seed draws the same people."""
    rng = np.random.default_rng(4)
    rdms = np.stack([squareform(rng.random(45)) for _ in range(5)])
    models = np.stack([random_distances(10, s) for s in range(3)])
    found = geometry.bootstrap_people(models, rdms, 6, seed=9)
    drawn = np.random.default_rng(9).multinomial(5, np.full(5, 0.2), size=6)
    for row, w in zip(found, drawn, strict=True):
        mean = np.average(rdms, axis=0, weights=w)
        expected = [[metric(m, mean) for metric in geometry.METRICS.values()] for m in models]
        np.testing.assert_allclose(row, expected, atol=1e-10)
    with pytest.raises(ValueError, match="at least two"):
        geometry.bootstrap_people(models, rdms[:1])


# ceilings


def test_ceilings_of_people_who_agree_and_of_noise():
    """Equal people reach 1; the lower bound never passes the upper one; noise stays near 0."""
    d = random_distances(12)
    same = np.stack([d] * 4)
    rng = np.random.default_rng(0)
    noise = np.stack([squareform(rng.random(66)) for _ in range(8)])
    for metric in ("pearson", "spearman"):
        assert geometry.split_half(same, metric) == pytest.approx((1, 1))
        assert geometry.leave_one_out(same, metric) == pytest.approx((1, 1))
        half, corrected = geometry.split_half(noise, metric)
        assert abs(half) < 0.25 and corrected == pytest.approx(2 * half / (1 + half))
        lower, upper = geometry.leave_one_out(noise, metric)
        assert lower < upper
    assert geometry.split_half(same, "triplet")[0] == 1
    assert np.isnan(geometry.split_half(same, "triplet")[1])
    for ceiling in (geometry.split_half, geometry.leave_one_out):
        with pytest.raises(ValueError, match="at least two"):
            ceiling(same[:1])


def test_leave_one_out_is_written_out():
    """Three people, by hand."""
    rdms = np.stack([random_distances(6, s) for s in range(3)])
    lower = [geometry.pearson_alignment(rdms[i], np.delete(rdms, i, 0).mean(0)) for i in range(3)]
    upper = [geometry.pearson_alignment(rdms[i], rdms.mean(0)) for i in range(3)]
    assert geometry.leave_one_out(rdms) == pytest.approx((np.mean(lower), np.mean(upper)))


# models among themselves; maps


def test_linear_cka_is_its_definition_on_both_paths():
    """The Gram path (few stimuli) and the covariance path agree with centred HSIC."""
    rng = np.random.default_rng(0)
    for n, p, q in ((6, 20, 9), (40, 5, 7)):
        a, b = rng.normal(size=(n, p)), rng.normal(size=(n, q))
        centre = np.eye(n) - 1 / n
        k, m = (centre @ x @ x.T @ centre for x in (a, b))
        expected = np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m))
        assert geometry.linear_cka(a, b) == pytest.approx(expected, abs=1e-12)
        rotation = np.linalg.qr(rng.normal(size=(p, p)))[0]
        assert geometry.linear_cka(a, 3 * a @ rotation + 1) == pytest.approx(1)
    assert np.isnan(geometry.linear_cka(np.ones((5, 2)), rng.normal(size=(5, 2))))
    with pytest.raises(ValueError, match="shapes"):
        geometry.linear_cka(np.ones((5, 2)), np.ones((4, 2)))


def test_map_similarity_is_scipys_and_has_a_ceiling():
    """Spearman image by image; a constant map has none; people who agree reach 1."""
    rng = np.random.default_rng(0)
    model, human = rng.integers(0, 9, (2, 4, 6, 5)).astype(float)
    expected = [
        stats.spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(model, human, strict=True)
    ]
    np.testing.assert_allclose(geometry.map_similarity(model, human), expected, atol=1e-12)
    model[1] = 3
    assert np.isnan(geometry.map_similarity(model, human)[1])
    assert geometry.map_ceiling(np.stack([human] * 4)) == pytest.approx(1)
    assert abs(geometry.map_ceiling(rng.random((6, 3, 12, 12)))) < 0.2
    with pytest.raises(ValueError, match="height"):
        geometry.map_similarity(model, human[:, :5])
