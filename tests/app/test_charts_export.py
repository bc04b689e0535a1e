"""Figures and the paper pack: files are valid, data equal the mart, and nothing is left uncited."""

from __future__ import annotations

import datetime as dt
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import altair as alt
import duckdb
import pandas as pd
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from conftest import contracts

from ingest import settings
from warehouse import cli
from warehouse.figures import (
    FIGURES,
    agreement,
    ahlert2024,
    catalogue,
    fields,
    marks,
    measured,
    missing,
    ranking,
    record,
    relations,
    sucholutsky2023,
    theme,
    trials,
)
from warehouse.papers import ExportError, bibliography, latex, pack

HEAT_MAP = "ahlert2024_fig4_correlations"
COHORT = record.DEFAULT_COHORT
IT, V1 = "MajajHong2015.IT-pls", "FreemanZiemba2013.V1-pls"
MODELS = ["resnet50.tv_in1k", "resnet18.tv_in1k"]


def ask(path: Path, sql: str, **values: str) -> pd.DataFrame:
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(sql, values).to_arrow_table().to_pandas()


@pytest.fixture
def toy(built_toy, monkeypatch) -> Path:
    monkeypatch.setattr(settings, "WAREHOUSE", built_toy)
    return built_toy


@pytest.fixture(scope="session")
def figure_rows(built_toy):
    """Rows of a figure of the toy, of its default and options, and their benchmarks."""

    def read(name: str, **options: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        figure = FIGURES[name]
        chosen = {figure.scope.key: figure.default, **figure.options, **options}
        rows = ask(built_toy, figure.sql, **chosen)
        return rows, ask(built_toy, pack._BENCHMARKS, ids=record.benchmark_ids(rows))

    return read


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


CORE = {"cohort_id": COHORT, "level": "leaf"}
OF_ONE_MART = {
    agreement.agreement_dots: ("rpt_cohort_agreement", {"method": "spearman"}),
    agreement.scree: ("rpt_cohort_dimensions", {"cohort_id": COHORT}),
    agreement.stability_lines: ("rpt_composite_stability", {}),
    ranking.rank_strip: ("fct_model_rankings", CORE),
    ranking.share_bars: ("fct_variance_shares", {**CORE, "whole": "average_vision"}),
    missing.policy_dots: ("fct_missing_policies", {}),
    missing.rank_bounds: ("rpt_rank_bounds", {}),
    missing.coverage_bars: ("rpt_benchmark_snapshots", {"benchmark_id": IT}),
    trials.accuracy_lines: ("fct_ood_accuracy", {"dataset_id": "contrast"}),
    trials.confusion_heatmap: ("fct_confusions", {"dataset_id": "contrast"}),
    measured.probe_lines: ("fct_probe_results", {"dataset_id": "cifar10", "head": "logistic"}),
    measured.triplet_lines: ("rpt_triplets_needed", {}),
    catalogue.model_areas: ("rpt_model_areas", {"model_id": MODELS[0]}),
    catalogue.model_profile: ("rpt_model_scores", {"model_id": MODELS[0]}),
}
"""Charts that a page draws, or draws of more rows than a record, and their rows."""


def other_charts(rows_of) -> list[alt.TopLevelMixin]:
    """Charts of several marts, or with choices that a page offers."""
    benchmarks, scores = rows_of("dim_benchmarks"), rows_of("fct_scores_normalized", **CORE)
    pairs = rows_of("fct_benchmark_correlations", method="spearman", benchmark_a=IT, **CORE)
    ranks = rows_of("fct_model_rankings", **CORE)
    ids = ranks["model_id"].dropna().unique()[:3].tolist()
    latest = rows_of("rpt_model_scores", is_latest=True)
    aligned = rows_of("fct_alignment", metric="triplet", stimulus_set_id="objects92")
    capacities = rows_of("rpt_alignment_capacities", stimulus_set_id="objects92")
    one = rows_of("rpt_model_scores", benchmark_id=IT)
    nodes = {"node_id": list("abcd"), "name": list("abcd"), "distance": [-1, -1, 0, 1]}
    nodes |= {"layer": ["seeds", "intermediate", "marts", "exposures"]}
    edges = {"parent_id": list("abca"), "child_id": list("ccdb")}
    return [
        agreement.pair_scatter(scores, V1, IT, labelled=["alexnet"]),
        agreement.pair_scatter(scores, V1, IT, axes="rank"),
        agreement.sensitivity_lines(rows_of("rpt_agreement_sensitivity"), "Share of the scores"),
        agreement.correlate_dots(
            pairs.merge(benchmarks, left_on="benchmark_b", right_on="benchmark_id")
        ),
        ranking.rank_strip(ranks, highlighted=["alexnet"]),
        ranking.compared_percentiles(latest[latest["model_id"].isin(MODELS)], MODELS),
        ranking.rank_intervals(ranks[ranks["model_id"].isin(ids)], ids),
        missing.cell_states(rows_of("rpt_cell_states").merge(benchmarks, on="benchmark_id")),
        trials.consistency_scatter(
            rows_of("fct_behaviour_summary"),
            rows_of("rpt_human_ceilings", dataset_id="all"),
            labelled=["resnet50"],
        ),
        trials.shape_bias_lines(rows_of("fct_shape_bias"), followed=["resnet50"]),
        trials.accuracy_lines(
            rows_of("fct_ood_accuracy", dataset_id="contrast"), shown=["resnet50"]
        ),
        measured.alignment_dots(
            aligned.assign(shown_as=aligned["source_model_key"]),
            rows_of("fct_alignment_ceilings", metric="triplet").head(1),
        ),
        measured.capacity_curve(rows_of("rpt_triplets_needed"), capacities),
        sucholutsky2023.note_dots(rows_of("rpt_architecture_notes"), benchmarks),
        catalogue.score_distribution(one, one.head(0), marked=MODELS),
        catalogue.lineage(pd.DataFrame(nodes), pd.DataFrame(edges)),
    ]


def test_the_charts_of_pages_are_drawn_and_describe_themselves(rows_of):
    charts = [draw(rows_of(mart, **of)) for draw, (mart, of) in OF_ONE_MART.items()]
    for chart in [*charts, *other_charts(rows_of)]:
        assert ET.fromstring(theme.picture(chart, "svg")).tag.endswith("svg")
        said = chart.to_dict()["description"]
        assert said.endswith(".") and "nan" not in said


def cells_of(chart: alt.LayerChart) -> list[dict]:
    (cells,) = chart.to_dict()["datasets"].values()
    return cells


def names_on_axis(chart: alt.LayerChart) -> list[str]:
    return chart.to_dict()["layer"][0]["encoding"]["y"]["sort"]


def test_the_heat_map_is_square_symmetric_and_ordered(figure_rows):
    pairs, about = figure_rows(HEAT_MAP, level="region")
    cells = cells_of(agreement.correlation_heatmap(pairs, about))
    seen = {(c["benchmark_x"], c["benchmark_y"]): c["estimate"] for c in cells}
    assert len(seen) == 2 * len(pairs)
    assert all(seen[b, a] == estimate for (a, b), estimate in seen.items())
    significant = (pairs["p_bonferroni"] < marks.ALPHA).tolist()
    assert [c["is_significant"] for c in cells] == significant * 2
    assert marks.order_benchmarks(about.iloc[::-1]) == ["V1", "V2", "V4", "IT", "behavior_vision"]
    order = about["benchmark_id"].tolist()
    drawn = agreement.correlation_heatmap(pairs, about, order)
    assert names_on_axis(drawn) == about["title"].tolist()


def test_the_scatter_ranks_among_the_models_both_scored():
    key = {"variant_id": "", "source_model_name": "m"}
    scores = {"a": {"1": 1.0, "2": 2.0, "3": 3.0, "4": 4.0}, "b": {"1": 1.0, "2": 9.0, "4": 5.0}}
    rows = [{"benchmark_id": b, "source_model_key": k, "score_directed": s, **key}
            for b, found in scores.items() for k, s in found.items()]  # fmt: skip
    points = agreement.shared_models(pd.DataFrame(rows), "a", "b")
    assert points["rank_a"].tolist() == [3, 2, 1]
    assert points["rank_b"].tolist() == [3, 1, 2]


def test_a_chart_of_more_than_5000_rows_is_drawn_too(figure_rows):
    pairs, about = figure_rows(HEAT_MAP)
    many = pd.concat([pairs] * 5)
    assert 2 * len(many) > 5000
    drawn = theme.picture(agreement.correlation_heatmap(many, about), "svg")
    assert ET.fromstring(drawn).tag.endswith("svg")


def test_a_benchmark_that_is_not_public_keeps_an_empty_row(figure_rows):
    rows, _ = figure_rows("ahlert2024_fig1_correlations")
    absent = set(rows.loc[~rows["is_public"], "metric_a"]) - set(
        rows.loc[rows["is_public"], "metric_a"]
    )
    cells = cells_of(ahlert2024.metric_heatmap(rows))
    assert absent and len(names_on_axis(ahlert2024.metric_heatmap(rows))) == 11
    empty = {c["benchmark_x"] for c in cells if c["benchmark_y"] in absent}
    assert len(empty) == 10
    assert all(c["estimate"] is None for c in cells if c["benchmark_y"] in absent)


def test_only_shifts_beyond_ten_places_are_marked(figure_rows):
    rows, about = figure_rows("ahlert2024_fig3_rankings")
    first = rows["scheme"].ne("arithmetic_mean").idxmax()
    rows.loc[first, ["score_rank", "is_large_shift"]] = [40.0, True]
    rows.loc[rows.index != first, "is_large_shift"] = False
    chart = ranking.rank_strip(rows).to_dict()
    marked = [m["transform"] for m in chart["layer"] if "transform" in m]
    assert marked == [[{"filter": "abs(datum.shift) > 10"}]]
    table = latex.figure_table(FIGURES["ahlert2024_fig3_rankings"], rows, about)
    assert [cell for row in table.rows for cell in row if "*" in cell] == ["$40*$"]


def test_lines_and_curve_pass_through_what_the_mart_holds(figure_rows):
    rows, _ = figure_rows("worth_scatter")
    one = rows.iloc[0]
    spec = relations.worth_scatter(rows).to_dict()
    drawn = [r for rows in spec["datasets"].values() for r in rows if "fit" in r]
    at = [(r["alignment"] - one["alignment_mean"]) / one["alignment_sd"] for r in drawn]
    parts = {
        "straight line": (one["line_constant"], one["line_slope"], 0),
        "parabola": (
            one["quadratic_constant"], one["quadratic_linear"], one["quadratic_estimate"]
        ),
    }  # fmt: skip
    assert {r["fit"] for r in drawn} >= {"straight line"}
    for z, row in zip(at, drawn, strict=True):
        if row["fit"] in parts:
            a, b, c = parts[row["fit"]]
            assert row["fitted"] == pytest.approx(a + b * z + c * z**2)
    # where the relation is a straight line, so is the smooth curve
    curve = relations.smooth_curve(rows.assign(property=3 * rows["alignment"]))
    assert curve["fitted"].tolist() == pytest.approx((3 * curve["alignment"]).tolist())


def test_the_plot_holds_the_covariate_fixed_and_the_dots_count_what_is_missing(figure_rows):
    plain, partial = (
        figure_rows("worth_scatter", covariate=c)[0].set_index("unit_id")
        for c in ("none", "imagenet_top1")
    )
    moved = partial["covariate_slope"] * (partial["imagenet_top1"] - partial["covariate_mean"])
    held = plain.loc[partial.index, "property"] - moved
    assert partial["property"].tolist() == pytest.approx(held.tolist())
    assert "at mean ImageNet top-1" in relations.worth_scatter(partial).to_dict()["description"]
    rows, _ = figure_rows("worth_relations")
    rows.loc[rows["property_id"] == rows["property_id"].iloc[0], "estimate"] = None
    assert "more have none." in relations.worth_dots(rows).to_dict()["description"]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_pack(toy, tmp_path, name):
    written = pack.export(name, folder=tmp_path)
    folder = written[0].parent
    assert {p.name for p in written} == {p.name for p in folder.iterdir()}
    assert ET.parse(folder / "figure.svg").getroot().tag.endswith("svg")
    assert (folder / "figure.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    text = (folder / "provenance.json").read_text()
    provenance = json.loads(text)
    assert provenance["sha256"].keys() == {p.name for p in written} - {"provenance.json"}
    assert all(s["files"] and s["licence"] for s in provenance["sources"])
    assert str(tmp_path) not in text and str(settings.ROOT) not in text
    assert bibliography.read_bibtex(folder / "references.bib").keys() == set(provenance["cite"])
    found = pyarrow.parquet.read_table(folder / "data.parquet").to_pandas()
    pd.testing.assert_frame_equal(found, ask(toy, provenance["sql"]))
    about = ask(toy, pack._BENCHMARKS, ids=record.benchmark_ids(found))
    table = latex.figure_table(FIGURES[name], found, about)
    assert table.rows and all(len(row) == len(table.columns) for row in table.rows)
    assert not re.search(r"\bnan\b|\bNone\b", " ".join(c for row in table.rows for c in row))


def test_the_table_has_rules_labels_of_the_mart_and_its_numbers(figure_rows):
    rows, about = figure_rows(HEAT_MAP, level="region")
    made = latex.figure_table(FIGURES[HEAT_MAP], rows, about)
    table = latex.latex_table(made, "Cohort a_b: 50 % of x.")
    assert all(rule in table for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    head = r"Benchmark & and benchmark & Correlation & 95 \% interval & Models & p, Bonferroni \\"
    assert head in table
    assert r"between 5 benchmarks. Cohort a\_b: 50 \% of x.}" in table
    strongest = rows.loc[rows["estimate"].abs().idxmax()]
    low, high = strongest["ci_low"], strongest["ci_high"]
    cells = [f"${strongest['estimate']:.3f}$", f"[${low:.3f}$, ${high:.3f}$]"]
    assert made.rows[0][2:4] == cells
    long = latex.latex_table(latex.figure_table(FIGURES[HEAT_MAP], *figure_rows(HEAT_MAP)), "")
    assert r"\begin{longtable}" in long and r"\endhead" in long and r"\end{longtable}" in long


def test_numbers_of_a_table_are_written_as_their_fields_say(figure_rows):
    rows, about = figure_rows("trial_consistency")
    table = latex.figure_table(FIGURES["trial_consistency"], rows, about)
    assert table.head[2:] == ["Accuracy", "Accuracy difference", "Observed consistency",
                              r"$\kappa$ with people"]  # fmt: skip
    accuracy = rows.sort_values("error_consistency", ascending=False)["ood_accuracy"].iloc[0]
    assert table.rows[0][2] == rf"${100 * accuracy:.1f}\,\%$"
    one = fields.field("fct_benchmark_correlations", "p_bonferroni")
    shown = latex._cells(one, pd.Series([2.4e-7, 0.031, None]))
    assert shown == [r"$2.4 \cdot 10^{-7}$", "$0.031$", "--"]


def test_a_missing_entry_is_an_error_and_nothing_is_written(toy, bibliography, tmp_path):
    with pytest.raises(ExportError, match="no entry for"):
        pack.export(HEAT_MAP, folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "of", "options", "message"),
    [
        ("nothing", None, {}, "no export nothing. Known: ahlert2024_fig1_correlations"),
        (HEAT_MAP, "nope", {}, "no cohort nope. Known: .*brainscore_2024_complete"),
        (HEAT_MAP, "brainscore_2020", {}, "is empty: its source is absent|has no rows"),
        (HEAT_MAP, None, {"level": "cell"}, "with level cell, method spearman"),
        ("ahlert2024_fig2_neural_behaviour", "timm_2022_491", {}, "It has: brainscore_2024_all"),
        ("ahlert2024_fig2_neural_behaviour", None, {"level": "leaf"}, "has no level to choose"),
        ("model_profile", "resnet18", {}, r"for example: .*resnet18"),
        ("model_profile", "alxnet", {}, "for example: .*alexnet"),
    ],
)
def test_what_cannot_be_exported_is_said(toy, tmp_path, name, of, options, message):
    with pytest.raises(ExportError, match=message):
        pack.export(name, of, folder=tmp_path, **options)


def test_an_export_has_a_folder_that_every_system_takes(toy, tmp_path):
    written = pack.export("model_neighbours", "brainscore:bagnet9", folder=tmp_path)
    assert written[0].parent.name == "brainscore_bagnet9_neural_and_behavioural"


def test_the_command_lists_and_writes(toy, tmp_path):
    run = CliRunner().invoke
    assert HEAT_MAP in run(cli.main, ["export"]).output
    arguments = ["export", HEAT_MAP, "--cohort", COHORT, "--output", str(tmp_path)]
    result = run(cli.main, arguments)
    assert result.exit_code == 0, result.output
    assert all(Path(line).is_file() for line in result.output.split())
    assert run(cli.main, [*arguments[:3], "nope"]).exit_code == 1
    result = run(cli.main, ["export", "all", "--cohort", COHORT])
    assert result.exit_code == 1 and "their own cohorts" in result.output


def test_values_in_sql_are_quoted():
    sql = pack.with_values("select $a, $b", {"a": "it's", "b": ["x", "y"]})
    assert sql == "select 'it''s', ['x', 'y']"


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_exported_from_real_data(real_warehouse, tmp_path, monkeypatch, name):
    monkeypatch.setattr(settings, "WAREHOUSE", real_warehouse)
    provenance = json.loads(pack.export(name, folder=tmp_path)[-1].read_text())
    assert provenance["n_rows"] > 0 and provenance["sources"]


def marts_in(*texts: str) -> set[str]:
    place = r"(?:from\s+|join\s+|select\(\s*\")(?:marts\.)?"
    return set(re.findall(place + r"((?:dim|fct|rpt|bridge)_\w+)", " ".join(texts)))


def test_exposures_name_the_marts_that_each_page_and_figure_reads():
    pages = {p.stem: p.read_text() for p in (settings.ROOT / "app_pages").glob("*.py")}
    named = {}
    for name, exposure in record._exposures().items():
        named[name] = set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
        assert named[name] <= contracts().keys()
    for figure in FIGURES.values():
        scope = (figure.scope.sql, figure.scope.known, figure.scope.files)
        read = marts_in(figure.sql, *scope) | {"dim_benchmarks", "dim_files", "dim_sources"}
        assert read <= named[f"figure_{figure.name}"], figure.name
    constants = {k: v for domain in (relations, trials) for k, v in vars(domain).items()}
    shared = {k: v for k, v in constants.items() if isinstance(v, str) and "from marts." in v}
    for name in (n for n in named if n.startswith("app_")):
        text = pages.get(name.removeprefix("app_")) or pages[name.removeprefix("app")]
        shown = [sql for constant, sql in shared.items() if re.search(rf"\b{constant}\b", text)]
        chosen = re.findall(r'FIGURES\["(\w+)"\]', text)
        if name == "app_paper":
            chosen += [n for n in FIGURES if n.startswith(("ahlert2024_", "sucholutsky2023_"))]
        for figure in (FIGURES[n] for n in chosen):
            shown += [figure.sql, figure.scope.sql, figure.scope.known]
        assert marts_in(text, *shown) <= named[name], name
    figures = {n for n in named if n.startswith("figure_")}
    assert figures == {f"figure_{name}" for name in FIGURES}


def test_results_and_settings_are_counted_apart(use, toy_warehouse, monkeypatch):
    """A setting cannot fail, and a reading chosen by its result says so."""
    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    result = CliRunner().invoke(cli.main, ["targets"])
    assert result.exit_code == 0, result.output
    assert "results: 2 exact (2 by a reading chosen after), 2 unreachable" in result.output
    assert "settings: 2 exact" in result.output
