"""Trial by trial: the marts of a built warehouse against pandas, scikit-learn and statsmodels."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

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
    answers = kept.pivot(
        index="image_key", columns=["source_id", "observer_id"], values="is_correct"
    )
    for row in found.itertuples():
        both = answers[[(row.source_a, row.observer_a), (row.source_b, row.observer_b)]].dropna()
        assert row.n_trials == len(both) == 800
        assert abs(row.error_consistency - kappa(*both.astype(bool).to_numpy().T)) <= 1e-12


def test_standard_error_of_kappa_equals_statsmodels(query):
    """The delta method with one more image in each cell, on pairs of every kind."""
    found = query(
        "select * from fct_error_consistency where error_consistency is not null "
        "using sample reservoir(300 rows) repeatable (7)"
    )
    for row in found.itertuples():
        a, b = round(row.accuracy_a * row.n_trials), round(row.accuracy_b * row.n_trials)
        both = row.n_correct_both
        table = np.array([[both, a - both], [b - both, row.n_trials - a - b + both]])
        assert row.error_consistency == pytest.approx(cohens_kappa(table).kappa, abs=1e-12)
        more = cohens_kappa(table + 1)
        assert row.standard_error == pytest.approx(more.std_kappa, abs=1e-9)
        low, high = more.kappa + np.array([-1, 1]) * stats.norm.ppf(0.975) * more.std_kappa
        assert row.ci_low == pytest.approx(max(min(low, row.error_consistency), -1), abs=1e-9)
        assert row.ci_high == pytest.approx(min(max(high, row.error_consistency), 1), abs=1e-9)


def test_shape_bias_equals_pandas(query, toolbox):
    """From the names of the images and the answers, for all categories and for each."""
    trials = toolbox[toolbox["dataset_id"] == "cue-conflict"].copy()
    cues = trials["image_key"].str.extract(r"^([a-z]+)\d+-([a-z]+)\d+\.png$")
    assert cues.notna().all().all()
    assert (cues[0] == trials["category"]).all()
    trials = trials[cues[0] != cues[1]]
    for n, cue in (("n_shape", 0), ("n_texture", 1)):
        trials[n] = (trials["response"] == cues.loc[trials.index, cue]).astype(int)
    observer = ["source_id", "observer_id"]
    chosen = trials.groupby([*observer, "category"])[["n_shape", "n_texture"]].sum()
    found = query("select * from fct_shape_bias where dataset_id = 'cue-conflict'").set_index(
        [*observer, "category"]
    )
    overall = found[found.index.get_level_values("category").isna()].droplevel("category")
    by_category = found.loc[chosen.index, ["n_shape", "n_texture"]]
    pd.testing.assert_frame_equal(by_category, chosen, check_dtype=False)
    chosen = chosen.groupby(observer).sum()
    assert len(overall) == len(chosen) == 70
    n, shape = chosen.sum(axis=1), chosen["n_shape"]
    expected = pd.concat([shape / n, *proportion_confint(shape, n, method="wilson")], axis=1)
    measures = overall.loc[chosen.index, ["shape_bias", "ci_low", "ci_high"]]
    np.testing.assert_allclose(measures, expected, rtol=0, atol=1e-12)


def test_the_summary_averages_conditions_then_people_then_datasets(query, toolbox):
    """The toolbox's table of three models, image by image."""
    kept = toolbox[~toolbox["is_excluded"]].drop(columns="is_excluded")
    people = kept[kept["is_human"]]
    summary = query("select * from fct_behaviour_summary").set_index(["source_id", "observer_id"])
    names = ["accuracy_difference", "observed_consistency", "error_consistency"]

    def measures(part: pd.DataFrame) -> pd.Series:
        mine, theirs = part["is_correct_own"], part["is_correct"]
        difference = (mine.mean() - theirs.mean()) ** 2
        return pd.Series([difference, (mine == theirs).mean(), kappa(mine, theirs)], index=names)

    for observer in [
        ("model_vs_human_fork_tizianthieringer", "clip"),
        ("model_vs_human_swag_branch", "swag_vit_l16_in1k"),
        ("model_vs_human_swag_branch", "bagnet33"),
    ]:
        own = kept[(kept["source_id"] == observer[0]) & (kept["observer_id"] == observer[1])]
        image = ["dataset_id", "condition", "image_key"]
        both = people.merge(own, on=image, suffixes=("", "_own"), how="left", validate="m:1")
        by = both.groupby(["dataset_id", "observer_id", "condition"])
        expected = by[["is_correct", "is_correct_own"]].apply(measures)
        expected = expected.groupby(["dataset_id", "observer_id"]).mean()
        expected = expected.groupby("dataset_id").mean().mean()
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
    """Brain-Score's cells for the same weights, unrounded, and the publishers' own.

    Not those of timm's networks, for which Brain-Score prepares images as timm does; and of those
    in Keras two images of 1,280 may be answered otherwise than in PyTorch.
    """
    compared = query(
        "select measure, published_in, max(abs(difference)) as largest, count(*) as n "
        "from (from rpt_published_vs_computed where measure != 'error_consistency') as compared "
        "left join bridge_model_names as names on compared.published_in = names.snapshot_id "
        "and compared.source_model_key = names.source_model_key "
        "where compared.source_id != 'model_vs_human_fork_zhanqi' "
        "and names.rule is distinct from 'declared_by_source' and not ("
        "abs(difference) <= 2 / 1280 + 5.01e-4 "
        "and coalesce(names.source_model_name, '') like 'densenet%keras') "
        "group by all"
    ).set_index(["measure", "published_in"])
    assert compared.loc[("accuracy", "brainscore_2024_01_01"), "largest"] <= 1e-12
    assert compared.loc[("accuracy", "brainscore_2025_05"), "largest"] <= 5.01e-4
    swag = ("accuracy_all_conditions", "model_vs_human_swag_branch/performances")
    assert compared.loc[swag, "largest"] <= 1e-12
    assert compared.loc[swag, "n"] == 9 * 17


