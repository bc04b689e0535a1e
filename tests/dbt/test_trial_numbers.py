"""Trial by trial: the marts of a built warehouse against pandas, scikit-learn and statsmodels."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

pytestmark = pytest.mark.sources


@pytest.fixture(scope="module")
def toolbox(query) -> pd.DataFrame:
    """The trials of the toolbox's datasets."""
    return query(
        "select source_id, observer_id, is_human, dataset_id, condition, is_excluded, image_key, "
        "category, response, is_correct from fct_trials "
        "semi join (select dataset_id from dim_trial_datasets where is_toolbox) using (dataset_id)"
    )


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Scikit-learn's, NaN where it is not defined."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return cohen_kappa_score(first, second)


@pytest.mark.parametrize("dataset_id", ["rotation", "contrast", "edge", "cue-conflict"])
def test_error_consistency_is_scikit_learns(query, toolbox, dataset_id):
    """Every pair of observers and condition, to 1e-12; null exactly where it is not defined."""
    found = query("select * from fct_error_consistency where dataset_id = ?", dataset_id)
    single = found[found["condition"] != "all"]
    n_pairs = 0
    for condition, part in toolbox[toolbox["dataset_id"] == dataset_id].groupby("condition"):
        answers = part.assign(who=part["source_id"] + "/" + part["observer_id"]).pivot(
            index="image_key", columns="who", values="is_correct"
        )
        expected = answers.astype(float).corr(kappa, min_periods=160)
        seen = answers.notna().astype(int)
        rows = single[single["condition"] == condition]
        first, second = (
            answers.columns.get_indexer(rows[f"source_{side}"] + "/" + rows[f"observer_{side}"])
            for side in "ab"
        )
        n_shared = (seen.T @ seen).to_numpy()
        assert (rows["n_trials"] == n_shared[first, second]).all()
        np.testing.assert_allclose(
            rows["error_consistency"], expected.to_numpy()[first, second], rtol=0, atol=1e-12
        )
        n_pairs += np.triu(n_shared > 0, 1).sum()
    assert n_pairs == len(single) > 600


def test_pooled_error_consistency_leaves_the_excluded_conditions_out(query, toolbox):
    """The row all: trials of the conditions kept, in one pot."""
    found = query(
        "select * from fct_error_consistency where condition = 'all' and dataset_id = 'low-pass' "
        "and source_a = 'model_vs_human_swag_branch' and pair_kind = 'model-human'"
    )
    assert len(found) == 9 * 4
    kept = toolbox[(toolbox["dataset_id"] == "low-pass") & ~toolbox["is_excluded"]]
    assert set(kept["condition"]) == {"1", "3", "5", "7", "10"}
    for row in found.itertuples():
        first, second = (
            kept[(kept["source_id"] == s) & (kept["observer_id"] == o)].set_index("image_key")
            for s, o in ((row.source_a, row.observer_a), (row.source_b, row.observer_b))
        )
        first = first.loc[second.index, "is_correct"]
        assert row.n_trials == len(second) == 800
        assert abs(row.error_consistency - kappa(first, second["is_correct"])) <= 1e-12


def test_standard_error_of_kappa_equals_statsmodels(query):
    """The delta method, on pairs of every kind."""
    found = query(
        "select * from fct_error_consistency where error_consistency is not null "
        "using sample reservoir(300 rows) repeatable (7)"
    )
    for row in found.itertuples():
        a, b = round(row.accuracy_a * row.n_trials), round(row.accuracy_b * row.n_trials)
        both = row.n_correct_both
        table = [[both, a - both], [b - both, row.n_trials - a - b + both]]
        expected = cohens_kappa(table)
        assert row.error_consistency == pytest.approx(expected.kappa, abs=1e-12)
        if {a, b} & {0, row.n_trials}:
            assert np.isnan(row.standard_error)
            continue
        assert row.standard_error == pytest.approx(expected.std_kappa, abs=1e-9)


def test_shape_bias_equals_pandas(query, toolbox):
    """From the names of the images and the answers, for all categories and for each."""
    trials = toolbox[toolbox["dataset_id"] == "cue-conflict"].copy()
    cues = trials["image_key"].str.extract(r"^([a-z]+)\d+-([a-z]+)\d+\.png$")
    assert cues.notna().all().all()
    assert (cues[0] == trials["category"]).all()
    trials["shape"], trials["texture"] = cues[0], cues[1]
    trials = trials[trials["shape"] != trials["texture"]]
    found = query("select * from fct_shape_bias")
    overall = found[found["category"].isna()].set_index(["source_id", "observer_id"])
    by_category = found.set_index(["source_id", "observer_id", "category"])
    assert len(overall) == trials.groupby(["source_id", "observer_id"]).ngroups == 69
    for observer, part in trials.groupby(["source_id", "observer_id"]):
        shape, texture = (
            (part["response"] == part[cue]).groupby(part["shape"]).sum()
            for cue in ("shape", "texture")
        )
        n = shape.sum() + texture.sum()
        assert overall.loc[observer, "shape_bias"] == pytest.approx(shape.sum() / n, abs=1e-12)
        low, high = proportion_confint(shape.sum(), n, method="wilson")
        assert overall.loc[observer, "ci_low"] == pytest.approx(low, abs=1e-12)
        assert overall.loc[observer, "ci_high"] == pytest.approx(high, abs=1e-12)
        for category in shape.index:
            row = by_category.loc[(*observer, category)]
            assert (row["n_shape"], row["n_texture"]) == (shape[category], texture[category])


