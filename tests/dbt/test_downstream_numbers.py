"""The downstream analysis of a built warehouse against pingouin, statsmodels and the source."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.api as sm
from scipy import stats

from warehouse.figures.relations import POINTS

pytestmark = pytest.mark.sources

KEY = ["cohort_id", "alignment_id", "property_id", "covariate"]
N_SAMPLED = 120
"""Relations and shapes that the slow references are asked; benchmarks/ asks all."""


@pytest.fixture(scope="module")
def scores(query) -> dict[str, pd.DataFrame]:
    """Units × benchmarks of each cohort, with the covariate as a column."""
    long = query("select * from marts.fct_downstream_scores")
    found = {}
    for cohort_id, part in long.groupby("cohort_id"):
        wide = part.pivot(index="unit_id", columns="benchmark_id", values="score_directed")
        about = part.drop_duplicates("unit_id").set_index("unit_id")
        found[cohort_id] = wide.assign(top1=about["imagenet_top1"], cluster=about["cluster_id"])
    return found


def pair(scores: dict, row) -> pd.DataFrame:
    """x, y and, where one is held fixed, the covariate; complete rows alone."""
    wide = scores[row.cohort_id]
    frame = pd.DataFrame({"x": wide[row.alignment_id], "y": wide[row.property_id]})
    if row.covariate != "none":
        frame["c"] = wide["top1"]
    return frame.dropna().assign(cluster=wide["cluster"])


def test_relations_are_pingouins(query, scores):
    """A sample of every cohort, covariate, transform and method."""
    rows = query("select * from marts.fct_downstream_relations where state = 'estimated'")
    assert len(rows) > 5_000
    kinds = ["cohort_id", "covariate", "transform", "method"]
    sample = rows.groupby(kinds).sample(3, replace=True, random_state=0).drop_duplicates()
    for row in sample.itertuples():
        frame = pair(scores, row)
        assert row.n_units == len(frame)
        if row.transform == "z2":
            z = (frame["x"] - frame["x"].mean()) / frame["x"].std()
            frame["x"] = z.round(10) ** 2
        if row.covariate == "none":
            theirs = pingouin.corr(frame["x"], frame["y"], method=row.method).iloc[0]
        else:
            theirs = pingouin.partial_corr(frame, "x", "y", "c", method=row.method).iloc[0]
        assert row.estimate == pytest.approx(theirs["r"], abs=1e-10), row
        assert row.p_value == pytest.approx(theirs["p_val"], abs=1e-10), row


def test_shapes_are_statsmodels(query, scores):
    """Parabola and, at the break of the mart, both lines, with both kinds of errors."""
    rows = query("select * from marts.fct_downstream_shapes where breakpoint is not null")
    for row in rows.sample(N_SAMPLED, random_state=0).itertuples():
        frame = pair(scores, row)
        z = ((frame["x"] - frame["x"].mean()) / frame["x"].std()).to_numpy()
        held = frame[["c"]].to_numpy() if "c" in frame else np.empty((len(z), 0))
        y, groups = frame["y"].to_numpy(), pd.factorize(frame["cluster"])[0]
        fit = sm.OLS(y, np.column_stack([np.ones_like(z), z, z**2, held])).fit(
            cov_type="HC3", use_t=True
        )
        assert row.quadratic_estimate == pytest.approx(fit.params[2], rel=1e-6, abs=1e-9)
        assert row.quadratic_p_value == pytest.approx(fit.pvalues[2], rel=1e-5, abs=1e-9)
        at = (row.breakpoint - frame["x"].mean()) / frame["x"].std()
        if np.abs(z - at).min() < 1e-9:
            continue  # the break is a unit: on which side it falls is a matter of rounding here
        low = z <= at
        assert (row.n_low, row.n_high) == (low.sum(), (~low).sum())
        design = np.column_stack([np.ones_like(z), (z - at) * low, (z - at) * ~low, ~low, held])
        plain = sm.OLS(y, design.astype(float)).fit()
        assert row.slope_low == pytest.approx(plain.params[1], rel=1e-6, abs=1e-9)
        assert row.slope_high == pytest.approx(plain.params[2], rel=1e-6, abs=1e-9)
        if row.n_clusters >= 5:
            robust = plain.get_robustcov_results("cluster", groups=groups, use_t=True)
            assert row.slope_low_family_se == pytest.approx(robust.bse[1], rel=1e-5)
            assert row.n_clusters_high == len(set(np.asarray(groups)[~low]))
            assert row.slope_high_family_p_value == pytest.approx(
                2 * stats.t.sf(abs(robust.tvalues[2]), row.n_clusters_high - 1), rel=1e-4, abs=1e-9
            )


def test_layers_look_like_a_u_to_z2_alone(query):
    """Of 536 layers: z² correlates positively, and both lines rise."""
    row = query(
        "select * from marts.rpt_u_shape_verdicts "
        "where claim_id = 'layers_it_pls' and covariate = 'none'"
    ).iloc[0]
    assert row["n_units"] == 536 and row["n_families"] == 1 and row["n_clusters"] == 40
    assert row["z2_estimate"] > 0.4 and row["z2_family_boot_low"] > 0.2
    assert row["z2_verdict"] == "u" and row["verdict"] == "monotone"
    assert row["slope_low"] > 0 and row["slope_high"] > 0
    ranked = query(
        "select estimate from marts.fct_downstream_relations where cohort_id = 'encoder_layers' "
        "and alignment_id = 'encdim.IT.pls' and property_id = 'encdim.1-shot.top1' "
        "and covariate = 'none' and transform = 'z2' and method = 'spearman'"
    )["estimate"].item()
    assert abs(ranked) < 0.1  # skew made it


def test_the_claims_end_as_they_did(query):
    """The state of the public data; a new source may change it, and should be looked at.

    Each claim with and without the covariate. One U with nothing held fixed: accuracy in the place
    of alignment, on one task of 3D-PC.
    """
    found = query("select verdict, claim_id, covariate from marts.rpt_u_shape_verdicts")
    claims = set(query("select claim_id from seeds.u_shape_claims")["claim_id"])
    by_covariate = found.groupby("covariate")["claim_id"].agg(sorted)
    assert by_covariate.to_dict() == dict.fromkeys(("none", "imagenet_top1"), sorted(claims))
    by_verdict = found[found["covariate"] == "none"].groupby("verdict")["claim_id"].agg(set)
    assert by_verdict["u"] == {"timm_vpt_depth_human_probe"}
    assert all(claim.startswith("bs2025_") for claim in by_verdict["inverted_u"])


def test_an_average_with_a_hole_is_nobodys_property(query):
    """Published ImageNet-C averages count what is missing as zero: only complete ones are used."""
    found = query("""
        with parts as (
            select source_model_key, count(score) as n_scored
            from marts.fct_scores
            where snapshot_id = 'brainscore_2025_05' and benchmark_id like 'ImageNet-C-%-top1'
            group by all
        )
        select n_scored, count(*) as n
        from marts.fct_downstream_scores as scores
        inner join parts on scores.unit_id = parts.source_model_key || '/'
        where cohort_id = 'brainscore_2025_core50' and benchmark_id = 'ImageNet-C-top1'
        group by all""")
    assert found["n_scored"].tolist() == [4] and found["n"].item() > 100


def test_areas_are_the_means_of_the_cohort(query):
    """As in fct_scores_normalized, not as published."""
    found = query("""
        select max(abs(scores.score_directed - normalized.score_directed)) as difference,
            count(*) as n
        from marts.fct_downstream_scores as scores
        inner join marts.fct_scores_normalized as normalized
            on
                scores.cohort_id = normalized.cohort_id
                and scores.benchmark_id = normalized.benchmark_id
                and scores.unit_id = normalized.source_model_key || '/' || normalized.variant_id
        where scores.benchmark_id in ('V1', 'V2', 'V4', 'IT', 'behavior_vision')
            and normalized.level = 'region'""")
    assert found["difference"].item() < 1e-12 and found["n"].item() > 1_000


def test_the_points_of_the_plot_are_those_of_the_estimate(query):
    """With and without the covariate."""
    for covariate in ("none", "imagenet_top1"):
        points = query(
            POINTS,
            cohort_id="brainscore_2025_core50",
            alignment_id="IT",
            property_id="ImageNet-C-top1",
            covariate=covariate,
        )
        assert len(points) == points["n_units"].iloc[0] == points["unit_id"].nunique()
        z = (points["alignment"] - points["alignment_mean"]) / points["alignment_sd"]
        bend = np.polynomial.polynomial.polyfit(z, points["property"], 2)
        # what is left of the property after the covariate's slope has the parabola of the mart
        columns = ["quadratic_constant", "quadratic_linear", "quadratic_estimate"]
        np.testing.assert_allclose(bend, points[columns].iloc[0].astype(float), atol=1e-8)
