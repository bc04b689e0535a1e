"""What holds for every mart, of the toy and of the published files."""

import pingouin
import pytest

from tests.fixtures import toy
from warehouse import db


@pytest.mark.parametrize("which", ["toy", pytest.param("real", marks=pytest.mark.sources)])
def test_no_mart_holds_a_nan(which, request):
    """What is not known is null: one NaN would make every average NaN."""
    path = toy.warehouse("toy") if which == "toy" else request.getfixturevalue("real_warehouse")
    with db.connect(path) as con:
        columns = con.execute(
            "select table_name, list(column_name) from duckdb_columns() "
            "where schema_name = 'marts' and data_type = 'DOUBLE' group by table_name"
        ).fetchall()
        is_nan = " or ".join
        found = [
            mart
            for mart, names in columns
            if con.execute(
                f"select 1 from marts.{mart} where {is_nan(f'isnan({n})' for n in names)} limit 1"
            ).fetchall()
        ]
    assert len(columns) >= 60
    assert found == []


def test_a_placed_supplement_fills_what_nobody_published():
    """Each number that hangs on it is computed; some again with pandas and pingouin."""
    with db.connect(toy.warehouse("toy")) as con:
        found = con.execute(
            "select target_id, ours, status, reason from rpt_paper_targets where paper = "
            "'sucholutsky2023' and depends_on in ('alignments', 'probes') and not is_post_hoc"
        ).df()
        scores = con.execute(
            "select source_model_key, benchmark_id, score from fct_scores where snapshot_id = "
            "'sucholutsky2023' or (snapshot_id = 'timm_2022_07_27' and variant_id = '')"
        ).df()
    assert len(found) == 27 and found["ours"].notna().all()
    assert not (found["status"].isin(["unreachable", "not_built"])).any()
    assert not found["reason"].str.contains("missing input").any()
    ours = found.set_index(found["target_id"].str.removeprefix("sucholutsky2023_"))["ours"]
    table = scores.pivot(index="source_model_key", columns="benchmark_id", values="score").dropna()
    sets = ("animals", "automobiles", "fruits", "furniture", "various", "vegetables")
    mean = {
        metric: table[[f"alignment.peterson_{s}.behaviour.{metric}" for s in sets]].mean(axis=1)
        for metric in ("pearson", "spearman", "triplet")
    }
    table["z2"] = ((mean["pearson"] - mean["pearson"].mean()) / mean["pearson"].std()) ** 2
    top1 = "timm.imagenet.top1"

    def partial(other: str) -> float:
        return pingouin.partial_corr(table, "z2", other, top1)["r"].iloc[0]

    expected = {
        "section5_spearman_triplet": mean["spearman"].corr(mean["triplet"]),
        "c_mnist": table[top1].corr(table["probe.mnist.logistic.1-shot"]),
        "table2_imagenet_a_top1_pearson": partial("timm.imagenet-a.top1"),
        "section4_variance": 100 * partial("probe.cifar100.logistic.1-shot") ** 2,
        "fig4_models": len(table),
    }
    assert ours[[*expected]].to_dict() == pytest.approx(expected, abs=1e-9)
