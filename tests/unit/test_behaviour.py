"""Resampled behaviour against scikit-learn's kappa, repeated images, and fresh simulations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from compute.stats import trials as behaviour
from compute.stats.frames.trials import behaviour_frame, ceiling_frame, group_frame
from compute.stats.resampling import crossed_draws, resample_counts


def observers(rng, n, n_images, p, seen=0.8):
    saw = (rng.random((n, n_images)) < seen).astype(np.float32)
    return saw, saw * (rng.random((n, n_images)) < p)


def condition(rng, n_models=3, n_people=4, n_images=60):
    models = observers(rng, n_models, n_images, 0.6)
    people = observers(rng, n_people, n_images, 0.7)
    return behaviour.Condition(*models, *people)


def by_hand(conditions, model, people):
    """The four measures of one model, pair by pair, with scikit-learn's kappa."""
    rows = np.zeros((len(people), 3))
    for at, person in enumerate(people):
        for c in conditions:
            both = (c.models_saw[model] > 0) & (c.people_saw[person] > 0)
            a = c.models_right[model, both].astype(float)
            b = c.people_right[person, both].astype(float)
            rows[at] += (a.mean() - b.mean()) ** 2, (a == b).mean(), cohen_kappa_score(a, b)
    accuracy = [c.models_right[model].sum() / c.models_saw[model].sum() for c in conditions]
    return [*(rows.mean(axis=0) / len(conditions)), np.mean(accuracy)]


def all_measures(conditions, image_weights, people_weights):
    """The measures of every model when images and people are weighted."""
    pairs, accuracy = behaviour.pair_measures(conditions, image_weights)
    people = np.einsum("rmpk,rp->rmk", pairs, people_weights) / people_weights.shape[1]
    return np.concatenate([people, accuracy[..., None]], axis=2)


def test_a_weight_is_as_good_as_an_image_or_a_person_repeated():
    rng = np.random.default_rng(2)
    conditions = [condition(rng), condition(rng, n_images=75)]
    images = [resample_counts(c.people_saw.shape[1], 5, rng) for c in conditions]
    people = resample_counts(4, 5, rng)
    out = all_measures(conditions, images, people)
    for r in range(5):
        repeated = [
            behaviour.Condition(*(np.repeat(side, w[r].astype(int), axis=1) for side in c))
            for c, w in zip(conditions, images, strict=True)
        ]
        again = np.repeat(np.arange(4), people[r].astype(int))
        expected = [by_hand(repeated, model, again) for model in range(3)]
        np.testing.assert_allclose(out[r], expected, atol=1e-12)


def test_a_condition_without_errors_counts_as_agreement():
    """The toolbox's κ of two who are always right is 1; the other condition counts as it does."""
    rng = np.random.default_rng(3)
    hard, easy = condition(rng), condition(rng)
    easy = easy._replace(models_right=easy.models_saw, people_right=easy.people_saw)
    weights = [np.ones((1, 60))]
    (alone,), _ = behaviour.pair_measures([hard], weights)
    (both,), _ = behaviour.pair_measures([hard, easy], 2 * weights)
    np.testing.assert_allclose(both, (alone + np.array([0, 1, 1])) / 2)


def test_weights_of_people_that_do_not_sum_are_refused():
    with pytest.raises(ValueError, match="must sum to 4"):
        crossed_draws(np.ones((1, 4, 3)), np.ones((1, 1, 4, 3)), np.ones((1, 4)) * 2)


def test_one_person_alone_leaves_the_spread_of_people_unknown():
    out = crossed_draws(np.ones((2, 1, 3)), np.ones((5, 2, 1, 3)), np.ones((5, 1)))
    assert out.shape == (5, 2, 3) and np.isnan(out).all()


@pytest.mark.parametrize(
    ("a", "b", "e"), [(1.0, 0.3, 1.0), (0.1, 0.1, 3.0), (2.0, 0.0, 0.2), (0.0, 1.0, 2.0)]
)
def test_the_spread_is_that_of_images_people_and_what_is_between(a, b, e):
    """Means of cells x + y + z: the variance of the mean of a crossed design, known in advance."""
    rng = np.random.default_rng(7)
    n_images, n_people, n_models = 200, 12, 60  # "models" are independent repetitions
    cells = (
        np.sqrt(a) * rng.normal(size=(n_models, 1, n_images))
        + np.sqrt(b) * rng.normal(size=(n_models, n_people, 1))
        + np.sqrt(e) * rng.normal(size=(n_models, n_people, n_images))
    )
    weights = resample_counts(n_images, 600, rng)
    by_images = np.einsum("mpi,ri->rmp", cells, weights)[..., None] / n_images
    people = resample_counts(n_people, 600, rng)
    draws = crossed_draws(cells.mean(axis=2)[..., None], by_images, people)
    truth = a / n_images + b / n_people + e / (n_images * n_people)
    assert draws.var(axis=0).mean() == pytest.approx(truth, rel=0.15)