def test_cornet_s_is_whole_and_the_network_that_brain_score_names_so(query):
    """Its publisher's accuracies to the last digit; Brain-Score's nearly, as no other network's."""
    own, of_brain_score = (
        query(
            "select dataset_id, computed, difference from rpt_published_vs_computed "
            "where source_id = 'model_vs_human_fork_zhanqi' and published_in = ? "
            "and measure like 'accuracy%'",
            published_in,
        )
        for published_in in ("model_vs_human_fork_zhanqi/performances", "brainscore_2024_01_01")
    )
    assert len(own) == len(of_brain_score) == 17
    assert own["difference"].abs().max() <= 1e-12
    assert (of_brain_score["difference"].abs() <= 1e-9).sum() == 8
    assert of_brain_score["difference"].abs().max() < 0.004
    same = query(
        "select a.source_id, a.observer_id, count_if(a.response = b.response) as n_same "
        "from fct_trials as a inner join fct_trials as b "
        "using (dataset_id, condition, image_key) "
        "where dataset_id in ('cue-conflict', 'edge', 'silhouette') and not a.is_human "
        "and b.observer_id = 'cornet_s' and a.observer_id != 'cornet_s' "
        "group by all order by n_same desc limit 2"
    )
    assert same["observer_id"].iloc[0] == "cornet-s"
    assert same["n_same"].tolist() == [1588, 1069]
    (ranked,) = query(
        "select is_ranked from dim_observers where observer_id = 'cornet_s'"
    ).itertuples()
    assert ranked.is_ranked


def test_every_number_printed_of_children_is_reproduced(query):
    """Means of κ and accuracies, and under each mean every single κ."""
    rows = query("select * from rpt_age_groups where published is not null")
    assert rows.groupby("measure").size().to_dict() == {"accuracy": 100, "error_consistency": 288}
    pairs = rows["group_name"].where(rows["group_name"] < rows["other_group"].fillna(""))
    kappa = rows[rows["measure"] == "error_consistency"]
    inside = (kappa["group_name"] == kappa["other_group"]).sum()
    assert inside + pairs.notna().sum() == 21 * 8
    assert rows["difference"].abs().max() <= 1e-12
    printed, ours = (
        query(
            "select folder || level as cell, least(group_a, group_b) as a, "
            "greatest(group_a, group_b) as b, round(error_consistency, 9) as kappa "
            "from staging.stg_robustness_development__error_consistencies order by all"
        ),
        query(
            "select replace(dataset_id, '-ages', '') || position as cell, "
            "least(group_name, other_group) as a, greatest(group_name, other_group) as b, "
            "round(value, 9) + 0 as kappa from intermediate.int_age_groups_gathered "
            "inner join seeds.trial_conditions using (dataset_id, condition) "
            "where measure = 'error_consistency' and dataset_id != 'cue-conflict-ages' "
            "and group_name <= other_group and group_name in (select group_a from "
            "staging.stg_robustness_development__error_consistencies) and other_group in "
            "(select group_b from staging.stg_robustness_development__error_consistencies) "
            "order by all"
        ),
    )
    assert len(printed) == 6_004
    pd.testing.assert_frame_equal(printed, ours, atol=1e-9)


def test_children_decide_by_shape_and_no_network_does(query):
    """The youngest group, over other children, against each of the five networks."""
    bias = query("select * from rpt_age_groups where measure = 'shape_bias'").set_index(
        "group_name"
    )
    assert bias.loc["4-6", ["n_people", "n"]].tolist() == [21, 474]
    assert bias.loc["4-6", "estimate"] == pytest.approx(0.876, abs=5e-4)
    assert bias.loc["adults", "estimate"] == pytest.approx(0.967, abs=5e-4)
    networks = bias[bias["group_kind"] == "model"]
    assert len(networks) == 5 and networks["estimate"].max() < 0.58 < bias.loc["4-6", "ci_low"]


