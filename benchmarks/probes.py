"""Logistic probes: scikit-learn as it comes against centring and the span of the examples.

Run ``python benchmarks/probes.py``; both sides get the same draws, the objectives are compared in
the original features, and the table goes to ``benchmarks/results/probes.md``. Only the ratios are a
claim: seconds depend on the machine.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from compute.probe import few_shot_splits, fit_logistic, logistic_objective

SHOTS, GOAL, N_CLASSES = (1, 5, 10, 20, 40, 80), 3, 10
RESULT = Path(__file__).parent / "results" / "probes.md"


def features(n_dims: int) -> tuple[np.ndarray, np.ndarray]:
    """Like pooled activations: not negative, far from the origin, a few strong directions."""
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(N_CLASSES), 200)
    strength = np.geomspace(3, 0.05, 64)
    latent = rng.normal(size=(N_CLASSES, 64))[labels] + 1.5 * rng.normal(size=(len(labels), 64))
    mixed = (latent * strength) @ rng.normal(size=(64, n_dims)) / 4
    return np.maximum(mixed + 0.3 * rng.normal(size=mixed.shape) + 0.5, 0), labels


def main() -> None:
    """Compare, time, write the table."""
    lines = [
        "# Logistic probes",
        "",
        f"{N_CLASSES} classes, C = 1; {', '.join(map(str, SHOTS))} shots, one draw each, together. "
        "One BLAS thread on both sides. The objective is the penalised mean cross-entropy in the "
        "original features, mean over the six; accuracy on the rest, mean over the six.",
        "",
        "| dimensions | side | s | ratio | objective | accuracy | converged |",
        "|---|---|---|---|---|---|---|",
    ]
    for n_dims in (512, 1280, 2048):
        x, y = features(n_dims)
        splits = few_shot_splits(y, SHOTS, (0,))
        rows: dict[str, list[list[float]]] = {}
        for split in splits:
            train, labels = x[split.train], y[split.train]
            sides = {
                "scikit-learn, defaults": lambda a=train, b=labels: LogisticRegression().fit(a, b),
                "scikit-learn, tol 1e-6": lambda a=train, b=labels: LogisticRegression(
                    tol=1e-6, max_iter=10_000
                ).fit(a, b),
                f"ours (goal ≥ {GOAL}×)": lambda a=train, b=labels: fit_logistic(a, b),
            }
            for name, work in sides.items():
                taken = []
                with warnings.catch_warnings(), threadpool_limits(1):
                    warnings.simplefilter("ignore", ConvergenceWarning)
                    for _ in range(3):
                        start = time.perf_counter()
                        fit = work()
                        taken.append(time.perf_counter() - start)
                is_theirs = isinstance(fit, LogisticRegression)
                weights = fit.coef_.T if is_theirs else fit.weights
                intercept = fit.intercept_ if is_theirs else fit.intercept
                done = fit.n_iter_[0] < fit.max_iter if is_theirs else fit.converged
                right = np.mean(fit.predict(x[split.test]) == y[split.test])
                loss = logistic_objective(train, labels, weights, intercept)
                rows.setdefault(name, []).append([sorted(taken)[1], loss, right, done])
        total = {name: np.array(r)[:, 0].sum() for name, r in rows.items()}
        ours = list(total)[-1]
        for name, measured in rows.items():
            _, loss, right, done = np.mean(measured, axis=0)
            lines.append(
                f"| {n_dims} | {name} | {total[name]:.2f} | {total[name] / total[ours]:.1f}× | "
                f"{loss:.6f} | {right:.4f} | {done * len(splits):.0f} of {len(splits)} |"
            )
        reached = np.array(rows[ours])[:, 1]
        for peer in list(rows)[:-1]:
            assert (reached <= np.array(rows[peer])[:, 1] + 1e-9).all(), "our objective is worse"
    text = "\n".join(lines) + "\n"
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
