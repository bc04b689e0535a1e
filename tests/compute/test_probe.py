"""Few-shot heads against scikit-learn and against ordinary torch modules."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from compute.measure import probe


def data(n: int = 240, d: int = 30, k: int = 4, seed: int = 0, spread: float = 1.0):
    """Overlapping classes, far from the origin, of unequal size."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(k, n, p=np.arange(1, k + 1) / (k * (k + 1) / 2))
    centres = rng.normal(size=(k, d))
    return centres[labels] + spread * rng.normal(size=(n, d)) + 5, labels


def test_splits_hold_n_of_each_class_and_never_overlap():
    """Nested within a seed, apart from the test side, the same again for the same seed."""
    _, labels = data()
    splits = probe.few_shot_splits(labels, (1, 3, 8), (0, 1))
    assert [(s.n_shots, s.seed) for s in splits] == [(1, 0), (1, 1), (3, 0), (3, 1), (8, 0), (8, 1)]
    for split in splits:
        np.testing.assert_array_equal(np.bincount(labels[split.train]), split.n_shots)
        both = np.concatenate([split.train, split.test])
        np.testing.assert_array_equal(np.sort(both), np.arange(len(labels)))
    by_seed = {(s.n_shots, s.seed): set(s.train) for s in splits}
    assert by_seed[1, 0] < by_seed[3, 0] < by_seed[8, 0]
    assert by_seed[8, 0] != by_seed[8, 1]
    again = probe.few_shot_splits(labels, (8,), (1,))[0]
    np.testing.assert_array_equal(again.train, splits[-1].train)


def test_splits_leave_something_of_every_class():
    """A class that would be used up is named."""
    with pytest.raises(ValueError, match="class 0 has"):
        probe.few_shot_splits(data()[1], (80,))


@pytest.mark.parametrize("n, d", [(40, 200), (200, 12)], ids=["few examples", "few dimensions"])
@pytest.mark.parametrize("c", [0.05, 1.0])
def test_logistic_reaches_scikit_learns_optimum(n, d, c):
    """Objective at most scikit-learn's with a tight tolerance, and the same predictions."""
    x, y = data(n, d)
    fit = probe.fit_logistic(x, y, replace(probe.DEFAULTS, inverse_penalty=c))
    peer = LogisticRegression(C=c, tol=1e-9, max_iter=20_000).fit(x, y)
    theirs = probe.logistic_objective(x, y, peer.coef_.T, peer.intercept_, c)
    assert fit.converged
    assert fit.objective <= theirs + 1e-9
    assert fit.objective == pytest.approx(theirs, abs=1e-7)
    other = data(400, d, seed=1)[0]
    assert np.mean(fit.predict(other) == peer.predict(other)) >= 0.995
    shown = probe.logistic_objective(x, y, fit.weights, fit.intercept, c)
    assert shown == pytest.approx(fit.objective, abs=1e-12)


def test_logistic_is_blind_to_a_shift_and_says_when_it_ran_out():
    """Centring is exact; too few iterations are not convergence; labels may be any numbers."""
    x, y = data(60, 100)
    fit, moved = probe.fit_logistic(x, y), probe.fit_logistic(x + 100, y)
    assert moved.objective == pytest.approx(fit.objective, abs=1e-8)
    np.testing.assert_allclose(moved.weights, fit.weights, atol=1e-4)
    assert not probe.fit_logistic(x, y, replace(probe.DEFAULTS, max_iterations=3)).converged
    named = probe.fit_logistic(x, y * 10 + 7)
    assert set(named.predict(x)) <= set(y * 10 + 7)


@pytest.mark.parametrize(
    "x, y, says",
    [
        (np.full((4, 2), np.nan), [0, 1, 0, 1], "not finite"),
        (np.ones((4, 2)), [1, 1, 1, 1], "two classes"),
        (np.ones((4, 2)), [1, 0], "shape"),
    ],
)
def test_logistic_refuses(x, y, says):
    """No NaN, no single class, no shapes that do not fit."""
    with pytest.raises(ValueError, match=says):
        probe.fit_logistic(x, y)


