"""The specification curve of a built warehouse against pandas and the tables that it gathers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

pytestmark = pytest.mark.sources


@pytest.mark.parametrize("dataset", ["Marques2020", "Geirhos2021", "FreemanZiemba2013"])
def test_claims_on_rankings_are_asked_without_each_dataset(query, dataset):
    """Means of the leaves that are left and of their z-scores, by pandas and scipy."""
    cohort = "brainscore_2024_complete"
    long = query(
        "select source_model_key as model, benchmark_id, score_directed from fct_scores_normalized "
        "inner join dim_benchmarks using (benchmark_id) "
        "where cohort_id = ? and level = 'leaf' and dataset != ?",
        cohort,
        dataset,
    )
    wide = long.pivot(index="model", columns="benchmark_id", values="score_directed")
    z = ((wide - wide.mean()) / wide.std()).mean(axis=1).round(10)
    mean = wide.mean(axis=1).round(10)  # models that are equal on paper tie
    place = z.rank(ascending=False)
    found = query(
        "select claim_id, estimate, n_models from fct_specifications where cohort_id = ? "
        "and level = 'leaf' and scheme = 'z_mean' and left_out = ?",
        cohort,
        dataset,
    ).set_index("claim_id")
    assert (found["n_models"] == 138).all()
    expected = {
        "scheme_changes_order": stats.spearmanr(mean, z)[0],
        "scheme_changes_winner": place[mean.idxmax()],
        "top_model": place["1885"],
    }
    assert found["estimate"].to_dict() == pytest.approx(expected, abs=1e-9)


def test_what_leaves_one_modality_alone_is_not_asked_of_both(query):
    """The only behavioural dataset of 2020 stays; every other dataset is left out."""
    found = query(
        "select distinct left_out from fct_specifications "
        "where cohort_id = 'wichmann_2020' and left_out is not null order by all"
    )
    assert found["left_out"].tolist() == ["FreemanZiemba2013", "MajajHong2015", "none"]


def test_means_between_sources_are_those_of_the_confidences(query):
    """Over all pairs, as they are, the specifications are the table of confidences."""
    found = query(
        "select confidence, estimate, n_models from fct_specifications where pairs = 'all' "
        "and cohort_id = 'cross_source' and method = 'spearman' and left_out = 'none' "
        "and covariate = 'none' and claim_id = 'low_agreement' order by all"
    )
    by_confidence = query(
        "select confidence, mean_estimate as estimate, max_pair_models as n_models "
        "from rpt_agreement_by_confidence order by all"
    )
    pd.testing.assert_frame_equal(found, by_confidence, rtol=1e-12)


def test_relations_of_the_curve_are_those_of_the_table_at_its_confidence(query):
    """Every p-value that fct_downstream_relations has for a claim stands in the curve, once."""
    found = query(
        "select relations.estimate, specifications.estimate as other, relations.p_value, "
        "specifications.p_value as other_p from fct_specifications as specifications "
        "inner join fct_downstream_relations as relations "
        "using (cohort_id, alignment_id, property_id, covariate, method) "
        "inner join dim_relation_cohorts using (cohort_id, confidence) "
        "where relations.transform = 'raw' and specifications.claim_id like 'alignment_predicts_%'"
    )
    assert len(found) > 4_000
    np.testing.assert_allclose(found["estimate"], found["other"], atol=1e-12)
    np.testing.assert_allclose(found["p_value"], found["other_p"], atol=1e-9)
