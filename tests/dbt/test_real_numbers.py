"""The numbers of a built warehouse against scipy, the published files and the papers."""

import csv
import functools
import math

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from ingest.locate import PRESENT, locate
from ingest.registry import load_registry

pytestmark = pytest.mark.sources


@pytest.fixture(scope="module")
def matrices(query) -> dict[tuple[str, str], pd.DataFrame]:
    """Models × benchmarks of each cohort and level, NaN where a cell is missing."""
    long = query(
        "select cohort_id, level, source_model_key || '|' || variant_id as model, benchmark_id, "
        "score_directed from fct_scores_normalized"
    )
    return {
        key: part.pivot(index="model", columns="benchmark_id", values="score_directed")
        for key, part in long.groupby(["cohort_id", "level"])
    }


@pytest.fixture(scope="module")
def correlations(query) -> pd.DataFrame:
    """Every tested pair."""
    return query("select * from fct_benchmark_correlations")


@pytest.mark.parametrize("method", ["spearman", "pearson"])
def test_every_estimate_is_that_of_pandas(matrices, correlations, method):
    """All pairs of every cohort and level, ties and holes included, to 1e-12; none is left out."""
    found = correlations[correlations["method"] == method]
    n_pairs = 0
    for key, part in found.groupby(["cohort_id", "level"]):
        matrix = matrices[key]
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = matrix.corr(method)
        n_models = matrix.notna().astype(int).T @ matrix.notna().astype(int)
        at = (matrix.columns.get_indexer(part[f"benchmark_{side}"]) for side in "ab")
        first, second = at
        np.testing.assert_array_equal(part["n_models"], n_models.to_numpy()[first, second])
        is_spread = (matrix.nunique() > 1).to_numpy()
        defined = is_spread[first] & is_spread[second] & part["estimate"].notna().to_numpy()
        np.testing.assert_allclose(
            part["estimate"][defined], expected.to_numpy()[first, second][defined], atol=1e-12
        )
        share_a_model = np.triu(n_models.to_numpy() > 0, 1).sum()
        assert len(part) == share_a_model, key
        n_pairs += len(part)
    assert n_pairs > 10_000
    with_pairs = {key for key, matrix in matrices.items() if matrix.shape[1] > 1}
    assert with_pairs == set(found.groupby(["cohort_id", "level"]).groups)


@pytest.mark.parametrize(
    ("method", "function"),
    [
        ("spearman", stats.spearmanr),
        ("pearson", stats.pearsonr),
        ("kendall", functools.partial(stats.kendalltau, method="asymptotic")),
    ],
)
def test_estimates_and_p_values_equal_scipy(matrices, correlations, method, function):
    """Ask scipy on pairs of every matrix: estimate and p to 1e-12, tiny p to nine digits."""
    known = correlations[(correlations["method"] == method) & correlations["estimate"].notna()]
    matrix = known.groupby(["cohort_id", "level"])
    strong = known.loc[known["estimate"].abs().nlargest(3).index]
    for row in pd.concat([matrix.sample(8, replace=True, random_state=7), strong]).itertuples():
        pair = matrices[row.cohort_id, row.level][[row.benchmark_a, row.benchmark_b]].dropna()
        expected = function(*pair.to_numpy().T)
        assert row.n_models == len(pair)
        assert row.estimate == pytest.approx(expected.statistic, abs=1e-12)
        assert row.p_value_naive == pytest.approx(expected.pvalue, abs=1e-12)
        if expected.pvalue > 1e-290 and method != "kendall":
            assert row.p_value_naive == pytest.approx(expected.pvalue, rel=1e-9)