def simulate(rng, n_images=300, n_people=8):
    """People and models whose errors hang on how difficult an image is, and what they decided."""
    difficulty, sides, rows = rng.normal(size=n_images), [], []
    for skills, name, is_human in (
        ([0.0, 0.4, 0.8], "m", False),
        (rng.normal(0.8, 0.3, n_people), "subject-", True),
    ):
        chance = 1 / (1 + np.exp(-(np.asarray(skills)[:, None] + difficulty)))
        right = (rng.random(chance.shape) < chance).astype(int)
        sides += [np.ones_like(right), right]
        decided = [(f"{name}{i}", is_human, "".join(map(str, r))) for i, r in enumerate(right)]
        rows.append(pd.DataFrame(decided, columns=["observer_id", "is_human", "correct"]))
    decisions = pd.concat(rows, ignore_index=True).assign(
        source_id="s", dataset_id="d", condition="c", seen="1" * n_images
    )
    return decisions, *measured(behaviour.Condition(*sides))


def measured(condition):
    """Behaviours and summaries: what the SQL gives."""
    measures = list(behaviour.MEASURES)
    people = range(len(condition.people_saw))
    values = [by_hand([condition], model, people) for model in range(len(condition.models_saw))]
    summaries = pd.DataFrame(values, columns=measures).assign(source_id="s")
    summaries["observer_id"] = [f"m{model}" for model in range(len(values))]
    ranks = {
        name: (sign * summaries[measure]).rank()
        for measure, (name, sign) in zip(measures, behaviour.RANKS.items(), strict=True)
    }
    mean_rank = sum(list(ranks.values())[:3]) / 3
    behaviours = summaries.assign(dataset_id="d")
    return behaviours, summaries.assign(**ranks, mean_rank=mean_rank)


DATASETS = pd.DataFrame({"dataset_id": ["d"], "is_toolbox": [True]})


def test_the_error_is_that_of_new_images_and_people():
    rng = np.random.default_rng(4)
    fresh = pd.concat([simulate(rng)[1] for _ in range(150)])
    truth = fresh.groupby("observer_id")[list(behaviour.MEASURES)].std()
    out = behaviour_frame(*simulate(rng), DATASETS)
    ours = out[out["dataset_id"] == "d"].pivot(
        index="observer_id", columns="measure", values="standard_error"
    )
    ratio = (ours / truth)[["error_consistency", "ood_accuracy", "observed_consistency"]]
    assert ratio.mean().between(0.75, 1.3).all(), ratio
    inside = out[out["dataset_id"] == "all"]
    assert (inside["ci_low"] <= inside["ci_high"]).all()
    assert set(inside["measure"]) == {*behaviour.MEASURES, *behaviour.RANKS, "mean_rank"}


def test_intervals_stand_about_the_estimate_and_repeat_to_the_bit():
    decisions, behaviours, summaries = simulate(np.random.default_rng(5))
    out = behaviour_frame(decisions, behaviours, summaries, DATASETS)
    again = behaviour_frame(
        decisions.sample(frac=1, random_state=1), behaviours, summaries, DATASETS
    )
    pd.testing.assert_frame_equal(out, again)
    wide = out[out["dataset_id"] == "d"].merge(
        behaviours.melt(["source_id", "observer_id", "dataset_id"], var_name="measure"),
        on=["source_id", "observer_id", "dataset_id", "measure"],
    )
    assert len(wide) == 12
    assert wide["value"].between(wide["ci_low"], wide["ci_high"]).all()


def test_without_people_or_without_an_estimate_there_is_no_interval():
    decisions, behaviours, summaries = simulate(np.random.default_rng(6))
    empty = behaviour_frame(decisions[~decisions["is_human"]], behaviours, summaries, DATASETS)
    assert empty.empty and "standard_error" in empty
    behaviours.loc[behaviours["observer_id"] == "m0", "error_consistency"] = np.nan
    summaries.loc[summaries["observer_id"] == "m0", ["error_consistency", "mean_rank"]] = np.nan
    out = behaviour_frame(decisions, behaviours, summaries, DATASETS)
    m0 = out[out["observer_id"] == "m0"]
    assert "error_consistency" not in set(m0["measure"]) and "mean_rank" not in set(m0["measure"])
    assert len(m0) == 6


def values_of(rows: pd.DataFrame) -> pd.DataFrame:
    """What `group_frame` takes, of one dataset and measure."""
    blank = {"other_group": None, "other_id": None, "weight": 1, "measure": "error_consistency"}
    return rows.assign(
        dataset_id="d", condition="x", part="x", **{k: v for k, v in blank.items() if k not in rows}
    )


def test_the_interval_of_people_alike_is_students():
    values = np.random.default_rng(3).normal(0, 0.1, 9)
    people = [f"p{i}" for i in range(9)]
    rows = pd.DataFrame({"group_name": "a", "observer_id": people, "value": values})
    (found,) = group_frame(values_of(rows)).itertuples()
    low, high = stats.t.interval(0.95, 8, values.mean(), stats.sem(values))
    np.testing.assert_allclose(
        [found.estimate, found.ci_low, found.ci_high], [values.mean(), low, high], atol=1e-12
    )
    assert (found.n_people, found.n) == (9, 9)