def test_the_rows_of_cue_conflict_name_the_network(query):
    """The file called swsl holds the answers that SWAG gives in another source."""
    same = query(
        "select a.observer_id, regexp_extract(a.source_file, '[^/]+$') as file, "
        "count_if(a.response = b.response) as n_same, count(*) as n "
        "from fct_trials as a inner join fct_trials as b using (observer_id, image_key) "
        "where a.dataset_id = 'cue-conflict-ages' and b.dataset_id = 'cue-conflict' "
        "and observer_id = 'swag_regnety_128gf_in1k' group by all"
    )
    assert same.values.tolist() == [["swag_regnety_128gf_in1k", "swsl.csv", 240, 240]]


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
    broken, partial = (set(fork.loc[fork[f], "observer_id"]) for f in ("is_broken", "is_partial"))
    heads = ("autoencoder_vit_b", "barlow_twins", "mlp_mixer_b_in21", "mlp_mixer_l_in21")
    assert broken == set(heads)
    assert observers["is_broken"].sum() == len(broken)
    assert partial == {"autoencoder_vit_b", "barlow_twins", "inception_v1"}
    copy = fork.set_index("observer_id").loc["mlp_mixer_b"]
    assert copy["duplicate_of"] == "model_vs_human_fork_tizianthieringer/mlp_mixer"
    ranked = observers[observers["is_ranked"]]
    assert not ranked["is_duplicate"].any() and ranked["model_id"].is_unique


def test_only_like_averages_are_comparable(query):
    """Ranked is comparable; who is not is not ranked, and says why."""
    summary = query("select * from fct_behaviour_summary")
    assert (summary["mean_rank"].notna() == summary["is_comparable"]).all()
    assert (summary["left_out_because"].isna() == summary["is_comparable"]).all()
    assert (summary.loc[summary["is_comparable"], "coverage"] == 1).all()
    reasons = summary["left_out_because"].value_counts()
    assert reasons[["3 of 17 datasets", "near chance on undistorted images"]].tolist() == [25, 4]


def split_of(h: int, n: int, m: int, n_models: int) -> tuple[float, float, str | None]:
    """Limits of the difference of two shares, and who is right where that splits an image."""
    low, high = confint_proportions_2indep(h, n, m, n_models, method="newcomb")
    people = h / n > 0.5 > m / n_models and low > 0
    models = h / n < 0.5 < m / n_models and high < 0
    return low, high, "people_right" if people else "models_right" if models else None


def test_split_images_are_those_of_statsmodels_and_scipy(query):
    """The interval of every kind of image, and how often chance alone would split it."""
    counts = ["n_human_correct", "n_subjects", "n_model_correct", "n_models"]
    found = query("select * from rpt_image_disagreements").drop_duplicates(counts)
    assert len(found) > 500

    for row in found.sample(200, random_state=0).itertuples():
        h, n, m, n_models = (getattr(row, c) for c in counts)
        low, high, kind = split_of(h, n, m, n_models)
        assert (row.ci_low, row.ci_high) == pytest.approx((low, high), abs=1e-9)
        assert (row.split if isinstance(row.split, str) else None) == kind
        ways = stats.hypergeom(n + n_models, h + m, n)
        chance = dict.fromkeys(("people_right", "models_right", None), 0.0)
        for k in range(max(0, h + m - n_models), min(n, h + m) + 1):
            chance[split_of(k, n, h + m - k, n_models)[2]] += ways.pmf(k)
        assert row.expected_people_right == pytest.approx(chance["people_right"], abs=1e-9)
        assert row.expected_models_right == pytest.approx(chance["models_right"], abs=1e-9)


@pytest.mark.parametrize("dataset_id, condition", [("edge", "0"), ("stylized", "0")])
def test_splits_by_the_gap_are_those_of_scipy(query, dataset_id, condition):
    """At the odds ratio at which people are right as often as they were, and no other."""
    here = f"where dataset_id = '{dataset_id}' and condition = '{condition}'"
    images = query(f"select * from rpt_image_disagreements {here}")
    (row,) = query(f"select * from rpt_image_splits {here}").itertuples()
    images["n_right"] = images["n_human_correct"] + images["n_model_correct"]
    kinds = images.groupby(["n_subjects", "n_models", "n_right"], as_index=False).size()
    kinds = kinds.rename(columns={"size": "n"})

    def ways(i: tuple, log_odds: float):
        total = i.n_subjects + i.n_models
        return stats.nchypergeom_fisher(total, i.n_subjects, i.n_right, np.exp(log_odds))

    def excess(log_odds: float) -> float:
        mean = sum(i.n * ways(i, log_odds).mean() for i in kinds.itertuples())
        return mean - images["n_human_correct"].sum()

    log_odds = optimize.brentq(excess, -6, 6)
    expected = dict.fromkeys(("people_right", "models_right", None), 0.0)
    for i in kinds.itertuples():
        for h in range(max(0, i.n_right - i.n_models), min(i.n_subjects, i.n_right) + 1):
            kind = split_of(h, i.n_subjects, i.n_right - h, i.n_models)[2]
            expected[kind] += i.n * ways(i, log_odds).pmf(h)
    assert row.expected_people_right_by_gap == pytest.approx(expected["people_right"], abs=1e-6)
    assert row.expected_models_right_by_gap == pytest.approx(expected["models_right"], abs=1e-6)