def test_corrections_of_every_matrix(correlations):
    """Bonferroni, Holm and Benjamini–Hochberg over the tested pairs of one matrix, to 1e-12."""
    n_matrices = 0
    for _, matrix in correlations.groupby(["cohort_id", "level", "method"]):
        tested = matrix[matrix["p_value"].notna()]
        assert (matrix["n_tests"] == len(tested)).all()
        for ours, theirs in (("bonferroni", "bonferroni"), ("holm", "holm"), ("fdr", "fdr_bh")):
            assert matrix.drop(tested.index)[f"p_{ours}"].isna().all()
            if len(tested):
                expected = multipletests(tested["p_value"].to_numpy(), method=theirs)[1]
                np.testing.assert_allclose(tested[f"p_{ours}"], expected, rtol=0, atol=1e-12)
        n_matrices += 1
    assert n_matrices >= 50


def test_matrices_of_complete_cohorts_are_positive_semidefinite(query, correlations):
    """A correlation matrix of complete cases has no negative eigenvalue."""
    complete = set(query("select cohort_id from dim_cohorts where is_complete_case")["cohort_id"])
    leaves = correlations[
        correlations["cohort_id"].isin(complete) & (correlations["level"] == "leaf")
    ]
    n = 0
    for key, pairs in leaves.groupby(["cohort_id", "method"]):
        names = sorted(set(pairs["benchmark_a"]) | set(pairs["benchmark_b"]))
        half = pairs.pivot(index="benchmark_a", columns="benchmark_b", values="estimate")
        half = half.reindex(index=names, columns=names).fillna(0)
        matrix = half + half.T + np.eye(len(names))
        assert np.linalg.eigvalsh(matrix.to_numpy()).min() > -1e-10, key
        n += 1
    assert n >= 20


def test_ranks_are_those_of_pandas(matrices, query):
    """Average ranks, 1 = best, of every benchmark, and the number of models ranked."""
    ranks = query(
        "select cohort_id, level, benchmark_id, source_model_key || '|' || variant_id as model, "
        "score_rank, n_models from fct_scores_normalized"
    )
    for key, part in ranks.groupby(["cohort_id", "level"]):
        found, n = (
            part.pivot(index="model", columns="benchmark_id", values=value)
            for value in ("score_rank", "n_models")
        )
        pd.testing.assert_frame_equal(found, matrices[key].rank(ascending=False), check_exact=True)
        assert (n.max() == found.count()).all() and (n.min() == found.count()).all()


def test_means_without_a_dataset_by_hand(query, matrices):
    """Pandas on the benchmarks that are left: two datasets decide what 2024 says."""
    cohort = "brainscore_2024_complete"
    rows = query(
        "select dataset, estimate from rpt_agreement_without_datasets "
        "where cohort_id = ? and pairs = 'all'",
        cohort,
    ).set_index("dataset")["estimate"]
    dataset = query("select benchmark_id, dataset from dim_benchmarks").set_index("benchmark_id")
    for name, found in rows.items():
        left = matrices[cohort, "leaf"]
        left = left.loc[:, dataset["dataset"].reindex(left.columns) != name].corr("spearman")
        upper = left.to_numpy()[np.triu_indices(len(left), 1)]
        assert found == pytest.approx(upper.mean(), abs=1e-12)
    assert rows["Geirhos2021"] == pytest.approx(0.112, abs=5e-4)
    assert rows["Marques2020"] == pytest.approx(0.423, abs=5e-4)


def test_intervals_allow_for_families_and_datasets(query):
    """The one printed holds that over each sample; no cohort of both modalities stands apart."""
    rows = query(
        "select * from rpt_cohort_agreement where method = 'spearman' and ci_low is not null"
    ).set_index("cohort_id")
    for over in ("family", "dataset"):
        part = rows.dropna(subset=f"{over}_ci_low")
        assert (part["ci_low"] <= part[f"{over}_ci_low"] + 1e-12).all()
        assert (part["ci_high"] >= part[f"{over}_ci_high"] - 1e-12).all()
    both = rows[rows["mean_between_modalities"].notna() & ~rows.index.str.startswith("scaling")]
    assert both["ci_low"].max() < both["ci_high"].min()
    shares = rows.loc[["brainscore_2024_complete", "brainscore_2025_complete"]]
    assert shares["share_significant"].round(2).tolist() == [0.07, 0.03]
    assert shares["share_significant_naive"].round(2).tolist() == [0.23, 0.16]