def test_a_person_is_left_out_with_all_pairs_and_weighs_by_trials():
    rng = np.random.default_rng(4)
    names, others = [f"p{i}" for i in range(6)], ["q0", "q1"]
    pairs = [(a, b, "a") for i, a in enumerate(names) for b in names[:i]]
    pairs += [(a, b, "b") for a in names for b in others]
    rows = pd.DataFrame(pairs, columns=["observer_id", "other_id", "other_group"])
    rows = rows.assign(
        group_name="a", value=rng.random(len(rows)), weight=rng.integers(1, 9, len(rows))
    )
    found = group_frame(values_of(rows)).set_index("other_group")
    for group, part in rows.groupby("other_group"):
        whole = np.average(part["value"], weights=part["weight"])
        without, size = [], []
        for name in names:
            has = (part[["observer_id", "other_id"]] == name).any(axis=1)
            left = part[~has]
            without.append(np.average(left["value"], weights=left["weight"]))
            size.append(part.loc[has, "weight"].sum())
        error = np.sqrt(5 / 6 * np.square(np.array(without) - np.mean(without)).sum())
        df = np.sum(size) ** 2 / np.square(size).sum() - 1
        one = found.loc[group]
        assert one["estimate"] == pytest.approx(whole, abs=1e-12)
        margin = stats.t.ppf(0.975, df) * error
        assert one["ci_high"] == pytest.approx(min(whole + margin, 1), abs=1e-12)
        assert (one["n_people"], one["n"]) == (6, part["weight"].sum())


def test_one_person_or_one_pair_or_people_alike_have_no_interval():
    rows = pd.DataFrame(
        {"group_name": [*"abccc"], "other_group": [None, "b", None, None, None],
         "observer_id": [*"pqstu"], "other_id": [None, "r", None, None, None], "value": 0.7}
    )  # fmt: skip
    found = group_frame(values_of(rows)).set_index("group_name")
    assert found["n_people"].to_dict() == {"a": 1, "b": 2, "c": 3}
    assert found[["ci_low", "ci_high"]].isna().all(axis=None)
    assert group_frame(values_of(rows.head(0))).empty


def pairs_of_people(kappa, *, dataset_id="d", is_toolbox=True, standard_error=0.1):
    """Rows of every pair of people, from a symmetric matrix of κ in one condition."""
    return pd.DataFrame(
        [
            (dataset_id, is_toolbox, f"p{i}", f"p{j}", 0.8, kappa[i, j], standard_error)
            for i in range(len(kappa))
            for j in range(i + 1, len(kappa))
        ],
        columns=["dataset_id", "is_toolbox", "observer_a", "observer_b", "observed_consistency",
                 "error_consistency", "standard_error"],
    )  # fmt: skip


def test_the_ceiling_leaves_each_person_out():
    """By hand: the mean of all pairs, and of those without each person; images come on top."""
    kappa = np.random.default_rng(7).uniform(0.2, 0.6, (4, 4))
    every = np.triu_indices(4, 1)
    without = [
        np.mean([kappa[i, j] for i, j in zip(*every, strict=True) if left_out not in (i, j)])
        for left_out in range(4)
    ]
    size = np.sqrt(3 / 4 * ((without - np.mean(without)) ** 2).sum() + 0.1**2)
    out = ceiling_frame(pairs_of_people(kappa)).set_index("dataset_id")
    half = stats.t.ppf(0.975, 3) * size
    assert out.loc["d", "estimate"] == pytest.approx(kappa[every].mean(), abs=1e-12)
    assert out.loc["d", "ci_low"] == pytest.approx(kappa[every].mean() - half, abs=1e-12)
    pd.testing.assert_series_equal(out.loc["d"], out.loc["all"], check_names=False)
    two = ceiling_frame(pairs_of_people(kappa[:2, :2]))
    assert two["estimate"].notna().all() and two["ci_low"].isna().all()


def test_the_mean_ceiling_is_of_the_toolbox_and_surer_than_its_parts():
    rng = np.random.default_rng(8)
    parts = [pairs_of_people(rng.uniform(0.2, 0.6, (5, 5)), dataset_id=d) for d in "abcd"]
    other = pairs_of_people(np.zeros((5, 5)), dataset_id="other", is_toolbox=False)
    out = ceiling_frame(pd.concat([*parts, other])).set_index("dataset_id")
    width = out["ci_high"] - out["ci_low"]
    assert out.loc["all", "estimate"] == pytest.approx(out.loc[list("abcd"), "estimate"].mean())
    assert width["all"] < width[list("abcd")].min()
    always = parts[0].assign(observed_consistency=1.0, error_consistency=np.nan)
    assert (ceiling_frame(always)["estimate"] == 1).all()
