"""Figures and the paper pack: files are valid, data equal the mart, and nothing is left uncited."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from conftest import MODELS, toy_rows

from warehouse import charts, cli, export, settings

PAIRS = pd.DataFrame(toy_rows()["fct_benchmark_correlations"])
BENCHMARKS = pd.DataFrame(toy_rows()["dim_benchmarks"])
SCORES = pd.DataFrame(toy_rows()["fct_scores_normalized"])
RANKINGS = pd.DataFrame(toy_rows()["fct_model_rankings"])
AGREEMENT = pd.DataFrame(toy_rows()["rpt_cohort_agreement"]).assign(mean_within_behaviour=None)


def make_charts() -> dict:
    return {
        "heatmap": charts.correlation_heatmap(PAIRS, BENCHMARKS),
        "scatter": charts.pair_scatter(SCORES, "V1.leaf", "V4_leaf", labelled=["alexnet"]),
        "ranks": charts.pair_scatter(SCORES, "V1.leaf", "V4_leaf", axes="rank"),
        "strip": charts.rank_strip(RANKINGS, highlighted=["alexnet"]),
        "dots": charts.agreement_dots(AGREEMENT),
    }


@pytest.mark.parametrize("name", make_charts())
def test_a_chart_draws_and_describes_itself(name):
    chart = make_charts()[name]
    picture = ET.fromstring(charts.svg(chart))
    assert picture.tag.endswith("svg")
    assert chart.to_dict()["description"].endswith(".")


def test_the_heat_map_is_square_symmetric_and_ordered():
    spec = charts.correlation_heatmap(PAIRS, BENCHMARKS).to_dict()
    (cells,) = spec["datasets"].values()
    seen = {(c["benchmark_x"], c["benchmark_y"]): c["estimate"] for c in cells}
    assert len(seen) == 6
    assert all(seen[b, a] == estimate for (a, b), estimate in seen.items())
    order = charts.order_benchmarks(BENCHMARKS.iloc[::-1])
    assert order == ["V1.leaf", "V4_leaf", "behaviour_leaf"]
    assert [c["is_significant"] for c in cells] == [False, True, False] * 2


def test_the_scatter_ranks_among_the_models_both_scored():
    holed = SCORES[~((SCORES.benchmark_id == "V1.leaf") & (SCORES.source_model_key == "3"))]
    points = charts.shared_models(holed, "V1.leaf", "V4_leaf")
    assert points["source_model_name"].tolist() == list(MODELS[:3])
    assert points["rank_a"].tolist() == [3, 2, 1]
    assert points["rank_b"].tolist() == [3, 1, 2]


def test_a_large_matrix_is_drawn_too(tmp_path):
    ids = [f"b{i:02}" for i in range(75)]
    pairs = pd.DataFrame(
        PAIRS.iloc[0].to_dict() | {"benchmark_a": a, "benchmark_b": b}
        for a in ids
        for b in ids
        if a < b
    )
    many = pd.DataFrame({"benchmark_id": ids, "title": ids, "modality": "neural", "region": "V1"})
    written = charts.save(charts.correlation_heatmap(pairs, many), tmp_path / "large.svg")
    assert ET.parse(written).getroot().tag.endswith("svg")


@pytest.fixture
def toy(toy_warehouse, bibliography, monkeypatch) -> Path:
    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    return toy_warehouse


@pytest.fixture
def pack(toy, tmp_path) -> Path:
    return export.export("fig4_correlations", "toy", folder=tmp_path)[0].parent


def test_the_pack_holds_valid_figures(pack):
    assert ET.parse(pack / "figure.svg").getroot().tag.endswith("svg")
    assert (pack / "figure.pdf").read_bytes().startswith(b"%PDF-")
    assert (pack / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_the_data_of_the_pack_equal_the_mart(pack, toy):
    with duckdb.connect(toy, read_only=True) as con:
        mart = con.sql("select * from marts.fct_benchmark_correlations order by 4, 5").df()
    # a column without any value has no type of its own in pandas
    pd.testing.assert_frame_equal(
        pyarrow.parquet.read_table(pack / "data.parquet").to_pandas(), mart, check_dtype=False
    )
    pd.testing.assert_frame_equal(pd.read_csv(pack / "data.csv"), mart, check_dtype=False)


def test_the_table_has_rules_and_escaped_names(pack):
    table = (pack / "table.tex").read_text()
    assert all(rule in table for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    assert r"V1.leaf 100 \% & behaviour\_leaf 100 \% & $-1.000$" in table
    assert table.count(r" \\") == 1 + 3
    strengths = [line for line in table.splitlines() if line.startswith(("V1", "V4"))]
    assert "$-1.000$" in strengths[0]


def test_a_long_table_runs_over_pages():
    many = pd.concat([PAIRS] * 20)
    titles = dict(zip(BENCHMARKS["benchmark_id"], BENCHMARKS["title"], strict=True))
    table = export.latex_pairs(many, titles, {"cohort_id": "a_b", "description": "50 % of x"})
    assert r"\begin{longtable}" in table and r"\endhead" in table and r"\end{longtable}" in table
    assert r"a\_b: 50 \% of x" in table


def test_the_provenance_names_sources_and_hides_the_machine(pack, tmp_path):
    text = (pack / "provenance.json").read_text()
    provenance = json.loads(text)
    (source,) = provenance["sources"]
    assert source["source_id"] == "here" and source["licence"] == "CC0-1.0"
    assert source["commit"] == "0123456789abcdef"
    assert source["files"][0]["sha256"] == "f" * 64
    assert provenance["n"] == {"models": [4, 4], "benchmarks": 3, "pairs": 3}
    assert provenance["cohort"]["description"] == "Made up: 100 % of four models."
    assert provenance["sha256"].keys() == {p.name for p in pack.iterdir()} - {"provenance.json"}
    assert str(tmp_path) not in text and str(settings.ROOT) not in text


def test_the_sql_of_the_provenance_gives_the_data(pack, toy):
    sql = json.loads((pack / "provenance.json").read_text())["sql"]
    with duckdb.connect(toy, read_only=True) as con:
        mart = con.sql(sql).df()
    found = pd.read_parquet(pack / "data.parquet")
    pd.testing.assert_frame_equal(found, mart, check_dtype=False)


def test_only_the_cited_entries_are_in_the_bibliography(pack):
    assert export.read_bibtex(pack / "references.bib").keys() == {"one2020", "two2021"}
    assert "One {Nested} Title" in (pack / "references.bib").read_text()


def test_a_missing_entry_is_an_error_and_nothing_is_written(toy, bibliography, tmp_path):
    bibliography.write_text("@misc{one2020, title = {One}}")
    with pytest.raises(export.ExportError, match="no entry for two2021"):
        export.export("fig4_correlations", "toy", folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing", "toy"), "no export nothing. Known: fig4_correlations"),
        (("fig4_correlations", "nope"), "no cohort nope. Known: absent, toy"),
        (("fig4_correlations", "absent"), "its source is absent"),
    ],
)
def test_what_cannot_be_exported_is_said(toy, tmp_path, arguments, message):
    with pytest.raises(export.ExportError, match=message):
        export.export(*arguments, folder=tmp_path)


def test_the_command_lists_and_writes(toy, tmp_path):
    run = CliRunner().invoke
    assert "fig4_correlations" in run(cli.main, ["export"]).output
    arguments = ["export", "fig4_correlations", "--cohort", "toy", "--output", str(tmp_path)]
    result = run(cli.main, arguments)
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.output.split()]
    assert {p.suffix for p in written} >= {".svg", ".pdf", ".png", ".csv", ".parquet", ".tex"}
    assert all(p.is_file() for p in written)
    assert run(cli.main, [*arguments[:3], "nope"]).exit_code == 1


def test_values_in_sql_are_quoted():
    sql = export.with_values("select $a, $b", {"a": "it's", "b": ["x", "y"]})
    assert sql == "select 'it''s', ['x', 'y']"


def test_the_real_matrix_is_exported(real_warehouse, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "WAREHOUSE", real_warehouse)
    written = export.export("fig4_correlations", level="region", folder=tmp_path)
    data = pd.read_parquet(next(p for p in written if p.suffix == ".parquet"))
    with duckdb.connect(real_warehouse, read_only=True) as con:
        n_pairs = con.execute(
            "select count(*) from marts.fct_benchmark_correlations "
            "where cohort_id = ? and level = 'region' and method = 'spearman'",
            [export.DEFAULT_COHORT],
        ).fetchone()[0]
    assert len(data) == n_pairs