def test_reliabilities_by_hand(query):
    """Variance and mean squared error of the members, from the published cells."""
    cells = query(
        "select source_model_key, benchmark_id, score_raw, error from fct_scores "
        "join bridge_cohort_models using (snapshot_id, source_model_key, variant_id) "
        "where cohort_id = 'brainscore_2024_complete' and is_member "
        "and score_raw is not null and error is not null"
    ).groupby("benchmark_id")
    expected = 1 - cells["error"].apply(lambda e: (e**2).mean()) / cells["score_raw"].var()
    rows = query(
        "select * from rpt_benchmark_reliabilities where cohort_id = 'brainscore_2024_complete'"
    ).set_index("benchmark_id")
    assert len(rows) == 50
    np.testing.assert_allclose(
        rows["reliability_unclipped"], expected.reindex(rows.index), rtol=0, atol=1e-9
    )
    geirhos = rows.index.str.startswith("Geirhos2021")
    assert geirhos.sum() == 17
    assert (rows["reliability_unclipped"][geirhos] < 0).sum() >= 12
    assert (rows["reliability"].isna() == geirhos).all()


def test_corrected_means_stand_on_half_of_their_pairs(query, correlations):
    """The plain mean beside it is over the same pairs."""
    rows = query("select * from rpt_cohort_agreement where method = 'spearman'")
    given = rows[rows["mean_disattenuated"].notna()].set_index("cohort_id")
    assert set(given.index) == {"brainscore_2020", "brainscore_2025_neural", "trials_fork"}
    leaves = correlations[
        (correlations["level"] == "leaf") & (correlations["method"] == "spearman")
    ]
    for cohort, row in given.iterrows():
        pairs = leaves[(leaves["cohort_id"] == cohort) & leaves["estimate_disattenuated"].notna()]
        assert len(pairs) == row["n_disattenuated"]
        assert row["mean_with_reliability"] == pytest.approx(pairs["estimate"].mean(), abs=1e-12)
        # made-up networks that share images and people pass 1; published ones do not
        assert 1 > row["mean_disattenuated"] > row["mean_with_reliability"]


@pytest.mark.parametrize(("source", "n_models"), [("measured", 99), ("printed", 105), ("timm", 32)])
def test_partial_means_are_compared_on_the_same_models(query, matrices, source, n_models):
    """Both means by pandas and pingouin over the members whose top-1 is known from there."""
    cohort = "brainscore_2025_behaviour"
    row = query(
        "select * from rpt_partial_agreement where cohort_id = ? and top1_source = ?",
        cohort,
        source,
    ).iloc[0]
    known = query(
        "select source_model_key || '|' || members.variant_id as model, "
        "members.imagenet_top1 as printed, "
        "if(imagenet_top1_origin != 'typed', members.imagenet_top1, null) as measured, "
        "(select first(score order by snapshot_id desc, variant_id) from fct_scores as timm "
        "where benchmark_id = 'timm.imagenet.top1' and timm.model_id = names.model_id) as timm "
        "from bridge_cohort_models as members "
        "inner join bridge_model_names as names using (snapshot_id, source_model_key) "
        "where cohort_id = ? and is_member",
        cohort,
    )
    known = known.set_index("model")[source].dropna()
    assert row["n_models"] == len(known) == n_models
    scores = matrices[cohort, "leaf"].loc[known.index]
    plain = scores.corr("spearman").to_numpy()
    above = np.triu_indices(len(plain), 1)
    assert row["mean_estimate"] == pytest.approx(np.nanmean(plain[above]), abs=1e-12)
    of = scores.corrwith(known, method="spearman").to_numpy()
    rest = np.sqrt(np.outer(1 - of**2, 1 - of**2))
    partial = (plain - np.outer(of, of)) / rest
    assert row["mean_partial"] == pytest.approx(np.nanmean(partial[above]), abs=1e-12)


