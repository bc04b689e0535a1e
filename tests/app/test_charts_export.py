"""Figures and the paper pack: files are valid, data equal the mart, and nothing is left uncited."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from conftest import MODELS, toy_rows

from ingest import settings
from warehouse import cli
from warehouse.figures import (
    agreement,
    catalogue,
    fields,
    marks,
    measured,
    missing,
    papers,
    ranking,
    relations,
    theme,
    trials,
)
from warehouse.papers import export

PAIRS = pd.DataFrame(toy_rows()["fct_benchmark_correlations"])
BENCHMARKS = pd.DataFrame(toy_rows()["dim_benchmarks"])
SCORES = pd.DataFrame(toy_rows()["fct_scores_normalized"])
RANKINGS = pd.DataFrame(toy_rows()["fct_model_rankings"])
AGREEMENT = pd.DataFrame(toy_rows()["rpt_cohort_agreement"]).assign(mean_within_behaviour=None)


def test_a_field_says_its_own_words_then_the_shared_then_its_name(tmp_path, monkeypatch):
    columns = [
        {"name": "p_value", "data_type": "double", "description": "Own.",
         "config": {"meta": {"label": "p, two-sided", "format": ".1f"}}},
        {"name": "score_rank", "data_type": "double", "description": "Shared."},
        {"name": "n_models", "data_type": "bigint", "description": "By its name."},
        {"name": "seen_on", "data_type": "date", "description": "By its type."},
    ]  # fmt: skip
    (tmp_path / "models" / "marts").mkdir(parents=True)
    models = tmp_path / "models" / "marts" / "_made_up__models.yml"
    models.write_text(json.dumps({"models": [{"name": "fct_made_up", "columns": columns}]}))
    shared = {"score_rank": {"label": "Place", "format": "~g"}, "p_value": {"label": "p"}}
    (tmp_path / "dbt_project.yml").write_text(json.dumps({"vars": {"fields": shared}}))
    monkeypatch.setattr(settings, "DBT_PROJECT", tmp_path)
    found = [fields.field("fct_made_up", c["name"]) for c in columns]
    assert [f.label for f in found] == ["p, two-sided", "Place", "Models", "Seen on"]
    assert [f.help for f in found] == ["Own.", "Shared.", "By its name.", "By its type."]
    values = [0.26, 2.5, 1234.0, dt.date(2024, 6, 1)]
    texts = [f.text(v) for f, v in zip(found, values, strict=True)]
    assert texts == ["0.3", "2.5", "1,234", "2024-06-01"]
    assert found[0].text(float("nan")) == found[0].text(None) == ""
    with pytest.raises(KeyError, match="fct_made_up has no column p"):
        fields.field("fct_made_up", "p")
    lines = fields.tooltips("fct_made_up", "n_models", alt.Tooltip("x:N", title="Else"))
    assert [line.to_dict()["title"] for line in lines] == ["Models", "Else"]


def test_shared_fields_are_columns_of_marts():
    project = settings.DBT_PROJECT
    known = {c for columns in fields._marts(project).values() for c in columns}
    assert fields._shared_fields(project).keys() <= known


def rows_of(mart: str, **where: str) -> pd.DataFrame:
    rows = pd.DataFrame(toy_rows()[mart])
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def worth_points(covariate: str) -> pd.DataFrame:
    shape = rows_of("fct_downstream_shapes", covariate=covariate, state="estimated").iloc[0]
    scores = rows_of("fct_downstream_scores").pivot(
        index=["unit_name", "family", "imagenet_top1"],
        columns="benchmark_id",
        values="score_directed",
    )
    points = scores.reset_index().rename(columns={"IT": "alignment", "ImageNet-C-top1": "property"})
    return points.assign(**shape)


def make_charts() -> dict:
    states = rows_of("rpt_cell_states").merge(BENCHMARKS[["benchmark_id", "title"]])
    return {
        "clustered heatmap": agreement.correlation_heatmap(
            PAIRS, BENCHMARKS, BENCHMARKS.benchmark_id
        ),
        "figure 1": papers.metric_heatmap(rows_of("rpt_ahlert2024_fig1_correlations")),
        "figure 2": papers.neural_behaviour(rows_of("rpt_ahlert2024_fig2_neural_behaviour")),
        "figure 3": ranking.rank_strip(rows_of("rpt_ahlert2024_fig3_rankings", level="leaf")),
        "figure 6": papers.distributions(rows_of("rpt_ahlert2024_fig6_distributions")),
        "figure 7": missing.coverage_scatter(rows_of("rpt_ahlert2024_fig7_missingness")),
        "consistency": trials.consistency_scatter(
            rows_of("fct_dataset_behaviours"), rows_of("rpt_human_ceilings"), labelled=["clip"]
        ),
        "shape": trials.shape_bias_lines(rows_of("fct_shape_bias"), followed=["clip"]),
        "accuracy": trials.accuracy_lines(rows_of("fct_ood_accuracy"), shown=["clip"]),
        "images": trials.image_scatter(rows_of("rpt_image_disagreements")),
        "confusions": trials.confusion_heatmap(rows_of("fct_confusions", observer_id="subject-01")),
        "alignment": measured.alignment_dots(
            rows_of("fct_alignment", metric="triplet").assign(shown_as="model"),
            rows_of("fct_alignment_ceilings", metric="triplet"),
        ),
        "probes": measured.probe_lines(rows_of("fct_probe_results")),
        "worth": relations.worth_scatter(worth_points("none"), labelled=["model_3"]),
        "worth, partial": relations.worth_scatter(worth_points("imagenet_top1")),
        "worth dots": relations.worth_dots(
            rows_of("fct_downstream_relations", covariate="none", transform="raw")
        ),
        "verdicts": relations.verdict_tiles(rows_of("rpt_u_shape_verdicts")),
        "areas": catalogue.model_areas(rows_of("rpt_model_areas", model_id="alexnet")),
        "profile": catalogue.model_profile(rows_of("rpt_model_scores", model_id="alexnet")),
        "long profile": catalogue.model_profile(
            pd.concat(
                rows_of("rpt_model_scores", model_id="alexnet").assign(snapshot_id=f"s{i}")
                for i in range(30)
            )
        ),
        "distribution": catalogue.score_distribution(
            rows_of("rpt_model_scores", benchmark_id="V1.leaf"),
            rows_of("rpt_benchmark_levels", benchmark_id="V1.leaf"),
            marked=["alexnet"],
        ),
        "bare distribution": catalogue.score_distribution(
            rows_of("rpt_model_scores", benchmark_id="V4_leaf"),
            rows_of("rpt_benchmark_levels", benchmark_id="V4_leaf"),
        ),
        "coverage over time": missing.coverage_bars(
            rows_of("rpt_benchmark_snapshots", benchmark_id="V1.leaf")
        ),
        "correlates": agreement.correlate_dots(
            PAIRS.rename(columns={"benchmark_b": "title"}).assign(modality="neural")
        ),
        "neighbours": catalogue.neighbour_dots(
            rows_of("rpt_model_neighbours", model_id="alexnet", scope="neural")
        ),
        "lineage": catalogue.lineage(
            pd.DataFrame(
                {
                    "node_id": ["a", "b", "c", "d"],
                    "name": ["a", "b", "c", "d"],
                    "layer": ["seeds", "intermediate", "marts", "exposures"],
                    "distance": [-1, -1, 0, 1],
                }
            ),
            pd.DataFrame({"parent_id": ["a", "b", "c", "a"], "child_id": ["c", "c", "d", "b"]}),
        ),
        "table 1": papers.group_dots(rows_of("rpt_sucholutsky2023_table1"), BENCHMARKS),
        "table 2": papers.z2_dots(rows_of("rpt_sucholutsky2023_table2"), BENCHMARKS),
        "shots": papers.group_lines(rows_of("rpt_sucholutsky2023_fig3_groups")),
        "z2 by head": papers.z2_lines(rows_of("rpt_sucholutsky2023_fig3_correlations"), "head"),
        "z2 by dataset": papers.z2_lines(
            rows_of("rpt_sucholutsky2023_fig3_correlations"), "dataset_id"
        ),
        "one shot": papers.few_shot_scatter(rows_of("rpt_sucholutsky2023_fig4_models")),
        "fives": papers.accuracy_strip(rows_of("rpt_sucholutsky2023_fig5_accuracies")),
        "notes": papers.note_dots(rows_of("rpt_architecture_notes"), BENCHMARKS),
        "capacity": measured.capacity_curve(
            rows_of("rpt_triplets_needed"), rows_of("rpt_alignment_capacities")
        ),
        "triplets": measured.triplet_lines(rows_of("rpt_triplets_needed")),
        "thinned": agreement.sensitivity_lines(rows_of("rpt_agreement_sensitivity"), "floor"),
        "scree": agreement.scree(rows_of("rpt_cohort_dimensions")),
        "stability": agreement.stability_lines(rows_of("rpt_composite_stability")),
        "shares": ranking.share_bars(rows_of("fct_variance_shares")),
        "states": missing.cell_states(states),
        "policies": missing.policy_dots(rows_of("fct_missing_policies")),
        "bounds": missing.rank_bounds(rows_of("rpt_rank_bounds")),
        "heatmap": agreement.correlation_heatmap(PAIRS, BENCHMARKS),
        "scatter": agreement.pair_scatter(SCORES, "V1.leaf", "V4_leaf", labelled=["alexnet"]),
        "ranks": agreement.pair_scatter(SCORES, "V1.leaf", "V4_leaf", axes="rank"),
        "strip": ranking.rank_strip(RANKINGS, highlighted=["alexnet"]),
        "dots": agreement.agreement_dots(AGREEMENT),
        "compared": ranking.compared_percentiles(
            SCORES.rename(columns={"score_directed": "score"}).assign(
                title=SCORES["benchmark_id"], error=0.1, n_models=4
            ),
            MODELS,
        ),
        "rank intervals": ranking.rank_intervals(RANKINGS, MODELS),
    }


@pytest.mark.parametrize("name", make_charts())
def test_a_chart_draws_and_describes_itself(name):
    chart = make_charts()[name]
    picture = ET.fromstring(theme.svg(chart))
    assert picture.tag.endswith("svg")
    assert chart.to_dict()["description"].endswith(".")


def test_the_heat_map_is_square_symmetric_and_ordered():
    spec = agreement.correlation_heatmap(PAIRS, BENCHMARKS).to_dict()
    (cells,) = spec["datasets"].values()
    seen = {(c["benchmark_x"], c["benchmark_y"]): c["estimate"] for c in cells}
    assert len(seen) == 6
    assert all(seen[b, a] == estimate for (a, b), estimate in seen.items())
    order = marks.order_benchmarks(BENCHMARKS.iloc[::-1])
    assert order == ["V1.leaf", "V4_leaf", "behaviour_leaf"]
    assert [c["is_significant"] for c in cells] == [False, True, False] * 2


def test_the_scatter_ranks_among_the_models_both_scored():
    holed = SCORES[~((SCORES.benchmark_id == "V1.leaf") & (SCORES.source_model_key == "3"))]
    points = agreement.shared_models(holed, "V1.leaf", "V4_leaf")
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
    written = theme.save(agreement.correlation_heatmap(pairs, many), tmp_path / "large.svg")
    assert ET.parse(written).getroot().tag.endswith("svg")


def names_on_axis(chart) -> list[str]:
    (tiles, _) = chart.to_dict()["layer"]
    return tiles["encoding"]["y"]["sort"]


def test_the_heat_map_takes_the_order_it_is_given():
    titles = dict(zip(BENCHMARKS["benchmark_id"], BENCHMARKS["title"], strict=True))
    order = ["behaviour_leaf", "V4_leaf", "V1.leaf"]
    drawn = agreement.correlation_heatmap(PAIRS, BENCHMARKS, order)
    assert names_on_axis(drawn) == [titles[b] for b in order]


def test_a_metric_that_is_not_public_keeps_an_empty_row():
    rows = rows_of("rpt_ahlert2024_fig1_correlations")
    chart = papers.metric_heatmap(rows)
    assert names_on_axis(chart) == ["V1 label", "shape label", "absent label"]
    (cells,) = chart.to_dict()["datasets"].values()
    empty = {(c["benchmark_x"], c["benchmark_y"]) for c in cells if c["estimate"] is None}
    assert empty == {(a, b) for a in ("V1", "shape", "absent") for b in ("V1", "shape", "absent")
                     if a != b and "absent" in (a, b)}  # fmt: skip


def test_only_shifts_beyond_ten_places_are_marked():
    chart = ranking.rank_strip(rows_of("rpt_ahlert2024_fig3_rankings", level="leaf"))
    marked = [m for m in chart.to_dict()["layer"] if "transform" in m]
    assert [m["transform"] for m in marked] == [[{"filter": "abs(datum.shift) > 10"}]]
    (rows,) = chart.to_dict()["datasets"].values()
    assert sorted(r["shift"] for r in rows)[-2:] == [1, 11]


def test_lines_and_curve_pass_through_what_the_mart_holds():
    points = worth_points("none")
    spec = relations.worth_scatter(points).to_dict()
    rows = [r for rows in spec["datasets"].values() for r in rows if "fit" in r]
    line = {r["alignment"]: r["fitted"] for r in rows if r["fit"] == "straight line"}
    assert line[0.0] == pytest.approx(10 - 1.5) and line[9.0] == pytest.approx(10 + 1.5)
    bent = {r["alignment"]: r["fitted"] for r in rows if r["fit"] == "parabola"}
    assert bent[0.0] == pytest.approx(9 - 0.75 + 2.25)
    # where the relation is a straight line, so is the smooth curve
    straight = points.assign(property=3 * points["alignment"])
    curve = relations.smooth_curve(straight)
    assert curve["fitted"].tolist() == pytest.approx((3 * curve["alignment"]).tolist())


def test_the_plot_holds_the_covariate_fixed_and_the_dots_count_what_is_missing(toy):
    chosen = dict(export.EXPORTS["worth_scatter"].options) | {"cohort_id": "toy"}
    with duckdb.connect(toy, read_only=True) as con:
        plain = con.execute(export.WORTH_POINTS, chosen).df()
        partial = con.execute(export.WORTH_POINTS, chosen | {"covariate": "imagenet_top1"}).df()
    assert plain["property"].tolist() == [10.0 + (i - 4) ** 2 for i in range(10)]
    assert (plain["property"] - partial["property"]).tolist() == [0.5 * i for i in range(10)]
    rows = rows_of("fct_downstream_relations", covariate="none", transform="raw")
    description = relations.worth_dots(rows).to_dict()["description"]
    assert description.endswith("with 1 properties; 1 more have none.")


@pytest.fixture
def toy(toy_warehouse, bibliography, monkeypatch) -> Path:
    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    return toy_warehouse


@pytest.fixture
def pack(toy, tmp_path) -> Path:
    return export.export("ahlert2024_fig4_correlations", "toy", folder=tmp_path)[0].parent


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
    made = export.EXPORTS["ahlert2024_fig4_correlations"].tabulate(
        pd.concat([PAIRS] * 20), BENCHMARKS
    )
    table = export.latex_table(made, "in the cohort a_b: 50 % of x")
    assert r"\begin{longtable}" in table and r"\endhead" in table and r"\end{longtable}" in table
    assert r"a\_b: 50 \% of x" in table


def test_the_provenance_names_sources_and_hides_the_machine(pack, tmp_path):
    text = (pack / "provenance.json").read_text()
    provenance = json.loads(text)
    (source,) = provenance["sources"]
    assert source["source_id"] == "here" and source["licence"] == "CC0-1.0"
    assert source["commit"] == "0123456789abcdef"
    assert source["files"][0]["sha256"] == "f" * 64
    assert provenance["n_models"] == [4, 4]
    assert provenance["n_rows"] == 3
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
        export.export("ahlert2024_fig4_correlations", "toy", folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nothing", "toy"), "no export nothing. Known: ahlert2024_fig1_correlations"),
        (("ahlert2024_fig4_correlations", "nope"), "no cohort nope. Known: absent, toy"),
        (("ahlert2024_fig4_correlations", "absent"), "its source is absent"),
    ],
)
def test_what_cannot_be_exported_is_said(toy, tmp_path, arguments, message):
    with pytest.raises(export.ExportError, match=message):
        export.export(*arguments, folder=tmp_path)


def test_the_command_lists_and_writes(toy, tmp_path):
    run = CliRunner().invoke
    assert "ahlert2024_fig4_correlations" in run(cli.main, ["export"]).output
    arguments = [
        "export",
        "ahlert2024_fig4_correlations",
        "--cohort",
        "toy",
        "--output",
        str(tmp_path),
    ]
    result = run(cli.main, arguments)
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.output.split()]
    assert {p.suffix for p in written} >= {".svg", ".pdf", ".png", ".csv", ".parquet", ".tex"}
    assert all(p.is_file() for p in written)
    assert run(cli.main, [*arguments[:3], "nope"]).exit_code == 1


@pytest.mark.parametrize("name", export.EXPORTS)
def test_every_figure_has_its_pack(toy, tmp_path, name):
    toys = {
        "cohort_id": "toy",
        "dataset_id": "cue-conflict",
        "snapshot_id": "here_2020",
        "model_id": "alexnet",
        "benchmark_id": "V1.leaf",
    }
    of = toys[export.EXPORTS[name].scope.key]
    written = export.export(name, of, folder=tmp_path)
    files = {p.name for p in written}
    assert files == {p.name for p in written[0].parent.iterdir()}
    assert files == {
        *(f"figure.{form}" for form in ("svg", "pdf", "png")),
        *("data.csv", "data.parquet", "table.tex", "references.bib", "provenance.json"),
    }
    table = (written[0].parent / "table.tex").read_text()
    body = table.split(r"\midrule")[-1].split(r"\bottomrule")[0]
    columns = (
        export.EXPORTS[name]
        .tabulate(pd.read_parquet(written[0].parent / "data.parquet"), BENCHMARKS)
        .columns
    )
    lines = [line for line in body.splitlines() if line.strip()]
    assert lines and all(line.count(" & ") == len(columns) - 1 for line in lines)


@pytest.mark.parametrize("name", export.EXPORTS)
def test_every_figure_is_exported_from_real_data(real_warehouse, tmp_path, monkeypatch, name):
    monkeypatch.setattr(settings, "WAREHOUSE", real_warehouse)
    written = export.export(name, folder=tmp_path)
    provenance = json.loads(written[-1].read_text())
    assert provenance["n_rows"] > 0 and provenance["sources"]
    with duckdb.connect(real_warehouse, read_only=True) as con:
        assert len(con.sql(provenance["sql"]).df()) == provenance["n_rows"]


def test_a_cohort_that_a_figure_lacks_is_answered_with_those_it_has(
    toy_warehouse, tmp_path, monkeypatch
):
    copied = tmp_path / "warehouse.duckdb"
    copied.write_bytes(toy_warehouse.read_bytes())
    with duckdb.connect(copied) as con:
        con.execute("update marts.rpt_ahlert2024_fig2_neural_behaviour set cohort_id = 'other'")
    monkeypatch.setattr(settings, "WAREHOUSE", copied)
    with pytest.raises(export.ExportError, match="It has: other"):
        export.export("ahlert2024_fig2_neural_behaviour", "toy", folder=tmp_path)
    with pytest.raises(export.ExportError, match="has no level to choose"):
        export.export("ahlert2024_fig2_neural_behaviour", "toy", level="leaf", folder=tmp_path)
    with pytest.raises(export.ExportError, match="with level region, method spearman"):
        export.export("ahlert2024_fig4_correlations", "toy", level="region", folder=tmp_path)


def test_the_second_snapshot_of_a_rule_is_named(toy_warehouse, bibliography, tmp_path, monkeypatch):
    copied = tmp_path / "warehouse.duckdb"
    copied.write_bytes(toy_warehouse.read_bytes())
    with duckdb.connect(copied) as con:
        con.execute("update marts.dim_cohorts set rule_snapshot_id = 'gone_2020'")
        con.execute(
            "insert into marts.fct_scores (snapshot_id, source_id, load_id) "
            "values ('gone_2020', 'gone', 'def')"
        )
    monkeypatch.setattr(settings, "WAREHOUSE", copied)
    written = export.export("ahlert2024_fig4_correlations", "toy", folder=tmp_path)
    sources = json.loads(written[-1].read_text())["sources"]
    assert [s["source_id"] for s in sources] == ["gone", "here"]


def test_a_wrong_name_among_many_is_answered_with_the_nearest(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(export, "MANY_NAMES", 2)
    with pytest.raises(export.ExportError, match=r"Known are 4, for example: resnet_50$"):
        export.export("model_profile", "resnet", folder=tmp_path)
    with pytest.raises(export.ExportError, match="for example: alexnet"):
        export.export("model_profile", "alxnet", folder=tmp_path)


def test_an_export_of_a_model_has_a_folder_that_every_system_takes(toy, tmp_path):
    written = export.export("model_profile", "vit_b&w", folder=tmp_path)
    assert written[0].parent.name == "vit_b_w_neural"


def test_all_exports_take_no_cohort():
    result = CliRunner().invoke(cli.main, ["export", "all", "--cohort", "toy"])
    assert result.exit_code == 1 and "their own cohorts" in result.output


def test_values_in_sql_are_quoted():
    sql = export.with_values("select $a, $b", {"a": "it's", "b": ["x", "y"]})
    assert sql == "select 'it''s', ['x', 'y']"


def test_the_real_matrix_is_exported(real_warehouse, tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "WAREHOUSE", real_warehouse)
    written = export.export("ahlert2024_fig4_correlations", level="region", folder=tmp_path)
    data = pd.read_parquet(next(p for p in written if p.suffix == ".parquet"))
    with duckdb.connect(real_warehouse, read_only=True) as con:
        n_pairs = con.execute(
            "select count(*) from marts.fct_benchmark_correlations "
            "where cohort_id = ? and level = 'region' and method = 'spearman'",
            [export.DEFAULT_COHORT],
        ).fetchone()[0]
    assert len(data) == n_pairs


def test_a_reading_chosen_by_its_result_is_counted(toy):
    """Beside the number of targets of each status."""
    result = CliRunner().invoke(cli.main, ["targets"])
    assert result.exit_code == 0, result.output
    assert "4 exact (2 by a reading chosen after), 2 unreachable" in result.output
