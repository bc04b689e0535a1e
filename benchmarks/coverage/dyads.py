"""Coverage of the intervals of what explains agreement, over datasets."""

from collections.abc import Iterator

import numpy as np
from rich.progress import track
from scipy import stats

from benchmarks.coverage.structures import Floats
from compute.stats import clusters, dyads
from compute.stats.frames.dyads import SHARED
from warehouse import db

COHORTS = ("brainscore_2024_complete", "brainscore_2025_complete")
N_SAMPLES = 200
EFFECT = 0.15
"""Of sharing the kind of metric; the other predictors have none."""
BENCHMARK, DATASET, PAIR_OF_DATASETS, REST = 0.09, 0.10, 0.10, 0.16
"""Standard deviations, the third for noise that all pairs of two datasets share."""


def rows() -> Iterator[dict[str, object]]:
    """The lowest coverage of any predictor, of each cohort and kind of coefficient.

    Before: the pooled model's own standard errors.
    """
    for cohort_id in COHORTS:
        predictors, groups = _labels(cohort_id)
        rng, found = np.random.default_rng(1), []
        for _ in track(range(N_SAMPLES), cohort_id):
            found.append(_sample(predictors, groups, rng))
        plain, pooled, own = np.mean(found, axis=0).min(1)
        title = "more agreement where benchmarks share something, over datasets"
        yield {
            "interval": f"{title}, plain",
            "structure": cohort_id,
            "before": None,
            "after": plain,
        }
        yield {
            "interval": f"{title}, pooled", "structure": cohort_id, "before": own, "after": pooled
        }  # fmt: skip


def _labels(cohort_id: str) -> tuple[Floats, np.ndarray]:
    """What pairs share, of identified predictors, and the dataset of each benchmark."""
    with db.connect() as con:
        about = con.execute(
            "select b.* replace (coalesce(dataset, benchmark_id) as dataset) "
            "from dim_benchmarks as b join bridge_cohort_benchmarks using (benchmark_id) "
            "where cohort_id = ? order by benchmark_id",
            [cohort_id],
        ).df()
    labels = [about[name].fillna("").to_numpy(str) for name in SHARED]
    shared = np.array([(v[:, None] == v) & (v != "") for v in labels], float)
    kept = dyads.identified(dyads.dyads_of(np.zeros(shared.shape[1:]), shared).x)
    return shared[kept], np.unique(about["dataset"], return_inverse=True)[1]


def _sample(predictors: Floats, groups: np.ndarray, rng: np.random.Generator) -> Floats:
    """Whether limits hold: plain, pooled, and by the own errors of the pooled model."""
    n, n_groups = len(groups), groups.max() + 1
    truth = np.where(np.arange(len(predictors)) == 0, EFFECT, 0)
    effects = rng.normal(0, BENCHMARK, n) + rng.normal(0, DATASET, n_groups)[groups]
    blocks = np.triu(rng.normal(0, PAIR_OF_DATASETS, (n_groups, n_groups)))
    blocks += np.triu(blocks, 1).T
    noise = np.triu(rng.normal(0, REST, (n, n)), 1)
    response = np.tensordot(truth, predictors, 1) + effects[:, None] + effects + noise + noise.T
    response += blocks[groups][:, groups]
    design = dyads.dyads_of(response, predictors)
    fitted = dyads.pooled(design, groups)
    whole = np.array([dyads.least_squares(design)[0], fitted.coefficients[1:]])
    without = []
    for group in range(n_groups):
        left = groups != group
        part = dyads.dyads_of(response[np.ix_(left, left)], predictors[:, left][:, :, left])
        kept = dyads.identified(part.x)
        part, again = part._replace(x=part.x[:, kept]), np.full(whole.shape, np.nan)
        rest = np.unique(groups[left], return_inverse=True)[1]
        again[0, kept] = dyads.least_squares(part)[0]
        again[1, kept] = dyads.pooled(part, rest, fitted).coefficients[1:]
        without.append(again)
    takes_part = ~np.isnan(without)
    error = clusters.jackknife_error(np.where(takes_part, without, 0), takes_part)
    low, high = clusters.interval(whole, error)
    own = stats.t.ppf(0.975, n_groups - 1) * _own_errors(design, fitted, groups)
    inside = (low <= truth) & (truth <= high)
    return np.array([*inside, np.abs(whole[1] - truth) <= own], float)


def _own_errors(design: dyads.Design, fitted: dyads.Pooled, groups: np.ndarray) -> Floats:
    """Standard errors of generalised least squares, as if the random effects were all."""
    x, pairs = np.column_stack([np.ones(len(design.y)), design.x]), np.arange(len(design.y))
    member = np.zeros((len(pairs), len(groups)))
    member[pairs, design.first] = member[pairs, design.second] = 1
    of_group = member @ (groups[:, None] == np.arange(groups.max() + 1))
    member_spread, group_spread, _ = np.sqrt(fitted.variances)
    z, rest = np.hstack([member * member_spread, of_group * group_spread]), fitted.variances[2]
    inner = np.linalg.solve(rest * np.eye(z.shape[1]) + z.T @ z, z.T @ x)
    return np.sqrt(np.diag(np.linalg.inv((x.T @ x - x.T @ z @ inner) / rest)))[1:]