def test_short_accuracies_are_copies(query):
    """Of 149 values 74 equal the typed table, all others of three decimals lie at chance."""
    printed = query(
        "select source_model_key, score_raw, imagenet_top1_origin as origin from fct_scores "
        "inner join bridge_model_names using (snapshot_id, source_model_key) "
        "where benchmark_id = 'ImageNet-top1' and snapshot_id = 'brainscore_2024_01_01' "
        "and score is not null"
    )
    assert printed["origin"].value_counts().to_dict() == {"measured_alike": 75, "typed": 74}
    measured = printed[printed["origin"] != "typed"]["score_raw"]
    assert (measured[measured == measured.round(3)] <= 0.001).all()
    origin = printed.set_index("source_model_key")["origin"]
    assert origin[["617", "792"]].tolist() == ["typed", "measured_alike"]


def test_each_step_from_2024_to_2025_changes_one_thing(query):
    """Models, scores or benchmarks; the differences add up."""
    steps = query("select * from rpt_snapshot_changes where method = 'spearman' order by step")
    assert steps["n_models"].tolist() == [138, 137, 137, 229, 98, 98]
    assert steps["n_benchmarks"].tolist() == [50, 50, 50, 50, 50, 80]
    assert steps["n_shared_models"].tolist()[1:] == [137, 137, 137, 98, 98]
    assert steps["difference"].sum() == pytest.approx(
        steps["mean_estimate"].iloc[-1] - steps["mean_estimate"].iloc[0], abs=1e-12
    )
    # the same models with other scores: hardly anything moves
    assert steps["ci_high"].iloc[2] - steps["ci_low"].iloc[2] < 0.005
    # other benchmarks lower the mean over families; over datasets as well that stays open
    assert steps["family_ci_high"].iloc[-1] < 0 < steps["ci_high"].iloc[-1]


@pytest.mark.parametrize(
    ("cohort", "neural", "behaviour"),
    [
        ("wichmann_2020", 0.336, 0.901),
        ("scaling_all", 0.855, 0.937),
        ("scaling_pretrained", 0.196, 0.992),
    ],
)
def test_shares_of_the_whole(query, cohort, neural, behaviour):
    """The printed r² of neural and behaviour with the mean of both, from five scores each."""
    leaves = query(
        "select source_model_key as model, modality, score_directed as score "
        "from fct_scores_normalized join dim_benchmarks using (benchmark_id) "
        "where cohort_id = ? and level = 'leaf'",
        cohort,
    )
    assert leaves.groupby(["model", "modality"]).size().unstack().drop_duplicates().to_dict(
        "records"
    ) == [{"behavioural": 1, "neural": 4}]
    scores = leaves.groupby(["model", "modality"])["score"].mean().unstack()
    r2 = scores.corrwith(scores.mean(axis=1)) ** 2
    assert r2["neural"] == pytest.approx(neural, abs=0.0006)
    assert r2["behavioural"] == pytest.approx(behaviour, abs=0.0006)