def test_the_summary_averages_conditions_then_people_then_datasets(query, toolbox):
    """The toolbox's table of three models, computed with loops."""
    kept = toolbox[~toolbox["is_excluded"]]
    people = kept[kept["is_human"]]
    summary = query("select * from fct_behaviour_summary").set_index(["source_id", "observer_id"])
    for observer in [
        ("model_vs_human_fork_tizianthieringer", "clip"),
        ("model_vs_human_swag_branch", "swag_vit_l16_in1k"),
        ("model_vs_human_swag_branch", "bagnet33"),
    ]:
        own = kept[(kept["source_id"] == observer[0]) & (kept["observer_id"] == observer[1])]
        own = own.set_index(["dataset_id", "condition", "image_key"])["is_correct"].sort_index()
        rows = []
        for (dataset, subject, condition), part in people.groupby(
            ["dataset_id", "observer_id", "condition"]
        ):
            theirs = part.set_index("image_key")["is_correct"]
            mine = own.loc[dataset, condition].loc[theirs.index]
            rows.append(
                (
                    dataset,
                    subject,
                    (mine.mean() - theirs.mean()) ** 2,
                    (mine == theirs).mean(),
                    kappa(mine.to_numpy(), theirs.to_numpy()),
                )
            )
        names = ["accuracy_difference", "observed_consistency", "error_consistency"]
        frame = pd.DataFrame(rows, columns=["dataset", "subject", *names])
        expected = frame.groupby(["dataset", "subject"])[names].mean()
        expected = expected.groupby("dataset").mean().mean()
        for name in names:
            assert summary.loc[observer, name] == pytest.approx(expected[name], abs=1e-12)
        assert summary.loc[observer, "n_datasets"] == 17


@pytest.mark.parametrize("mart", ["fct_dataset_behaviours", "fct_behaviour_summary"])
def test_every_average_has_its_interval(query, mart):
    """Wherever there is a measure and more than one person, and about the measure."""
    found = query(f"select * from {mart}")
    measures = ["accuracy_difference", "observed_consistency", "error_consistency", "ood_accuracy"]
    if mart == "fct_behaviour_summary":
        measures += ["mean_rank", "rank_error_consistency"]
        assert found.dropna(subset=["mean_rank"])["mean_rank_ci_low"].notna().all()
    else:
        found = found[found["n_subjects"] > 1]
    for measure in measures:
        low, high = found[f"{measure}_ci_low"], found[f"{measure}_ci_high"]
        assert (found[measure].notna() == low.notna()).all(), measure
        assert (low <= high).sum() == low.notna().sum() > 20
        if "rank" not in measure:
            inside = found[measure].between(low - 1e-12, high + 1e-12) | low.isna()
            assert inside.all(), found.loc[~inside, ["observer_id", measure]]


def test_the_printed_rows_of_resnet_50_are_reproduced(query):
    """All four numbers that the toolbox's README prints for it."""
    targets = query("select * from rpt_paper_targets where paper = 'geirhos2021'")
    resnet = targets[targets["quantity"].str.startswith("ResNet-50") & (targets["kind"] == "score")]
    assert len(resnet) == 4
    assert set(resnet["status"]) == {"exact"}
    assert set(targets[targets["kind"] == "score"]["status"]) <= {"exact", "close"}


def test_accuracies_equal_those_that_others_printed(query):
    """Brain-Score's cells for the same weights, unrounded, and the publishers' own."""
    compared = query(
        "select measure, published_in, max(abs(difference)) as largest, count(*) as n "
        "from rpt_published_vs_computed where measure != 'error_consistency' group by all"
    ).set_index(["measure", "published_in"])
    assert compared.loc[("accuracy", "brainscore_2024_01_01"), "largest"] <= 1e-12
    assert compared.loc[("accuracy", "brainscore_2025_05"), "largest"] <= 5.01e-4
    swag = ("accuracy_all_conditions", "model_vs_human_swag_branch/performances")
    assert compared.loc[swag, "largest"] <= 1e-12
    assert compared.loc[swag, "n"] == 9 * 17


def test_ceilings_equal_those_of_brain_score(query):
    """The people's own consistency, wherever the published cell has digits enough to show it."""
    found = query(
        "select published_ceiling, computed_ceiling from rpt_published_vs_computed "
        "where published_in = 'brainscore_2024_01_01' and measure = 'error_consistency' "
        "and published >= .2"
    )
    assert len(found) > 50
    assert ((found["published_ceiling"] / found["computed_ceiling"] - 1).abs() < 0.006).all()


def test_broken_partial_and_repeated_observers_are_found(query):
    """The four heads at chance, the three that stopped early, and the copies; no name is listed."""
    observers = query("select * from dim_observers where not is_human")
    fork = observers[observers["source_id"] == "model_vs_human_fork_tizianthieringer"]
    assert set(observers[observers["is_broken"]]["observer_id"]) == {
        "autoencoder_vit_b",
        "barlow_twins",
        "mlp_mixer_b_in21",
        "mlp_mixer_l_in21",
    }
    assert set(fork[fork["is_partial"]]["observer_id"]) == {
        "autoencoder_vit_b",
        "barlow_twins",
        "inception_v1",
    }
    copy = fork.set_index("observer_id").loc["mlp_mixer_b"]
    assert copy["duplicate_of"] == "model_vs_human_fork_tizianthieringer/mlp_mixer"
    assert not observers[observers["is_ranked"]]["is_duplicate"].any()
    model_ids = observers[observers["is_ranked"]]["model_id"]
    assert model_ids.is_unique
