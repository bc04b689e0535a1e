"""Joint tests over specifications against brute force and simulations with a known truth."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from compute.stats.frames.specifications import claim_test_frame
from compute.stats.specifications import correlations, joint_test, ranked, shuffled_within
from warehouse.cli.ask import CHOICES


def test_rows_stay_with_their_label_and_every_order_is_possible():
    """Each column is an order; two rows of one label trade places half of the time."""
    labels = np.array(list("baabc"))
    orders = shuffled_within(labels, 400, np.random.default_rng(0))
    assert (np.sort(orders, axis=0) == np.arange(5)[:, None]).all()
    assert (labels[orders] == labels[:, None]).all()
    assert 0.4 < (orders[0] == 0).mean() < 0.6
    assert (orders[4] == 4).all()


def test_correlations_are_those_of_the_rows_that_both_have():
    """Pearson, pair by pair; NaN for fewer than three rows and for a constant."""
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    one[:4, 0], other[10:, 1], one[2:, 2] = np.nan, np.nan, np.nan
    found = correlations(one, other)
    for a, b in np.ndindex(2, 2):
        known = ~(np.isnan(one[:, a]) | np.isnan(other[:, b]))
        assert found[a, b] == pytest.approx(stats.pearsonr(one[known, a], other[known, b])[0])
    assert np.isnan(found[2]).all()
    assert np.isnan(correlations(np.ones((9, 1)), other[:9])).all()


def test_ranks_without_missing_scores_give_spearman():
    """And NaN stays where it was."""
    rng = np.random.default_rng(2)
    one, other = rng.integers(0, 5, (30, 2)).astype(float), rng.normal(size=(30, 1))
    expected = stats.spearmanr(one[:, 0], other[:, 0])[0]
    assert correlations(ranked(one), ranked(other))[0, 0] == pytest.approx(expected)
    one[3, 1] = np.nan
    assert np.isnan(ranked(one)[3, 1])


def _frame(shared, within, seed, n_families=10, size=6, n_benchmarks=8):
    """Scores of models that share what their family is, and what they are themselves."""
    rng = np.random.default_rng(seed)
    family = np.repeat(np.arange(n_families), size)
    of_family = rng.normal(size=n_families)[family]
    own = rng.normal(size=len(family))
    scores = shared * of_family + within * own + rng.normal(size=(n_benchmarks, len(family)))
    wide = pd.DataFrame(scores.T, columns=[f"b{k}" for k in range(n_benchmarks)])
    wide["model"], wide["family"] = [f"m{i:02}" for i in range(len(family))], family.astype(str)
    return wide.melt(["model", "family"], var_name="benchmark_id", value_name="score_directed")


def _tested(leaves):
    leaves = leaves.assign(cohort_id="c", level="leaf")
    relations = leaves.rename(columns={"model": "unit_id", "score_directed": "score"})
    pairs = pd.DataFrame(
        {"claim_id": "r", "cohort_id": "c", "alignment_id": ["b0", "b1"], "property_id": "b2"}
    )
    return claim_test_frame(leaves, relations, pairs).set_index("claim_id")


def test_what_families_share_is_not_taken_for_agreement_of_models():
    """Families alone: the median stands out from 0, not from permutations within them."""
    found = _tested(_frame(shared=2, within=0, seed=4))
    assert (found["median"] > 0.5).all()
    assert (found["null_median"] > 0.5).all()
    assert (found["p_value"] > 0.05).all()


def test_what_models_share_within_families_is_found():
    """And the smallest p there is says so."""
    found = _tested(_frame(shared=0, within=2, seed=1))
    assert (found["p_value"] == 1 / 200).all()
    assert (found["null_high"] < found["median"]).all()
    assert found.loc["low_agreement", "n_specifications"] == 28
    assert found.loc["r", "n_specifications"] == 2


def test_p_is_uniform_where_nothing_is_there():
    """As seldom small as it says, although the specifications hang together."""
    p = [_tested(_frame(shared=1, within=0, seed=s)).loc["r", "p_value"] for s in range(60)]
    assert np.mean(np.array(p) < 0.1) < 0.25
    assert stats.kstest(p, "uniform").pvalue > 0.01


def test_models_without_one_side_are_not_permuted():
    """Their places would take values away."""
    leaves = _frame(shared=0, within=1, seed=3)
    leaves = leaves[(leaves["benchmark_id"] != "b2") | (leaves["model"] < "m30")]
    found = _tested(leaves)
    assert found.loc["r", "n_models"] == 30
    assert "low_agreement" not in found.index


def test_the_data_count_as_one_permutation():
    """P is never 0."""
    test = joint_test(lambda orders: [orders[0, 0] == 0], ["a"] * 50, 1)
    assert test.p_value >= 1 / 200


@pytest.mark.parametrize(("n_values", "lines"), [(12, 12), (13, 1)])
def test_a_choice_of_many_values_is_one_line(n_values, lines):
    """Its share is that of all ways to ask, not the mean over values."""
    with duckdb.connect() as con:
        con.execute(
            """
            create table rpt_specification_choices as
            select 'c' as claim_id, 'level' as choice, 'v' || i as chosen, i as n_specifications,
                (i = 1)::double as share_holding, 0.5 as median_estimate, 0.1 as variance_share,
                ?::bigint as n_values
            from range(1, ? + 1) as t (i)
            """,
            [n_values, n_values],
        )
        found = con.sql(CHOICES, params=["c"]).df()
    assert len(found) == lines
    total = n_values * (n_values + 1) // 2
    assert found["n_specifications"].sum() == total
    assert (found["share_holding"] * found["n_specifications"]).sum() == pytest.approx(1)
    assert found["median_estimate"].isna().all() == (lines == 1)