def test_five_benchmarks_of_2024_order_the_models_new_in_2025(query, matrices):
    """docs/methods.md: the correlation and the gate, by hand from the scores."""
    of = "cohort_id = 'brainscore_2024_complete' and tested_cohort_id = 'brainscore_2025_core50'"
    printed = query(f"select * from rpt_panels where {of} and panel = 'forward' and n_chosen <= 5")
    five = printed.set_index("n_chosen").loc[range(1, 6), "benchmark_id"]
    early, late = (
        matrices[cohort, "leaf"]
        for cohort in ("brainscore_2024_complete", "brainscore_2025_core50")
    )
    benchmarks = query("select benchmark_id, dataset, modality from dim_benchmarks")
    benchmarks = benchmarks.set_index("benchmark_id").loc[late.columns]
    z = (late - late.mean()) / late.std()
    of_dataset = z.T.groupby([benchmarks["modality"], benchmarks["dataset"]]).mean()
    whole = of_dataset.groupby("modality").mean().mean()
    panel = ((late - early.mean()) / early.std())[five].mean(axis=1)
    known = query(
        "select distinct source_model_key || '|' || variant_id as model from fct_scores "
        "where snapshot_id = 'brainscore_2024_01_01'"
    )
    is_new = ~late.index.isin(known["model"])
    found = stats.spearmanr(panel[is_new], whole[is_new])[0]
    assert found == pytest.approx(printed.set_index("n_chosen").loc[5, "estimate"], abs=1e-12)
    assert (int(is_new.sum()), round(found, 3)) == (87, 0.989)
    own = ((early - early.mean()) / early.std())[five].mean(axis=1)
    passes, best = panel >= own.quantile(0.75), whole >= whole.quantile(0.75)
    assert (passes & best)[is_new].sum() == best[is_new].sum() == 27
    assert ((~passes & ~best)[is_new].sum() / (~best)[is_new].sum()).round(3) == 0.917


def test_readings_and_groups_of_the_figures(query):
    """docs/ahlert2024.md: 4 of 522 readings round to the printed .47; four groups of scores."""
    distance = query("select mean_rank_distance from rpt_ahlert2024_fig3_readings")
    assert (len(distance), int((distance <= 0.005).sum().iloc[0])) == (522, 4)
    scored = query("select n_scored from rpt_ahlert2024_fig7_missingness")["n_scored"]
    assert scored.value_counts()[[50, 33, 30, 5]].tolist() == [130, 47, 18, 30]


def test_recomputed_aggregates(query):
    """Every published aggregate of 2025 follows from its children.

    More than .0010 off are only Geirhos2021, where a leaf of 1 or more is printed with one decimal,
    and IT.
    """
    rows = query("select * from rpt_aggregate_recomputation")
    assert len(rows) > 5_000
    assert rows["recomputed"].notna().all()
    assert rows["is_within_tolerance"].all()
    assert (rows["difference"].abs() <= rows["tolerance"] + 1e-9).all()
    over = rows[rows["difference"].abs() > 0.0010 + 1e-9]
    assert set(over.index) == set(rows[rows["is_over_0010"]].index)
    geirhos = {"2327", "2330", "2333", "2336", "2337", "2338", "2339", "2342", "2343", "2344"}
    assert over.groupby("benchmark_id")["source_model_key"].agg(set).to_dict() == {
        "Geirhos2021-error_consistency": geirhos,
        "IT": {"2334"},
    }
    # Geirhos2021: every model that is off has a leaf of 1 or more, printed with one decimal
    ones = set(
        query(
            "select distinct source_model_key from fct_scores where snapshot_id = "
            "'brainscore_2025_05' and benchmark_id like 'Geirhos2021%-error_consistency' "
            "and not is_aggregate and score >= 1"
        )["source_model_key"]
    )
    assert geirhos <= ones


