"""Regression over pairs, of which those with a member in common are not independent.

A response and each predictor are symmetric matrices of members (benchmarks), of which the upper
half counts. Permuting members jointly gives p-values (MRQAP); random effects of members and of
their groups (datasets), to which each pair belongs twice, give estimates that no large group
dominates.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from compute.stats import clusters
from compute.stats.ranks import Floats

N_PERMUTATIONS, SEED = 999, 20_261_128
_ALONE = 1e-6
"""Share of a predictor's variance that others must leave for it to have an effect of its own."""
_AT_ONCE = 4_000_000
"""Permuted pairs that are in memory together."""
_RANGE = (0.0, 3000.0)
"""Variances of effects, over that of what is left."""


class Design(NamedTuple):
    """Pairs as rows.

    Attributes
    ----------
    y : ndarray, shape (n_pairs,)
    x : ndarray, shape (n_pairs, n_predictors)
    first, second : ndarray of int, shape (n_pairs,)
        Members of each pair.
    """

    y: Floats
    x: Floats
    first: NDArray[np.int64]
    second: NDArray[np.int64]


def dyads_of(response: ArrayLike, predictors: ArrayLike) -> Design:
    """Rows of the upper half; pairs of which anything is unknown are left out.

    Parameters
    ----------
    response : array_like, shape (n_members, n_members)
        Symmetric.
    predictors : array_like, shape (n_predictors, n_members, n_members)
        Symmetric.
    """
    response, predictors = np.asarray(response, float), np.asarray(predictors, float)
    first, second = np.triu_indices(len(response), 1)
    y, x = response[first, second], predictors[:, first, second].T
    known = ~(np.isnan(y) | np.isnan(x).any(1))
    return Design(y[known], x[known], first[known], second[known])


def identified(x: ArrayLike) -> NDArray[np.bool_]:
    """Whether each predictor varies, and not only as the others before it do."""
    x = np.asarray(x, float)
    kept = np.zeros(x.shape[1], bool)
    for at in range(x.shape[1]):
        own = x[:, at] - x[:, at].mean()
        others = _with_mean(x[:, kept])
        left = own - others @ np.linalg.lstsq(others, own, rcond=None)[0]
        kept[at] = (left**2).sum() > _ALONE * max((own**2).sum(), _ALONE)
    return kept


def _with_mean(x: Floats) -> Floats:
    return np.column_stack([np.ones(len(x)), x])


def least_squares(design: Design) -> tuple[Floats, float]:
    """Plain coefficients, without the intercept, and R².

    Parameters
    ----------
    design : Design
        Its predictors are all identified.
    """
    x = _with_mean(design.x)
    coefficients = np.linalg.lstsq(x, design.y, rcond=None)[0]
    left = design.y - x @ coefficients
    whole = ((design.y - design.y.mean()) ** 2).sum()
    return coefficients[1:], float(1 - (left**2).sum() / whole) if whole > 0 else float("nan")


