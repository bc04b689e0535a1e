"""Logistic probes: scikit-learn against centring and the span of the examples.

Run ``python -m benchmarks.probes``; both sides get the same draws and the same tolerance, the
objectives are compared in the original features, and the table goes to
``benchmarks/results/probes.md``. Only the ratios are a claim: seconds depend on the machine.
"""

import time
import warnings

import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from benchmarks.measure import publish, seconds
from compute.measure.probe import Settings, few_shot_splits, fit_logistic, logistic_objective

SHOTS, GOAL, N_CLASSES = (1, 5, 10, 20, 40, 80), 3, 10


def features(n_dims: int) -> tuple[np.ndarray, np.ndarray]:
    """Digits through two random ReLU layers: not negative, far from the origin, ill-conditioned."""
    digits = load_digits()
    rng = np.random.default_rng(0)
    x = digits.data / 16
    for width in (1024, n_dims):
        x = np.maximum(x @ rng.normal(size=(x.shape[1], width)) * np.sqrt(2 / x.shape[1]), 0)
    return x, digits.target


def main() -> None:
    """Compare, time, write the table."""
    lines = [
        "# Logistic probes",
        "",
        f"Digits through two random ReLU layers, {N_CLASSES} classes, C = 1; "
        f"{', '.join(map(str, SHOTS))} shots, one draw each, together. One BLAS thread on both "
        "sides; processor time, median of 3. The objective is the penalised mean cross-entropy in "
        f"the original features. Goal ≥ {GOAL}× at the same or a better objective.",
        "",
        "| dimensions | tolerance | side | s | ratio | objective | accuracy | iterations |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for n_dims in (512, 1280, 2048):
        x, y = features(n_dims)
        splits = few_shot_splits(y, SHOTS, (0,))
        for tolerance in (1e-4, 1e-6):
            rows = {}
            for split in splits:
                train, labels = x[split.train], y[split.train]
                sides = {
                    "scikit-learn": lambda a=train, b=labels, t=tolerance: LogisticRegression(
                        tol=t, max_iter=100 if t == 1e-4 else 10_000
                    ).fit(a, b),
                    "ours": lambda a=train, b=labels, t=tolerance: fit_logistic(
                        a, b, Settings(tolerance=t)
                    ),
                }
                for name, work in sides.items():
                    with warnings.catch_warnings(), threadpool_limits(1):
                        warnings.simplefilter("ignore", ConvergenceWarning)
                        fit, taken = work(), seconds(work, 3, time.process_time)
                    theirs = isinstance(fit, LogisticRegression)
                    weights = fit.coef_.T if theirs else fit.weights
                    intercept = fit.intercept_ if theirs else fit.intercept
                    steps = fit.n_iter_[0] if theirs else fit.n_iterations
                    right = np.mean(fit.predict(x[split.test]) == y[split.test])
                    loss = logistic_objective(train, labels, weights, intercept)
                    rows.setdefault(name, []).append([taken, loss, right, steps])
            measured = {name: np.array(r) for name, r in rows.items()}
            total = {name: r[:, 0].sum() for name, r in measured.items()}
            for name, r in measured.items():
                _, loss, right, steps = r.mean(axis=0)
                lines.append(
                    f"| {n_dims} | {tolerance:g} | {name} | {total[name]:.2f} | "
                    f"{total[name] / total['ours']:.1f}× | {loss:.6f} | {right:.4f} | {steps:.0f} |"
                )
    publish("probes", lines)


if __name__ == "__main__":
    main()