def test_clickme_alignment_falls_as_accuracy_rises(query):
    """Against ImageNet, and against ImageNet-A of the same names with ImageNet held fixed.

    21 names have two image sizes in timm's results. ImageNet-A at the smaller with ClickMe's
    ImageNet accuracy, which is at the larger, gives −.247; both at the larger give −.315.
    """
    rows = query(
        "select model_id, source_model_name, benchmark_id, score from fct_scores "
        "where snapshot_id = 'onevision_clickme_2026'"
    )
    scores = rows.pivot(index="source_model_name", columns="benchmark_id", values="score")
    assert scores.shape == (552, 4) and scores.notna().all(axis=None)
    scores.columns = scores.columns.str.removeprefix("onevision_clickme.")
    timm = query(
        "select model_id, source_model_name, arg_min(score, variant_id::int) as score, "
        "arg_max(score, variant_id::int) as at_larger from fct_scores "
        "where benchmark_id = 'timm.imagenet-a.top1' and snapshot_id = 'timm_2025_10_30' "
        "group by all"
    )
    # every name is of timm's weights; five names are of levit weights that stand here already
    assert rows["model_id"].nunique() == 547
    assert len(set(rows["model_id"]) - set(timm["model_id"])) == 1
    related = scores.corr("spearman")["imgnet_alignment"]
    assert related["imgnet_acc"] == pytest.approx(-0.654, abs=0.0005)
    assert related["co3d_alignment"] == pytest.approx(0.825, abs=0.0006)
    timm = timm.set_index("source_model_name")[["score", "at_larger"]]
    known = scores.join(timm, how="inner")
    assert len(known) == 550
    pair = ("imgnet_alignment", "score")
    plain = pingouin.corr(*(known[c] for c in pair), method="spearman")
    partial = pingouin.partial_corr(known, *pair, "imgnet_acc", method="spearman")
    assert plain["r"].item() == pytest.approx(-0.682, abs=0.0005)
    assert partial["r"].item() == pytest.approx(-0.247, abs=0.0005)
    alike = pingouin.partial_corr(known, pair[0], "at_larger", "imgnet_acc", method="spearman")
    assert alike["r"].item() == pytest.approx(-0.315, abs=0.0005)


def test_the_attention_row_of_figure_1_has_each_set_of_weights_once(query):
    """Spearman over the weights that both sources have, from the scores as published."""
    clickme = query(
        "select distinct model_id, score as attention from fct_scores "
        "where benchmark_id = 'onevision_clickme.imgnet_alignment'"
    )
    shared = query(
        "select model_id, benchmark_id, arg_min(score_directed, source_model_key::int) as score "
        "from fct_scores join bridge_cohort_models using (snapshot_id, source_model_key, model_id) "
        "where cohort_id = 'brainscore_2025_odd_one_out' and is_member group by all"
    ).merge(clickme)
    row = query(
        "select * from rpt_ahlert2024_fig1_correlations where joined_at = 'exact_weights' "
        "and benchmark_a = 'onevision_clickme.imgnet_alignment'"
    ).set_index("benchmark_b")
    assert len(row) == 10 and row["n_tests"].eq(55).all()
    assert row["n_models"].eq(shared["model_id"].nunique()).all() and row["n_models"].min() >= 10
    for benchmark_id in ("Hebart2023-match", "Rajalingham2018-i2n"):
        of = shared[shared["benchmark_id"] == benchmark_id]
        expected = stats.spearmanr(of["attention"], of["score"]).statistic
        assert row.at[benchmark_id, "estimate"] == pytest.approx(expected, abs=1e-12)


# every score can be traced to the cell it was printed in


def printed_number(text: str) -> float | None:
    """A printed cell as a number, independently of the warehouse's SQL."""
    try:
        number = float(text.replace(",", "").lstrip("+"))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


CSV_SOURCES = sorted(
    source.source_id
    for source in load_registry().values()
    if any(table.reader == "csv" for table in source.tables)
)