def permuted_p_values(
    response: ArrayLike, predictors: ArrayLike, n_permutations: int = N_PERMUTATIONS
) -> Floats:
    """Two-sided p-value of each coefficient, by permuting members jointly.

    Parameters
    ----------
    response : array_like, shape (n_members, n_members)
        Symmetric; NaN where a pair is unknown.
    predictors : array_like, shape (n_predictors, n_members, n_members)
        Symmetric and without NaN. All are identified.
    n_permutations : int
        Beside the data as they are, which count as one.

    Returns
    -------
    ndarray, shape (n_predictors,)
        Share of permutations whose |t| is not smaller.

    Notes
    -----
    Double semi-partialling: what the other predictors leave of a predictor is permuted, rows and
    columns alike, and takes its place in the regression.

    References
    ----------
    Dekker, Krackhardt & Snijders (2007), Sensitivity of MRQAP tests to collinearity and
    autocorrelation conditions, Psychometrika 72(4).
    """
    response, predictors = np.asarray(response, float), np.asarray(predictors, float)
    design = dyads_of(response, predictors)
    n_members, rng = len(response), np.random.default_rng(SEED)
    orders = np.array([rng.permutation(n_members) for _ in range(n_permutations)])
    above = np.triu_indices(n_members, 1)
    found = []
    for at in range(len(predictors)):
        others = _with_mean(np.delete(design.x, at, axis=1))
        basis = np.linalg.qr(others)[0]
        y = design.y - basis @ (basis.T @ design.y)
        # the residual of every pair, also of those without a response: they trade places
        every = _with_mean(np.delete(predictors, at, axis=0)[:, *above].T)
        own = predictors[at][above]
        residual = np.zeros(response.shape)
        residual[above] = own - every @ np.linalg.lstsq(every, own, rcond=None)[0]
        residual += residual.T

        def squared_t(values: Floats, y: Floats = y, basis: Floats = basis) -> Floats:
            # y is what the others leave of it, so that only the size of what they leave is needed
            square = np.einsum("ij,ij->i", values, values) - ((values @ basis) ** 2).sum(1)
            explained = (values @ y) ** 2 / square
            return explained / ((y**2).sum() - explained)

        observed, n_larger = squared_t(design.x[:, at][None])[0] * (1 - 1e-9), 0
        for some in np.array_split(orders, 1 + orders.shape[0] * len(design.y) // _AT_ONCE):
            drawn = squared_t(residual[some[:, design.first], some[:, design.second]])
            n_larger += (drawn >= observed).sum()
        found.append((1 + n_larger) / (1 + n_permutations))
    return np.array(found)


def n_cells(n_members: int) -> int:
    """Cells that :func:`pooled` goes through: some ten inverses of its matrix of members."""
    return 10 * n_members**3


class Pooled(NamedTuple):
    """A regression with random effects of members and of their groups.

    Attributes
    ----------
    coefficients : ndarray, shape (1 + n_predictors,)
        The intercept first.
    member_effects : ndarray, shape (n_members,)
        What each member adds to its pairs, drawn towards 0: its own and its group's.
    variances : ndarray, shape (3,)
        Of one member's effect, of one group's, and of what is left.
    """

    coefficients: Floats
    member_effects: Floats
    variances: Floats


def pooled(design: Design, groups: ArrayLike, start: Pooled | None = None) -> Pooled:
    """Estimates in which the effects of members and groups are partially pooled.

    Parameters
    ----------
    design : Design
        Its predictors are all identified.
    groups : array_like of int, shape (n_members,)
        Group of each member, from 0. Of a member without a pair the effect is that of its group.
    start : Pooled, optional
        Of nearly the same pairs: its variances are near.

    Returns
    -------
    Pooled
        By restricted maximum likelihood; y = Xβ + u(first) + u(second) + w(group of first) +
        w(group of second) + ε.

    References
    ----------
    Hoff (2005), Bilinear mixed-effects models for dyadic data, J. Am. Stat. Assoc. 100(469);
    Browne, Goldstein & Rasbash (2001), Multiple membership models, Statistical Modelling 1(2).
    """
    groups = np.asarray(groups)
    n_members, n_groups = len(groups), int(groups.max()) + 1
    of_group = (groups[:, None] == np.arange(n_groups)).astype(float)
    is_member = np.arange(n_members + n_groups) < n_members
    data = np.column_stack([_with_mean(design.x), design.y])
    zz, zd, dd = _met(design, of_group), _summed(design, of_group, data), data.T @ data
    df = len(data) - (data.shape[1] - 1)

    def solved(ratios: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """What is left of the data's products, XᵗV⁻¹X and so on, with variances over that of rest.

        Then the inverse root of the shrinking matrix I + s ZᵗZ s, what it makes of s ZᵗD, and s.
        """
        scale = np.sqrt(np.where(is_member, *ratios))
        root = np.linalg.cholesky(np.eye(len(scale)) + scale[:, None] * zz * scale)
        inverse = np.linalg.inv(root)
        turned = inverse @ (scale[:, None] * zd)
        return dd - turned.T @ turned, inverse, turned, scale

    def deviance(ratios: Floats) -> tuple[float, Floats]:
        """Twice the negative restricted log-likelihood, and its slope."""
        inner, inverse, turned, scale = solved(ratios)
        whole = np.linalg.slogdet(inner)[1]
        of_x = np.linalg.slogdet(inner[:-1, :-1])[1]
        shrunk = inverse @ (scale[:, None] * zz)
        spread, back = np.diag(zz) - (shrunk**2).sum(0), zd - shrunk.T @ turned  # ZᵗV⁻¹Z, ZᵗV⁻¹D
        slope = []
        for kind in (is_member, ~is_member):
            moved = back[kind].T @ back[kind]  # by so much the products fall
            by_whole = np.linalg.solve(inner, moved).trace()
            by_x = np.linalg.solve(inner[:-1, :-1], moved[:-1, :-1]).trace()
            slope.append(spread[kind].sum() - by_x - df * (by_whole - by_x))
        log_det = -2 * np.log(np.diag(inverse)).sum()
        return log_det + of_x + df * (whole - of_x), np.array(slope)

    # not over logarithms: as a variance nears 0 these have no slope, and a search would stay there
    before = np.array([0.5, 0.5, 1]) if start is None else start.variances
    before = np.clip(before[:2] / before[2], *_RANGE)
    best = optimize.minimize(deviance, before, jac=True, method="L-BFGS-B", bounds=[_RANGE] * 2)
    inner, inverse, _, scale = solved(best.x)
    coefficients = np.linalg.solve(inner[:-1, :-1], inner[:-1, -1])
    rest = (inner[-1, -1] - coefficients @ inner[:-1, -1]) / df
    left = zd[:, -1] - zd[:, :-1] @ coefficients
    effects = scale * (inverse.T @ (inverse @ (scale * left)))
    own, shared = effects[:n_members], of_group @ effects[n_members:]
    return Pooled(coefficients, own + shared, np.array([*best.x, 1]) * rest)


def _met(design: Design, of_group: Floats) -> Floats:
    """ZᵗZ of members and groups: how often each meets each, from the pairs alone."""
    n_members = len(of_group)
    met = np.zeros((n_members, n_members))
    np.add.at(met, (design.first, design.second), 1)
    met += met.T
    met[np.diag_indices(n_members)] += met.sum(1)
    both = met @ of_group
    return np.block([[met, both], [both.T, of_group.T @ both]])


def _summed(design: Design, of_group: Floats, data: Floats) -> Floats:
    """ZᵗD of members and groups: columns summed over the pairs that each takes part in."""
    found = np.zeros((len(of_group), data.shape[1]))
    np.add.at(found, design.first, data)
    np.add.at(found, design.second, data)
    return np.vstack([found, of_group.T @ found])


def unseen_r_squared(response: ArrayLike, predictors: ArrayLike, groups: ArrayLike) -> float:
    """How well the pairs of a group are predicted from all pairs without it, each group in turn.

    Parameters
    ----------
    response : array_like, shape (n_members, n_members)
        Symmetric; NaN where a pair is unknown.
    predictors : array_like, shape (n_predictors, n_members, n_members)
        Symmetric; those that are not identified without a group are left out there.
    groups : array_like of int, shape (n_members,)
        Group of each member. Of many members some groups are left out together
        (:func:`compute.stats.clusters.left_out`).

    Returns
    -------
    float
        1 − Σ(y − ŷ)² / Σ(y − ȳ)², where ȳ is the mean of the pairs that the prediction rests on.
        Below 0 a prediction is worse than that mean. The effect of a member outside the group is
        known, that of one inside is 0.
    """
    response, predictors = np.asarray(response, float), np.asarray(predictors, float)
    groups = np.unique(np.asarray(groups), return_inverse=True)[1]
    whole, found = dyads_of(response, predictors), None
    left_out = clusters.left_out(groups, n_cells(len(groups)))
    off, spread = 0.0, 0.0
    for name in dict.fromkeys(left_out[np.argsort(groups, kind="stable")]):
        is_out = left_out == name
        touches = is_out[whole.first] | is_out[whole.second]
        if not touches.any() or touches.all():
            continue
        seen = Design(*(part[~touches] for part in whole))
        kept = identified(seen.x)
        found = pooled(seen._replace(x=seen.x[:, kept]), groups, found)
        effects = np.where(is_out, 0, found.member_effects)
        x = _with_mean(whole.x[touches][:, kept])
        guess = x @ found.coefficients + effects[whole.first[touches]]
        guess += effects[whole.second[touches]]
        off += ((whole.y[touches] - guess) ** 2).sum()
        spread += ((whole.y[touches] - seen.y.mean()) ** 2).sum()
    return float(1 - off / spread) if spread > 0 else float("nan")
