"""The downstream analysis of a built warehouse against pingouin, its kernel and the source."""

import numpy as np
import pandas as pd
import pingouin
import pytest

from compute.stats import shapes

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
        assert row.p_value_naive == pytest.approx(theirs["p_val"], abs=1e-10), row


def test_shapes_are_those_of_the_kernel(query, scores):
    """On the units of the pair, p-values included."""
    rows = query("select * from marts.fct_downstream_shapes where breakpoint is not null")
    for row in rows.sample(N_SAMPLED, random_state=0).itertuples():
        frame = pair(scores, row)
        found = shapes.shape(frame["x"], frame["y"], frame["cluster"], frame.get("c"))
        shared = sorted(found.keys() & set(row._fields))
        assert {"quadratic_estimate", "vertex", "slope_low", "slope_high_p_value"} <= set(shared)
        ours, expected = ([values[n] for n in shared] for values in (row._asdict(), found))
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-9, err_msg=str(row))


def test_layers_look_like_a_u_to_z2_alone(query):
    """Of 536 layers: z² correlates positively, and both lines rise."""
    row = query(
        "select * from marts.rpt_u_shape_verdicts "
        "where claim_id = 'layers_it_pls' and covariate = 'none'"
    ).iloc[0]
    assert row["n_units"] == 536 and row["n_families"] == 1 and row["n_clusters"] == 40
    assert row["z2_estimate"] > 0.4 and row["z2_ci_low"] > 0.2
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


@pytest.mark.parametrize("cohort_id, n", [("all_sources", 547), ("timm_2022_491", 281)])
def test_attention_goes_against_accuracy_and_its_z2_is_a_bend(scores, query, cohort_id, n):
    """ClickMe × ImageNet-A: z² correlates where a straight line in top-1 is held fixed.

    Where a cubic is, as for High, Mid and Low, little is left: accuracy on ImageNet-A bends
    upwards over top-1, and alignment goes with top-1.
    """
    claims = query(
        "select * from marts.rpt_u_shape_verdicts where cohort_id = $cohort_id and alignment_id = "
        "'onevision_clickme.imgnet_alignment' and property_id = 'timm.imagenet-a.top1'",
        cohort_id=cohort_id,
    ).set_index("covariate")
    held = claims.loc["imagenet_top1"]
    assert claims["n_units"].tolist() == [n, n] and (claims["verdict"] != "u").all()
    assert claims.at["none", "ci_high"] < -0.45 and -0.35 < held["estimate"] < -0.25
    frame = pair(scores, next(claims.reset_index().query("covariate != 'none'").itertuples()))
    z = (frame["x"] - frame["x"].mean()) / frame["x"].std()
    powers = np.vander((frame["c"] - frame["c"].mean()) / frame["c"].std(), 4)
    for curve, low, high in ((powers[:, 2:], 0.3, 0.35), (powers, -0.12, 0.15)):
        y, z2 = (v - curve @ np.linalg.lstsq(curve, v)[0] for v in (frame["y"], z**2))
        left = np.corrcoef(y, z2)[0, 1]
        assert low < left < high
        if curve.shape[1] == 2:
            assert held["z2_estimate"] == pytest.approx(left, abs=1e-10)


@pytest.mark.parametrize(
    "model_type, n, plain, partial", [("cnn", 280, -0.54, 0.14), ("vit", 251, -0.50, -0.30)]
)
def test_what_top1_leaves_of_attention_is_left_in_the_transformers(
    scores, query, model_type, n, plain, partial
):
    """By the source's own column, Spearman with ImageNet-A over all sources."""
    of_type = query(
        "select distinct model_id from raw.onevision_clickme__model_type_reference as raw "
        "inner join marts.bridge_model_names as names on raw.model = names.source_model_name "
        "where names.snapshot_id = 'onevision_clickme_2026' and raw.model_type = $model_type",
        model_type=model_type,
    )["model_id"]
    known = scores["all_sources"].loc[of_type]
    sides = ("onevision_clickme.imgnet_alignment", "timm.imagenet-a.top1")
    held = pingouin.partial_corr(known, *sides, "top1", method="spearman")["r"].item()
    of_all = known[list(sides)].corr("spearman").iloc[0, 1]
    assert len(known) == n
    assert (of_all, held) == pytest.approx((plain, partial), abs=0.005)


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