@pytest.mark.parametrize("source_id", CSV_SOURCES)
def test_scores_are_traceable_to_their_cell(query, source_id):
    """200 scores drawn at random: the published file holds the value in the row that is named."""
    source = load_registry()[source_id]
    of_csv = {f.path for t in source.tables if t.reader == "csv" for f in t.files}
    rows = query(
        "select * from fct_scores where source_id = ? and source_row is not null", source_id
    )
    rows = rows[rows["source_file"].isin(of_csv)]
    if rows.empty:  # attributes of models, or scores per layer
        pytest.skip("no score of fct_scores comes from a CSV file of this source")
    rows = rows.sample(min(200, len(rows)), random_state=2026)
    files = {f.path: locate(f) for f in source.files}
    if any(files[p].status != PRESENT for p in set(rows["source_file"])):
        pytest.skip("the published files are not here, only the warehouse built from them")
    tables = {}
    for path in set(rows["source_file"]):
        with files[path].path.open(newline="", encoding="utf-8-sig") as handle:
            header, *records = list(csv.reader(handle))
            tables[path] = header, records
    for row in rows.itertuples():
        header, records = tables[row.source_file]
        record = dict(zip(header, records[row.source_row - 1], strict=True))
        numbers = {c: printed_number(v) for c, v in record.items()}
        if row.state != "scored":
            assert row.state in {"failed", "never_run"}
            assert any(v is None for v in numbers.values()) or "0.0" in record.values(), row
            continue
        # the value stands in the row, under the published name where that is a column
        column = next((c for c in header if c.strip() == row.published_benchmark), None)
        candidates = [numbers[column]] if column else [v for v in numbers.values() if v is not None]
        assert any(v is not None and abs(v - row.score) < 1e-12 for v in candidates), (row, record)
        # and the row is that of the model
        assert any(
            str(row.source_model_key).startswith(cell.strip())
            or cell.strip() == row.source_model_name
            for cell in record.values()
            if cell.strip()
        ), (row.source_model_key, record)


def test_every_file_of_a_score_is_in_the_ledger(query):
    """load_id leads from a score to the file's checksum and URL."""
    lost = query(
        "select distinct load_id, source_file from fct_scores "
        "anti join dim_files using (load_id, source_file)"
    )
    assert len(lost) == 0
    files = [file for source in load_registry().values() for file in source.files]
    # but for what a person places by hand
    registered = {file.path: file.sha256 for file in files if file.sha256}
    # but for what this machine has computed
    loaded = query("select * from dim_files where source_file not like 'compute/%'")
    assert dict(zip(loaded["source_file"], loaded["sha256"], strict=True)) == registered


def test_percentiles_are_those_of_scipy(query):
    """The share of the others below, ties as half, for every model of some large benchmarks."""
    rows = query(
        "select snapshot_id, benchmark_id, score_directed, score_percentile, n_models "
        "from rpt_model_scores where n_models > 100"
    )
    groups = list(rows.groupby(["snapshot_id", "benchmark_id"]))
    assert len(groups) > 300
    for _, group in groups[::20]:
        scores, n = group["score_directed"].to_numpy(), len(group)
        assert (group["n_models"] == n).all()
        whole = stats.percentileofscore(scores, scores, kind="mean") / 100  # itself counts half
        np.testing.assert_allclose(
            group["score_percentile"], (whole * n - 0.5) / (n - 1), atol=1e-12
        )


def test_a_model_stands_once_and_all_its_rows_are_counted(query):
    """No scored cell is lost on the way from fct_scores."""
    row = query(
        "select (select count(*) from fct_scores where state = 'scored') as n_scored, "
        "sum(n_published) as n_published, "
        "(select count(distinct (snapshot_id, benchmark_id, model_id)) from fct_scores "
        "where state = 'scored') as n_models, count(*) as n_rows from rpt_model_scores"
    ).iloc[0]
    assert row["n_scored"] == row["n_published"] > 200_000
    assert row["n_models"] == row["n_rows"]


def test_alexnet_is_most_like_alexnets(query):
    """By its scores, in every area: smoothed, perturbed, half trained or trained on textures."""
    found = query(
        "select scope, neighbour_id from rpt_model_neighbours "
        "where model_id = 'alexnet.tv_in1k' and place = 1"
    )
    assert len(found) == 4 and found["neighbour_id"].str.contains("alexnet").all()
    assert set(found.loc[found["scope"].str.contains("neural"), "neighbour_id"]) == {
        "alexnet.sin_in1k"
    }


def test_reassessed_labels_are_kinder_to_every_model(query):
    """ImageNet-ReaL top-1 above ImageNet top-1 for each of timm's models, in every snapshot."""
    found = query(
        "select snapshot_id, count(*) as n, count_if(really.score > plain.score) as n_above "
        "from fct_scores as plain "
        "join fct_scores as really using (snapshot_id, source_model_key, variant_id) "
        "where plain.benchmark_id = 'timm.imagenet.top1' "
        "and really.benchmark_id = 'timm.imagenet-real.top1' group by all order by n"
    )
    assert found["n_above"].tolist() == found["n"].tolist() == [552, 668, 1556]