@pytest.mark.compute
@pytest.mark.parametrize("head", ["mlp1", "mlp2"])
def test_batched_networks_are_ordinary_modules(head):
    """Without dropout, several splits at once give what torch.nn gives one by one."""
    import torch

    x, y = data(150, 12)
    settings = replace(probe.DEFAULTS, dropout=0.0, steps=60, hidden=9, learning_rate=0.01)
    splits = probe.few_shot_splits(y, (2, 6), (0, 1))
    found = probe.fit_networks(x, y, splits, head, settings)
    shapes = {"mlp1": [(12, 9), (9, 4)], "mlp2": [(12, 9), (9, 9), (9, 4)]}[head]
    for split, accuracy in zip(splits, found, strict=True):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(split.seed)
            layers = [torch.nn.Linear(*shape) for shape in shapes]
        if head == "mlp2":
            layers = [layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2]]
        network = torch.nn.Sequential(*layers)
        optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
        train = torch.tensor(x[split.train], dtype=torch.float32)
        mean = train.mean(0, keepdim=True)
        scale = (train - mean).square().mean().sqrt()
        target = torch.tensor(y[split.train])
        for _ in range(settings.steps):
            optimiser.zero_grad()
            logits = network((train - mean) / scale)
            torch.nn.functional.cross_entropy(logits, target).backward()
            optimiser.step()
        test = (torch.tensor(x[split.test], dtype=torch.float32) - mean) / scale
        with torch.inference_mode():
            right = network.eval()(test).argmax(1).numpy() == y[split.test]
        # a logit that ties to the last bit may fall either way
        assert accuracy == pytest.approx(right.mean(), abs=1.5 / len(right))


@pytest.mark.compute
def test_the_rate_is_what_is_dropped_and_the_mean_stays():
    """.8 drops four of five inputs and multiplies the others by five, as torch.nn.Dropout does."""
    import torch

    draws = probe.dropout_draws(200_000, probe.DEFAULTS.dropout, torch.Generator().manual_seed(1))
    assert probe.DEFAULTS.dropout == 0.8
    assert sorted(draws.unique().tolist()) == pytest.approx([0, 5])
    assert (draws > 0).double().mean().item() == pytest.approx(0.2, abs=0.005)
    theirs = torch.nn.Dropout(0.8)(torch.ones(200_000))
    assert draws.mean().item() == pytest.approx(theirs.mean().item(), abs=0.03)


@pytest.mark.compute
def test_dropout_drops_and_every_head_learns():
    """Above chance with dropout; dropout changes the result; equal seeds repeat it."""
    x, y = data(400, 40, spread=0.5)
    results = {}
    for head in probe.HEADS:
        results[head] = probe.probe(x, y, head, (5, 10), (0, 1))
        assert len(results[head]) == 4
        assert min(r.accuracy for r in results[head]) > 0.6
        assert all(r.n_train + r.n_eval == len(y) for r in results[head])
    again = probe.probe(x, y, "mlp2", (5, 10), (0, 1))
    assert [r.accuracy for r in again] == [r.accuracy for r in results["mlp2"]]
    hard, hard_y = data(400, 40, spread=2)
    without = probe.probe(hard, hard_y, "mlp1", (10,), (0,), replace(probe.DEFAULTS, dropout=0.0))
    assert without[0].accuracy != probe.probe(hard, hard_y, "mlp1", (10,), (0,))[0].accuracy


@pytest.mark.compute
def test_probe_refuses():
    """Another head, and features that are not finite."""
    x, y = data()
    with pytest.raises(ValueError, match="none of"):
        probe.probe(x, y, "knn")
    x[3, 3] = np.inf
    with pytest.raises(ValueError, match="not finite"):
        probe.probe(x, y, "mlp1", (2,), (0,))
