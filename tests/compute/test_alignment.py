"""Geometry kernels against brute force, scipy and each other."""

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from scipy.spatial.distance import pdist, squareform

from compute.measure import alignment, ceilings, rdm, saliency, similarity, triplets


@st.composite
def tied_distances(draw, largest: int = 7):
    """Two symmetric matrices of few different values, so that every kind of tie turns up."""
    n = draw(st.integers(2, largest))
    levels = draw(st.integers(1, 4))
    out = []
    for _ in range(2):
        flat = draw(arrays(float, n * (n - 1) // 2, elements=st.integers(0, levels)))
        out.append(squareform(flat, checks=False))
    return out


def random_distances(n: int, seed: int = 0, dims: int = 5) -> np.ndarray:
    return rdm.distances(np.random.default_rng(seed).normal(size=(n, dims)), "euclidean")


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
    """One tie, none: the indicator decides. All equal on one side: ties alone are no agreement."""
    ties_alone = any(np.ptp(squareform(d)) == 0 for d in two)
    value = float("nan") if ties_alone else brute_force(*two)
    expected = pytest.approx(value, abs=1e-12, nan_ok=True)
    assert triplets.triplet_agreement(*two) == expected


@pytest.mark.parametrize("n", [62, 63, 64, 65, 130])
def test_triplets_across_blocks_of_four(n):
    """Four stimuli are compared at a time; the edges of a block are no edges of the result."""
    rng = np.random.default_rng(n)
    a, b = (squareform(rng.integers(0, 40, n * (n - 1) // 2).astype(float)) for _ in range(2))
    order = triplets.triplet_orders(a)
    assert all(sorted([*row, i]) == list(range(n)) for i, row in enumerate(order))
    less_a, less_b = (d[:, :, None] < d[:, None, :] for d in (a, b))
    i, j, k = np.ogrid[:n, :n, :n]
    counted = (j < k) & (i != j) & (i != k)
    expected = (less_a == less_b)[counted].mean()
    assert triplets.triplet_agreement(a, b) == pytest.approx(expected, abs=1e-14)


def test_triplets_of_many_models_are_those_of_each():
    """A stack gives what one at a time gives, past the size of a batch."""
    human = random_distances(60)
    models = np.stack([random_distances(60, seed) for seed in range(1, 120)])
    one_by_one = [triplets.triplet_agreement(m, human) for m in models]
    np.testing.assert_array_equal(triplets.triplet_agreement(models, human), one_by_one)


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
    assert triplets.triplet_agreement(a, b) == pytest.approx(brute_force(a, b), abs=1e-12)


def test_triplets_name_the_model_that_is_not_finite():
    """The others of its stack do not hide it, whatever else stands in the row."""
    models = np.stack([random_distances(9, s) for s in range(3)])
    for bad in (np.nan, np.inf, -np.inf):
        models[1, 2, 3] = bad
        with pytest.raises(ValueError, match=r"\[1, 2, 3\]"):
            triplets.triplet_agreement(models, models[0])


SCIPY = {"pearson": stats.pearsonr, "spearman": stats.spearmanr, "kendall": stats.kendalltau}


@settings(max_examples=60, deadline=None)
@given(tied_distances())
def test_correlations_are_scipys(two):
    """Over pairs; NaN where one side is constant. Kendall's also by its definition, from signs."""
    x, y = (squareform(d, checks=False) for d in two)
    found = {name: alignment.METRICS[name].compare(*two) for name in SCIPY}
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert np.isnan(list(found.values())).all()
        return
    for name, correlation in SCIPY.items():
        assert found[name] == pytest.approx(correlation(x, y).statistic, abs=1e-12), name
    sign_x, sign_y = (np.sign(np.subtract.outer(v, v)).ravel() for v in (x, y))
    by_signs = sign_x @ sign_y / np.sqrt((sign_x @ sign_x) * (sign_y @ sign_y))
    assert found["kendall"] == pytest.approx(by_signs, abs=1e-12)


def test_distances_are_scipys():
    """As pdist has them, of the patterns or of what is left of them without their mean; the inner
    product is a similarity turned round.
    """
    x = np.random.default_rng(0).normal(1, size=(12, 7)).astype(np.float32)
    left = x.astype(float) - x.astype(float).mean(axis=0)
    for metric in ("cosine", "correlation", "euclidean"):
        for name, patterns in ((metric, x.astype(float)), (metric + rdm.CENTRED, left)):
            expected = squareform(pdist(patterns, metric))
            np.testing.assert_allclose(rdm.distances(x, name), expected, atol=1e-9)
    assert rdm.centred(("cosine", "euclidean")) == ("cosine_centred",)
    inner = rdm.distances(x, "inner")
    np.testing.assert_allclose(rdm.pairs(inner), -rdm.upper(x.astype(float) @ x.T))
    for metric in rdm.DISTANCES:
        d = rdm.distances(x, metric)
        assert (d == d.T).all() and not np.diag(d).any()


@pytest.mark.parametrize(
    "features, metric, says",
    [
        (np.array([[1.0, np.nan], [1, 2]]), "cosine", "not finite"),
        (np.array([[0.0, 0], [1, 2]]), "cosine", "all zero"),
        (np.array([[0.1, 0.1, 0.1], [1, 2, 4]]), "correlation", "stimulus 0 are all equal"),
        (np.zeros((3, 2)), "euclidean", "same for every stimulus"),
        (1e4 + 1e-3 * np.eye(3), "euclidean", "same for every stimulus"),
        (np.ones(3), "cosine", "stimuli × dimensions"),
        (np.eye(3), "manhattan", "none of"),
    ],
)
def test_distances_refuse(features, metric, says):
    """What has no distance is named, not turned into NaN."""
    with pytest.raises(ValueError, match=says):
        rdm.distances(features, metric)


KERNELS = [
    *(metric.compare for metric in alignment.METRICS.values()),
    lambda a, b: alignment.jackknife_people("triplet", a[None], np.stack([b] * 5))[0][0],
    lambda a, b: alignment.bootstrap("spearman", a, b, 10),
]
BAD = {
    "finite at .*0, 1.": lambda d: np.where(np.eye(9, k=1) > 0, np.nan, d),
    "finite at .*0, 0.": lambda d: np.full((9, 9), np.inf),
    "not symmetric at .*0, 1.": np.triu,
    "not symmetric at .*0, 2.": lambda d: d + 1e-3 * np.triu(np.ones((9, 9)), 2),
    "not zero on the diagonal at .*4, 4.": lambda d: d + np.diag(np.arange(9) == 4),
    "square": lambda d: d[:, :8],
}


@pytest.mark.parametrize("kernel", KERNELS)
def test_common_rules_of_alignment(kernel):
    """What is no distance is refused on either side; scaling and renaming change nothing.

    What rounding left on one side of the diagonal is no fault, and changes no metric.
    """
    a, b = random_distances(9, 1), random_distances(9, 2)
    for says, spoil in BAD.items():
        for two in ((spoil(a), b), (a, spoil(b))):
            with pytest.raises(ValueError, match=says):
                kernel(*two)
    assert kernel(a * (1 + 1e-9 * np.tri(9)), b) == pytest.approx(kernel(a, b), abs=1e-6)
    assert np.isnan(np.append(kernel(1 / 3 - np.eye(9) / 3, b), np.nan)).all()
    assert np.isnan(np.append(kernel(a, 1 / 3 - np.eye(9) / 3), np.nan)).all()
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
    found = triplets.odd_ones(human)
    expected = []
    for three in combinations(range(n), 3):
        sides = {three[2]: human[three[0], three[1]], three[1]: human[three[0], three[2]]}
        sides[three[0]] = human[three[1], three[2]]
        nearest = [odd for odd, side in sides.items() if side == min(sides.values())]
        if len(nearest) == 1:
            expected.append((frozenset(three), nearest[0]))
    assert {(frozenset(map(int, t)), int(t[2])) for t in found} == set(expected)
    credit = []
    for a, b, odd in found:
        sides = [d[a, b], d[a, odd], d[b, odd]]
        credit.append((sides[0] == min(sides)) / sides.count(min(sides)))
    expected = np.mean(credit) if set(credit) - {1 / 3} else float("nan")
    accuracy = triplets.odd_one_out_accuracy(d, found)
    assert accuracy == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_odd_one_out_refuses_what_is_no_triplet():
    """An index that is none, and a stimulus twice."""
    d = random_distances(4)
    with pytest.raises(ValueError, match="outside"):
        triplets.odd_one_out_accuracy(d, [[0, 1, 4]])
    with pytest.raises(ValueError, match="twice"):
        triplets.odd_one_out_accuracy(d, [[0, 1, 1]])


# resampling


def test_bootstrap_of_stimuli_is_brute_force():
    """Each resample equals the definitions on the repeated stimuli, pairs of copies left out."""
    rng = np.random.default_rng(3)
    n, n_resamples, seed = 8, 25, 5
    a, b = (squareform(rng.integers(0, 6, n * (n - 1) // 2).astype(float)) for _ in range(2))
    found = {m: alignment.bootstrap(m, a, b, n_resamples, seed) for m in alignment.METRICS}
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    first, second = np.triu_indices(n, 1)
    odd = triplets.odd_ones(b)
    for i, w in enumerate(drawn):
        times = w[first] * w[second]
        x, y = (np.repeat(d[first, second], times) for d in (a, b))
        repeated = np.repeat(odd, w[odd].prod(axis=1), axis=0)
        expected = {name: correlation(x, y).statistic for name, correlation in SCIPY.items()}
        expected["triplet"] = brute_force(a, b, w)
        expected["odd_one_out"] = triplets.odd_one_out_accuracy(a, repeated)
        drawn_of = {name: resampled[i] for name, resampled in found.items()}
        assert drawn_of == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize("name", alignment.METRICS)
def test_jackknife_of_people_is_written_out(name):
    """For every model: estimate ± t × the spread of what is left without each person."""
    metric = alignment.METRICS[name].compare
    rng = np.random.default_rng(4)
    n_people = alignment.MIN_PEOPLE
    rdms = np.stack([squareform(rng.random(45)) for _ in range(n_people)])
    models = np.stack([random_distances(10, s) for s in range(3)])
    limits = alignment.jackknife_people(name, models, rdms)
    t = stats.t.ppf(0.975, n_people - 1)
    for model, *found in zip(models, *limits, strict=True):
        estimate = metric(model, rdms.mean(axis=0))
        without = [metric(model, np.delete(rdms, i, axis=0).mean(axis=0)) for i in range(n_people)]
        error = np.sqrt((n_people - 1) / n_people * np.sum((without - np.mean(without)) ** 2))
        assert found == pytest.approx((estimate - t * error, estimate + t * error), abs=1e-10)
    with pytest.raises(ValueError, match="too few"):
        alignment.jackknife_people(name, models, rdms[:-1])


@pytest.mark.parametrize("n_people", [alignment.MIN_PEOPLE, 16])
def test_jackknife_of_people_covers_and_their_bootstrap_does_not(n_people):
    """Known people: 95 % means 95 %; percentiles of people drawn with replacement lie low."""
    rng = np.random.default_rng(n_people)
    n, n_pairs = 12, 66
    model = rng.random(n_pairs)
    truth = model + 0.3 * rng.normal(size=n_pairs)

    def people() -> np.ndarray:
        return np.stack([squareform(p) for p in truth + rng.normal(size=(n_people, n_pairs))])

    square = squareform(model)
    target = np.mean([rdm.pearson_alignment(square, people().mean(0)) for _ in range(600)])
    inside, below = [], []
    for _ in range(200):
        rdms = people()
        low, high = alignment.jackknife_people("pearson", [square], rdms)
        inside.append(low[0] <= target <= high[0])
        drawn = rng.multinomial(n_people, np.full(n_people, 1 / n_people), size=50) / n_people
        means = np.tensordot(drawn, rdms, axes=1)
        again = np.mean([rdm.pearson_alignment(square, m) for m in means])
        below.append(again - rdm.pearson_alignment(square, rdms.mean(axis=0)))
    assert n == len(square)
    assert 0.91 <= np.mean(inside) <= 0.99
    assert np.mean(below) < -0.02


@pytest.mark.parametrize("n", [1, 2, 3, 4])
@pytest.mark.parametrize("name", alignment.METRICS)
def test_few_stimuli_have_estimates_and_no_interval(name, n):
    """Four may be resampled, also where one stimulus is drawn alone; fewer may not."""
    two = random_distances(n, 1), random_distances(n, 2)
    estimate = alignment.METRICS[name].compare(*two)
    drawn = alignment.bootstrap(name, *two, 500)
    assert np.isnan(estimate) == (n < 3)
    assert len(drawn) == (500 if n == 4 else 0)
    assert n < 4 or (np.isnan(drawn).any() and np.isfinite(drawn).any())


def test_what_does_not_vary_has_no_correlation_in_a_resample():
    """Three equal thirds have a mean that is not a third; no draw of them is a correlation."""
    d = np.full((6, 6), 0.1)
    d[:, 5] = d[5] = 1 / 3
    np.fill_diagonal(d, 0)
    drawn = alignment.bootstrap("pearson", random_distances(6), d, 2000)
    has_last = np.random.default_rng(0).multinomial(6, np.full(6, 1 / 6), size=2000)[:, 5] > 0
    assert np.isnan(drawn[~has_last]).all()


# ceilings


def test_ceilings_of_people_who_agree_and_of_noise():
    """Equal people reach 1; the lower bound never passes the upper one; noise stays near 0."""
    d = random_distances(12)
    same = np.stack([d] * 4)
    rng = np.random.default_rng(0)
    noise = np.stack([squareform(rng.random(66)) for _ in range(8)])
    for metric in alignment.METRICS:
        np.testing.assert_allclose(ceilings.split_half(same, metric, 7), np.ones(7))
        np.testing.assert_allclose(ceilings.leave_one_out(same, metric), np.ones((2, 4)))
        lower, upper = ceilings.leave_one_out(noise, metric)
        assert (lower < upper).all()
    assert abs(ceilings.split_half(noise).mean()) < 0.25
    assert len(ceilings.split_half(noise[:2])) == 1
    for ceiling in (ceilings.split_half, ceilings.leave_one_out):
        with pytest.raises(ValueError, match="at least two"):
            ceiling(same[:1])


def test_root_of_spearman_brown_is_what_the_truth_reaches():
    """Halves of simulated people, stepped up: the correlation of their mean with the true one."""
    rng = np.random.default_rng(1)
    truth = rng.normal(size=66)
    reached, predicted = [], []
    for _ in range(30):
        rdms = np.stack([squareform(truth + 2 * rng.normal(size=66)) for _ in range(10)])
        reached.append(rdm.pearson_alignment(squareform(truth), rdms.mean(axis=0)))
        predicted.append(ceilings.spearman_brown(ceilings.split_half(rdms, n_splits=20).mean()))
    assert np.sqrt(np.mean(predicted)) == pytest.approx(np.mean(reached), abs=0.02)
    assert ceilings.spearman_brown([0, 0.5, 1]) == pytest.approx([0, 2 / 3, 1])
    assert np.isnan(ceilings.spearman_brown(-1))


def test_leave_one_out_is_written_out():
    """Three people, by hand."""
    rdms = np.stack([random_distances(6, s) for s in range(3)])
    lower = [rdm.pearson_alignment(rdms[i], np.delete(rdms, i, 0).mean(0)) for i in range(3)]
    upper = [rdm.pearson_alignment(rdms[i], rdms.mean(0)) for i in range(3)]
    np.testing.assert_allclose(ceilings.leave_one_out(rdms), (lower, upper))


# models among themselves; maps


def test_linear_cka_is_its_definition_on_both_paths():
    """The Gram path (few stimuli) and the covariance path agree with centred HSIC."""
    rng = np.random.default_rng(0)
    for n, p, q in ((6, 20, 9), (40, 5, 7)):
        a, b = rng.normal(size=(n, p)), rng.normal(size=(n, q))
        centre = np.eye(n) - 1 / n
        k, m = (centre @ x @ x.T @ centre for x in (a, b))
        expected = np.trace(k @ m) / np.sqrt(np.trace(k @ k) * np.trace(m @ m))
        assert similarity.linear_cka(a, b) == pytest.approx(expected, abs=1e-12)
        rotation = np.linalg.qr(rng.normal(size=(p, p)))[0]
        assert similarity.linear_cka(a, 3 * a @ rotation + 1) == pytest.approx(1)
    assert np.isnan(similarity.linear_cka(np.ones((5, 2)), rng.normal(size=(5, 2))))
    with pytest.raises(ValueError, match="shapes"):
        similarity.linear_cka(np.ones((5, 2)), np.ones((4, 2)))


def test_debiased_cka_is_not_fooled_by_dimensions():
    """Unrelated features of many dimensions are near 0, not near 1; a rotation changes nothing."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(9, 30)), rng.normal(size=(9, 4)) + 5
    rotation = np.linalg.qr(rng.normal(size=(30, 30)))[0]
    assert similarity.debiased_cka(a, 3 * a @ rotation + 1) == pytest.approx(1)
    wide = rng.normal(size=(2, 40, 4000))
    assert similarity.linear_cka(*wide) > 0.8
    assert abs(similarity.debiased_cka(*wide)) < 0.2
    assert np.isnan(similarity.debiased_cka(np.ones((5, 2)), rng.normal(size=(5, 2))))
    assert np.isnan(similarity.debiased_cka(a[:3], b[:3]))
    with pytest.raises(ValueError, match="shapes"):
        similarity.debiased_cka(np.ones((5, 2)), np.ones((4, 2)))
    with pytest.raises(ValueError, match="finite"):
        similarity.debiased_cka(np.full((5, 2), np.nan), np.ones((5, 2)))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [3, 4, 5])
def test_debiased_cka_of_few_stimuli_is_silent(n):
    """Most resamples have fewer than four that differ: they have no value, and no remark."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n, 3))
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=200)
    found = similarity.debiased_cka(a, b, drawn)
    assert (np.isnan(found) >= ((drawn > 0).sum(axis=1) < 4)).all()


def test_debiased_cka_of_a_resample_meets_no_copies():
    """Song et al. (2012): the mean over different stimuli, each set as often as it was drawn."""
    rng = np.random.default_rng(2)
    a, b = rng.normal(size=(6, 3)), rng.normal(size=(6, 5))
    drawn = np.random.default_rng(3).multinomial(6, np.full(6, 1 / 6), size=12)
    drawn[0] = 1
    assert similarity.debiased_cka(a, b) == pytest.approx(similarity.debiased_cka(a, b, drawn)[0])

    def hsic(k, m, w):
        sums = np.zeros((3, 2))
        for t in permutations(range(6), 4):
            i, j, p, q = t
            sums[0] += np.array([k[i, j] * m[p, q], 1]) * w[list(t)].prod()
        for i, j, p in permutations(range(6), 3):
            sums[1] += np.array([k[i, j] * m[i, p], 1]) * w[[i, j, p]].prod()
        for i, j in permutations(range(6), 2):
            sums[2] += np.array([k[i, j] * m[i, j], 1]) * w[[i, j]].prod()
        four, three, two = sums[:, 0] / sums[:, 1]
        return two + four - 2 * three

    found = similarity.debiased_cka(a, b, drawn)
    k, m = ((x - x.mean(axis=0)) @ (x - x.mean(axis=0)).T for x in (a, b))
    for value, w in zip(found, drawn, strict=True):
        if (w > 0).sum() < 4:
            assert np.isnan(value)
            continue
        own = hsic(k, k, w) * hsic(m, m, w)
        expected = hsic(k, m, w) / np.sqrt(own) if own > 0 else np.nan
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True)
    assert np.isfinite(found).any()


def test_map_similarity_is_scipys_and_has_a_ceiling():
    """Spearman image by image; a constant map has none; people who agree reach 1."""
    rng = np.random.default_rng(0)
    model, human = rng.integers(0, 9, (2, 4, 6, 5)).astype(float)
    expected = [
        stats.spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(model, human, strict=True)
    ]
    np.testing.assert_allclose(saliency.map_similarity(model, human), expected, atol=1e-12)
    model[1] = 3
    assert np.isnan(saliency.map_similarity(model, human)[1])
    assert saliency.map_ceiling(np.stack([human] * 4)) == pytest.approx(1)
    assert abs(saliency.map_ceiling(rng.random((6, 3, 12, 12)))) < 0.2
    with pytest.raises(ValueError, match="height"):
        saliency.map_similarity(model, human[:, :5])