def test_implied_ceilings_are_those_of_the_older_snapshot_and_of_people(query):
    """2020 prints enough digits to be exact; people's own consistency is the ceiling of kappa."""
    rows = query(
        "select snapshot_id, benchmark_id, ceiling_raw, ceiling_form "
        "from rpt_benchmark_snapshots where ceiling_raw is not null"
    )
    wide = rows.pivot(index="benchmark_id", columns="snapshot_id", values="ceiling_raw").dropna()
    assert len(wide) >= 5
    assert (wide["brainscore_2024_01_01"] - wide["brainscore_2020_07"]).abs().max() < 0.002
    form = rows.drop_duplicates("benchmark_id").set_index("benchmark_id")["ceiling_form"]
    assert form["MajajHong2015.IT-pls"] == "(raw / ceiling)²"
    assert form["Rajalingham2018-i2n"] == "raw / ceiling"
    people = query("select dataset_id, error_consistency from rpt_human_ceilings")
    kappa = people.set_index("dataset_id")["error_consistency"]
    ours = rows.set_index("benchmark_id")["ceiling_raw"]
    cue = ours["Geirhos2021cueconflict-error_consistency"]
    assert cue == pytest.approx(kappa["cue-conflict"], abs=0.02)


def test_what_the_code_loads_links_names(query):
    """53 names declared by Brain-Score's code, 50 of them on the board of 2025; none is refuted."""
    declared = query(
        "select * from bridge_model_names where rule = 'declared_by_source' "
        "and snapshot_id = 'brainscore_2025_05'"
    )
    of_timm = ~declared["model_id"].str.contains(".epfl_", regex=False)
    assert (len(declared), of_timm.sum()) == (50, 21)
    assert not declared["source_model_name"].str.startswith("blur").any()
    assert declared["imagenet_top1_elsewhere"].notna().sum() == 15
    assert not declared["is_contradicted"].fillna(False).any()
    on_laion = query("select * from fct_scores where snapshot_id = 'laion_fmri_2026'")
    assert on_laion["state"].value_counts().to_dict() == {"scored": 109, "failed": 4}
    assert query("select count(lineage) as n from dim_models")["n"].item() == 35


def test_doubted_scores_are_few_and_no_model_that_is_extreme_everywhere(query):
    """The odd one on THINGS is found; CLIP models, far ahead on error consistency, are not."""
    doubted = query("select * from rpt_doubted_scores where robust_z is not null")
    assert "bp_resnet50_julios" in set(doubted["source_model_name"])
    assert len(doubted) < 10 and not doubted["source_model_name"].str.contains("clip").any()
    far = query(
        "select count(*) as n from fct_scores_normalized where level = 'leaf' "
        "and source_model_name ilike '%clip%' and score_robust_z > 5 and n_doubted = 0"
    )
    assert far["n"].item() > 100


def test_only_members_of_cohorts_with_holes_or_doubts_are_not_comparable(query):
    """A complete cohort without doubted scores is ranked whole."""
    found = query(
        "select cohort_id, is_complete_case, max(n_doubted) as n_doubted, count(*) as n, "
        "count(*) filter (where is_comparable) as n_comparable "
        "from bridge_cohort_models join dim_cohorts using (cohort_id) where is_member group by all"
    ).set_index("cohort_id")
    short = found[found["n_comparable"] < found["n"]]
    assert set(short.index[short["is_complete_case"]]) == {
        "rsa_robustness_70",  # eleven networks were read out by another path
        *("scaling_all", "scaling_trained", "scaling_pretrained"),  # 18 networks of LAION
    }
    assert set(short.index[~short["is_complete_case"]]) == {
        "brainscore_2024_all",
        "brainscore_2025_all",
    }
