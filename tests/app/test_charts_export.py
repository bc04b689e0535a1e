"""Figures and the paper pack: files are valid, data equal the mart, and nothing is left uncited."""

import datetime as dt
import io
import itertools
import json
import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from click.testing import CliRunner, Result
from scipy import stats

import ingest
from app_pages._export import without_formulas
from compute.stats import shapes
from ingest import settings
from ingest.locate import SUMS, sha256_of, sums_of
from warehouse import cli, fields
from warehouse.figures import (
    FIGURES,
    agreement,
    ahlert2024,
    marks,
    missing,
    ranking,
    record,
    relations,
    theme,
    trials,
)
from warehouse.figures.fields import tooltips
from warehouse.papers import ExportError, bibliography, latex, pack

COHORT = "brainscore_2025_core50"
HEAT_MAP = "ahlert2024_fig4_correlations"

# four models on three benchmarks: V1 and V4 agree but for one swap, behaviour is V1 upside down
VALUES = {"V1.leaf": (1, 2, 3, 4), "V4_leaf": (1, 3, 2, 4), "behaviour_leaf": (4, 3, 2, 1)}
BENCHMARKS = pd.DataFrame(
    {
        **{"benchmark_id": list(VALUES), "title": [f"{b} 100 %" for b in VALUES]},
        **{"modality": ["neural", "neural", "behavioural"], "region": ["V1", None, None]},
        **{"citation": "two2021", "direction": "higher", "is_aggregate": False},
    }
)
PAIRS = pd.DataFrame(
    {"benchmark_a": a, "benchmark_b": b, "estimate": stats.spearmanr(VALUES[a], VALUES[b])[0]}
    for a, b in itertools.combinations(VALUES, 2)
).assign(cohort_id="four", level="leaf", method="spearman", n_models=4, n_tests=3)
PAIRS = PAIRS.assign(
    ci_low=PAIRS.estimate.sub(0.5).clip(-1), ci_high=PAIRS.estimate.add(0.5).clip(None, 1)
).assign(**{p: PAIRS.estimate.abs().lt(1) * 0.6 for p in ("p_value", "p_bonferroni", "p_fdr")})


def names_on_axis(chart) -> list[str]:
    tiles, *_ = chart.to_dict()["layer"]
    return tiles["encoding"]["y"]["scale"]["domain"]


def test_the_heat_map_is_square_symmetric_and_ordered():
    chart, titles = agreement.correlation_heatmap(PAIRS, BENCHMARKS), marks.titles_of(BENCHMARKS)
    (cells,) = chart.to_dict()["datasets"].values()
    seen = {(c["benchmark_x"], c["benchmark_y"]): c["estimate"] for c in cells}
    assert len(seen) == 6
    assert all(seen[b, a] == estimate for (a, b), estimate in seen.items())
    assert [c["is_significant"] for c in cells] == [False, True, False] * 2
    assert names_on_axis(chart) == [titles[b] for b in VALUES]
    shuffled = agreement.correlation_heatmap(PAIRS, BENCHMARKS.iloc[::-1])
    assert names_on_axis(shuffled) == names_on_axis(chart)
    given = list(VALUES)[::-1]
    drawn = agreement.correlation_heatmap(PAIRS, BENCHMARKS, given)
    assert names_on_axis(drawn) == [titles[b] for b in given]
    framed = agreement.correlation_heatmap(PAIRS, BENCHMARKS, chosen=("V4_leaf", "V1.leaf"))
    frames = [rows for rows in framed.to_dict()["datasets"].values() if len(rows) == 2]
    assert [{c["benchmark_x"], c["benchmark_y"]} for c in frames[0]] == [{"V1.leaf", "V4_leaf"}] * 2


def test_regions_are_marked_where_each_is_in_one_piece():
    ids = [f"b{i:02}" for i in range(16)]
    pairs = pd.DataFrame(
        PAIRS.iloc[0].to_dict() | {"benchmark_a": a, "benchmark_b": b}
        for a, b in itertools.combinations(ids, 2)
    )
    regions = ["V1"] * 8 + ["IT"] * 8
    many = pd.DataFrame({"benchmark_id": ids, "title": ids, "modality": "neural"})
    many = many.assign(region=regions)
    marked = agreement.correlation_heatmap(pairs, many).to_dict()["datasets"].values()
    (names,) = [rows for rows in marked if len(rows) == 2]
    assert [(row["area"], row["label"]) for row in names] == [("IT", "b11"), ("V1", "b03")]
    mixed = agreement.correlation_heatmap(pairs, many, [*ids[::2], *ids[1::2]])
    assert len(mixed.to_dict()["datasets"]) == 1


def test_short_titles_stay_different():
    titles = pd.Series(["Hong 2015, IT (PLS)", "Hong 2015, IT (RDM)", "Baker 2022 (mean)"])
    assert marks.short_titles(titles).tolist() == [*titles[:2], "Baker 2022"]


def luminance(colour: str) -> float:
    """Relative luminance of a colour as WCAG defines it."""
    share = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.03928, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("background", ["#ffffff", "#191918"])
def test_every_colour_is_seen_in_both_themes_and_tiles_can_be_read(background):
    ramp = [*theme.RANKS, theme.GREY, *theme.TILES.values(), *missing.STATES.values()]
    assert min(contrast(colour, background) for colour in ramp) >= 3
    assert min(contrast(colour, "#ffffff") for colour in theme.TILES.values()) >= 4.5


def test_the_scatter_ranks_among_the_models_both_scored():
    wide = pd.DataFrame(VALUES, index=list("abcd")).rename_axis("source_model_key").reset_index()
    holed = wide.melt("source_model_key", var_name="benchmark_id", value_name="score_directed")
    names = holed["source_model_key"]
    holed = holed.assign(source_model_name=names, model_id=names, variant_id="").drop(index=3)
    points = agreement.shared_models(holed, "V1.leaf", "V4_leaf")
    assert points["source_model_name"].tolist() == ["a", "b", "c"]
    assert points["rank_a"].tolist() == [3, 2, 1]
    assert points["rank_b"].tolist() == [3, 1, 2]
    told = agreement.notable_models(points)
    assert points.loc[told, "source_model_name"].tolist() == ["c", "b"]


def test_a_chart_of_more_than_5000_rows_is_drawn_too():
    ids = [f"b{i:02}" for i in range(75)]
    pairs = pd.DataFrame(
        PAIRS.iloc[0].to_dict() | {"benchmark_a": a, "benchmark_b": b}
        for a in ids
        for b in ids
        if a < b
    )
    many = pd.DataFrame({"benchmark_id": ids, "title": ids, "modality": "neural", "region": "V1"})
    drawn = theme.picture(agreement.correlation_heatmap(pairs, many), "svg")
    assert ET.fromstring(drawn).tag.endswith("svg")


def test_a_benchmark_that_is_not_public_keeps_an_empty_row(rows_of):
    rows = rows_of("rpt_ahlert2024_fig1_correlations")
    rows = rows[rows["cohort_id"] == rows["cohort_id"].iloc[0]]
    private = rows.loc[~rows["is_public"], ["benchmark_a", "benchmark_b"]]
    chart = ahlert2024.benchmark_heatmap(rows)
    assert len(names_on_axis(chart)) == rows["label_a"].nunique()
    (cells,) = chart.to_dict()["datasets"].values()
    empty = {(c["benchmark_x"], c["benchmark_y"]) for c in cells if c["estimate"] is None}
    assert empty == set(private.itertuples(index=False, name=None)) and len(private)
    first, last = (rows.loc[rows["position_a"] == p, "benchmark_a"].iloc[0] for p in (1, 11))
    few = rows.assign(estimate=0.5, n_models=125.0, is_public=True)
    few.loc[few[["benchmark_a", "benchmark_b"]].eq(last).any(axis=1), "n_models"] = 10.0
    named = few.set_index("benchmark_a")["label_a"]
    names = names_on_axis(ahlert2024.benchmark_heatmap(few))
    assert names[0] == named.at[first].iloc[0] and names[-1] == f"{named.at[last].iloc[0]} (n = 10)"
    assert names_on_axis(chart)[-1].endswith(" (absent)")


def test_the_sentence_on_attention_says_what_the_marts_say():
    claims = pd.DataFrame(
        {"cohort_id": cohort_id, "covariate": covariate, "state": "estimated", "n_units": 547}
        | {"n_families": 59, "estimate": estimate, "ci_low": -0.9, "ci_high": 0.1}
        | {"verdict": verdict}
        for cohort_id, covariate, estimate, verdict in (
            ("all_sources", "none", -0.68, "monotone"),
            ("all_sources", "imagenet_top1", -0.29, "undecided"),
            ("timm_2022_491", "none", -0.66, "monotone"),
            ("timm_2022_491", "imagenet_top1", -0.32, "undecided"),
        )
    )
    said = relations.in_one_sentence(claims)
    for part in ("−0.68 (−0.90 to 0.10)", "−0.32", "547 models of 59 families"):
        assert part in said
    assert said.endswith("(two lines, top-1 held fixed: undecided).")
    assert relations.in_one_sentence(claims.assign(state=["too_few", *["estimated"] * 3])) == ""


def test_only_shifts_beyond_ten_places_are_marked(rows_of):
    rows = rows_of("rpt_ahlert2024_fig3_rankings", level="leaf")
    rows = rows[rows["cohort_id"] == rows["cohort_id"].iloc[0]].assign(
        rank_shift=lambda r: r["rank_shift"].where(r.index > 0, 11),
        is_large_shift=lambda r: r.index == 0,
    )
    marked = [m for m in ranking.rank_strip(rows).to_dict()["layer"] if "transform" in m]
    assert [m["transform"] for m in marked] == [[{"filter": "abs(datum.shift) > 10"}]]
    table = latex.figure_table(FIGURES["ahlert2024_fig3_rankings"], rows, BENCHMARKS)
    starred = [cell for row in table.rows for cell in row if "*" in cell]
    assert len(starred) == 1


WORTH = {"cohort_id": COHORT, "alignment_id": "IT", "property_id": "ImageNet-C-noise-top1"}


def ask(path: Path, sql: str, **values: str) -> pd.DataFrame:
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(sql, values).to_arrow_table().to_pandas()


def test_lines_and_curve_are_those_of_numpy(toy):
    points = ask(toy, relations.POINTS, covariate="none", **WORTH)
    spec = relations.worth_scatter(points, labelled=["alexnet"]).to_dict()
    rows = [r for rows in spec["datasets"].values() for r in rows if "fit" in r]
    for fit, degree in (("straight line", 1), ("parabola", 2)):
        drawn = pd.DataFrame(r for r in rows if r["fit"] == fit)
        bend = np.polynomial.Polynomial.fit(points["alignment"], points["property"], degree)
        np.testing.assert_allclose(drawn["fitted"], bend(drawn["alignment"]), atol=1e-8)


def test_the_two_lines_drawn_are_those_tested():
    """Each is the least-squares line of its side of the break, and both end there."""
    random = np.random.default_rng(1)
    x = random.normal(size=60)
    points = pd.DataFrame({"alignment": x, "property": np.abs(x) + random.normal(0, 0.2, 60)})
    found = shapes.shape(x, points["property"], np.arange(60) // 2)
    lines = relations.two_lines(points.assign(**found))
    at = found["breakpoint"]
    for side, there in (("low", x <= at + 1e-9), ("high", x >= at - 1e-9)):
        line = np.polynomial.Polynomial.fit(x[there], points["property"][there], 1)
        drawn = lines[lines["side"] == side]
        assert np.isclose(drawn["alignment"], at).sum() == 1
        np.testing.assert_allclose(drawn["fitted"], line(drawn["alignment"]), atol=1e-8)
    none = relations.two_lines(points.assign(**found | {"breakpoint": np.nan}))
    assert none.empty


@pytest.mark.parametrize("covariate", ["none", "imagenet_top1"])
def test_the_points_of_the_plot_are_those_of_the_estimate(toy, covariate):
    """What is left of the property after the covariate's slope has the parabola of the mart."""
    points = ask(toy, relations.POINTS, covariate=covariate, **WORTH)
    assert len(points) == points["n_units"].iloc[0] == points["unit_id"].nunique()
    z = (points["alignment"] - points["alignment_mean"]) / points["alignment_sd"]
    bend = np.polynomial.polynomial.polyfit(z, points["property"], 2)
    columns = ["quadratic_constant", "quadratic_linear", "quadratic_estimate"]
    np.testing.assert_allclose(bend, points[columns].iloc[0].astype(float), atol=1e-8)
    description = relations.worth_scatter(points).to_dict()["description"]
    assert ("at mean ImageNet top-1" in description) == (covariate != "none")


def test_the_dots_count_the_properties_without_an_estimate(rows_of):
    rows = rows_of("fct_downstream_relations", covariate="none", transform="raw",
                   cohort_id=COHORT, alignment_id="IT")  # fmt: skip
    n = rows.drop_duplicates("property_id")["state"].eq("estimated").value_counts()
    description = relations.worth_dots(rows).to_dict()["description"]
    assert description.endswith(f"with {n[True]} properties; {n[False]} more have none.")


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
    assert {found[0].text(absent) for absent in (float("nan"), None, pd.NA, pd.NaT)} == {""}
    with pytest.raises(KeyError, match="fct_made_up has no column p"):
        fields.field("fct_made_up", "p")
    lines = tooltips("fct_made_up", "n_models", ("x:N", "Else"))
    assert [line.to_dict()["title"] for line in lines] == ["Models", "Else"]


def test_shared_fields_are_columns_of_marts():
    project = settings.DBT_PROJECT
    known = {c for columns in fields._marts(project).values() for c in columns}
    assert fields._shared_fields(project).keys() <= known


@pytest.fixture
def toy(toy_warehouse, monkeypatch) -> Path:
    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    return toy_warehouse


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("which", ["toy_warehouse", "real_warehouse"])
def test_every_figure_has_its_pack(request, monkeypatch, tmp_path, which, name):
    warehouse = request.getfixturevalue(which)
    monkeypatch.setattr(settings, "WAREHOUSE", warehouse)
    written = pack.export(name, folder=tmp_path)
    folder = written[0].parent
    assert {p.name for p in written} == {p.name for p in folder.iterdir()}
    assert ET.parse(folder / "figure.svg").getroot().tag.endswith("svg")
    assert (folder / "figure.pdf").read_bytes().startswith(b"%PDF-")
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    provenance = json.loads((folder / "provenance.json").read_text())
    assert sums_of(folder) == {p.name: sha256_of(p) for p in written if p.name != SUMS}
    found = pyarrow.parquet.read_table(folder / "data.parquet").to_pandas()
    pd.testing.assert_frame_equal(found, ask(warehouse, provenance["sql"]))
    assert provenance["n_rows"] == len(found) > 0 and provenance["sources"]
    benchmarks = ask(warehouse, "from marts.dim_benchmarks")
    table = latex.figure_table(FIGURES[name], found, benchmarks)
    assert table.rows and all(len(row) == len(table.columns) for row in table.rows)
    assert not re.search(r"\bnan\b|None", " ".join(c for row in table.rows for c in row))


@pytest.fixture
def heat_map(toy, tmp_path) -> Path:
    return pack.export(HEAT_MAP, COHORT, level="region", folder=tmp_path)[0].parent


def test_the_table_has_rules_labels_of_the_mart_and_escaped_names(heat_map):
    table = (heat_map / "table.tex").read_text()
    assert all(rule in table for rule in (r"\toprule", r"\midrule", r"\bottomrule"))
    head = r"Benchmark & and benchmark & Correlation & 95 \% interval & Models & p, Bonferroni \\"
    assert head in table
    assert table.count(r" \\") == 1 + 10
    cells = re.findall(r"& (?:\{\\boldmath)?\$(-?\d\.\d{3})\$\}? &", table)
    estimates = [float(cell) for cell in cells]
    strengths = [abs(e) for e in estimates]
    assert len(strengths) == 10 and strengths == sorted(strengths, reverse=True)
    assert "Cohort: " in table and "n = " in table and r"\cite{" in table
    made = latex.figure_table(FIGURES[HEAT_MAP], PAIRS, BENCHMARKS)
    assert made.rows[0][:3] == [
        r"V1.\allowbreak{}leaf 100 \%",
        r"behaviour\_\allowbreak{}leaf 100 \%",
        r"{\boldmath$-1.000$}",
    ]


def test_numbers_of_a_table_are_written_as_their_fields_say(rows_of):
    rows = rows_of("fct_dataset_behaviours")
    table = latex.figure_table(FIGURES["trial_consistency"], rows, BENCHMARKS)
    assert table.head[2:] == ["Accuracy", "Accuracy difference", "Observed consistency",
                              r"$\kappa$ with people", "Near ceiling"]  # fmt: skip
    cells = table.rows[0][2]
    assert re.fullmatch(r"\$\d+\.\d\\,\\%\$", cells)
    one = fields.field("fct_benchmark_correlations", "p_bonferroni")
    shown = latex._cells(one, pd.Series([2.4e-7, 0.031, None]))
    assert shown == [r"$2.4 \cdot 10^{-7}$", "$0.031$", "--"]


def test_a_long_table_says_how_much_of_it_is_shown():
    made = latex.figure_table(FIGURES[HEAT_MAP], pd.concat([PAIRS] * 20), BENCHMARKS)
    table = latex.latex_table(made, latex.escape_latex("Cohort a_b: 50 % of x"))
    assert "the first 20 of 60 rows" in table and r"a\_b: 50 \% of x.}" in table


def test_the_provenance_names_sources_and_hides_the_machine(heat_map, rows_of, tmp_path):
    text = (heat_map / "provenance.json").read_text()
    provenance = json.loads(text)
    (source,) = provenance["sources"]
    mart = rows_of("dim_sources", source_id="brainscore_leaderboard_2025_05").iloc[0]
    assert source["source_id"] == mart["source_id"] and source["licence"] == mart["licence"]
    assert source["commit"] == mart["commit_id"]
    loaded = rows_of("dim_files", source_id=mart["source_id"])["sha256"]
    assert {f["sha256"] for f in source["files"]} <= set(loaded)
    cohort = rows_of("dim_cohorts", cohort_id=COHORT).iloc[0]
    assert provenance["n_models"] == [cohort["n_models"]] * 2
    assert provenance["n_rows"] == 10
    assert provenance["cohort"]["description"] == cohort["description"]
    assert str(tmp_path) not in text and str(settings.ROOT) not in text


def test_only_the_cited_entries_are_in_the_bibliography(heat_map, rows_of):
    found = bibliography.read_bibtex(heat_map / "references.bib").keys()
    known = bibliography.read_bibtex(settings.REFERENCES)
    sources = rows_of("dim_sources", source_id="brainscore_leaderboard_2025_05")["citation"].item()
    assert set(sources.split(", ")) <= set(found) < set(known)


def test_a_missing_entry_is_an_error_and_nothing_is_written(toy, tmp_path, monkeypatch):
    small = tmp_path / "references.bib"
    small.write_text("% An @ and a { brace.\n@misc{one2020, title = {One {Nested} Title}}")
    assert bibliography.read_bibtex(small).keys() == {"one2020"}
    monkeypatch.setattr(settings, "REFERENCES", small)
    with pytest.raises(ExportError, match="no entry for "):
        pack.export(HEAT_MAP, COHORT, folder=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "of", "options", "message"),
    [
        ("nothing", COHORT, {}, "no export 'nothing'. Known"),
        (HEAT_MAP, "nope", {}, "no cohort nope. Known"),
        (HEAT_MAP, "wichmann_2020", {}, "its source is absent"),
        (HEAT_MAP, COHORT, {"level": "nowhere"}, "with level nowhere, method spearman"),
        ("ahlert2024_fig2_neural_behaviour", COHORT, {}, "has no rows of the .*Known: other"),
        ("ahlert2024_fig2_neural_behaviour", COHORT, {"level": "leaf"}, "has no level to choose"),
        ("model_profile", "alxnet", {}, r"Known are \d+, for example: alexnet"),
    ],
)
def test_what_cannot_be_exported_is_said(toy, tmp_path, monkeypatch, name, of, options, message):
    changed = Path(shutil.copyfile(toy, tmp_path / "warehouse.duckdb"))
    with duckdb.connect(changed) as con:
        con.execute("update marts.rpt_ahlert2024_fig2_neural_behaviour set cohort_id = 'other'")
    monkeypatch.setattr(settings, "WAREHOUSE", changed)
    monkeypatch.setattr(ingest, "MANY_NAMES", 2)
    with pytest.raises(ExportError, match=message):
        pack.export(name, of, folder=tmp_path, **options)


def test_the_second_snapshot_of_a_rule_is_named(toy, tmp_path):
    """The rule of this cohort looks at the accuracies of 2024, too."""
    written = pack.export(HEAT_MAP, "brainscore_2025_core50_floor", folder=tmp_path)
    sources = json.loads((written[0].parent / "provenance.json").read_text())["sources"]
    assert [s["source_id"] for s in sources] == [
        "brainscore_leaderboard_2025_05",
        "brainscore_snapshot_2024_01_01",
    ]


def test_an_export_takes_the_place_of_nothing_but_an_export(toy, tmp_path):
    """A caption that was edited, a list of somebody's own: all is as it was, and named."""
    folder = tmp_path / "out"

    def export(level: str) -> list[Path]:
        found = pack.read(HEAT_MAP, COHORT, level=level)
        files = pack.made(found, theme.Page(), 20)
        return pack.write({Path(path).name: content for path, content in files.items()}, folder)

    assert export("region") == export("region")
    caption, sums, data = (folder / name for name in ("figure.tex", SUMS, "data.csv"))
    before = data.read_bytes()
    export("leaf")  # untouched, and other content
    assert data.read_bytes() != before
    as_written = caption.read_bytes()
    for spoilt, content in ((caption, b"mine"), (sums, b"0  thesis.pdf\n")):
        kept, before = spoilt.read_bytes(), {p: p.read_bytes() for p in folder.iterdir()}
        spoilt.write_bytes(content)
        with pytest.raises(ExportError, match=rf"nothing was written.*: .*{spoilt.name}$"):
            export("region")
        assert {p: p.read_bytes() for p in folder.iterdir()} == before | {spoilt: content}
        spoilt.write_bytes(kept)
    sums.unlink()
    assert export("leaf") and caption.read_bytes() == as_written  # nothing would be lost


def test_an_export_of_a_model_has_a_folder_that_every_system_takes(toy, tmp_path):
    written = pack.export("model_profile", "scaling:alexnet_ecoset_100_seed-0", folder=tmp_path)
    name = written[0].parent.name
    assert re.fullmatch(r"scaling_alexnet_ecoset_100_seed-0_neural_[0-9a-f]{8}", name)


def test_the_command_lists_and_writes(toy, tmp_path):
    run = CliRunner().invoke
    assert HEAT_MAP in run(cli.main, ["export"]).output
    arguments = ["export", HEAT_MAP, "--cohort", COHORT, "--output", str(tmp_path)]
    result = run(cli.main, arguments)
    assert result.exit_code == 0, result.output
    assert all(Path(line).is_file() for line in result.output.split())
    assert run(cli.main, [*arguments[:3], "nope"]).exit_code == 1
    result = run(cli.main, ["export", "paper", "--cohort", COHORT])
    assert result.exit_code == 1 and "their own cohorts" in result.output


def test_values_in_sql_are_quoted():
    sql = pack.with_values("select $a, $b", {"a": "it's", "b": ["x", "y"]})
    assert sql == "select 'it''s', ['x', 'y']"


def marts_in(*texts: str) -> set[str]:
    found = re.findall(r"(?:from|join)\s+(?:marts\.)?((?:dim|fct|rpt|bridge)_\w+)", " ".join(texts))
    return set(found)


def test_exposures_name_the_marts_that_each_page_and_figure_reads():
    pages = {p.stem: p for p in (settings.ROOT / "app_pages").glob("*.py")}
    named = {}
    for name, exposure in record._exposures().items():
        named[name] = set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
        assert named[name] <= fields._marts(settings.DBT_PROJECT).keys()
    for figure in FIGURES.values():
        scope = (figure.scope.sql, figure.scope.known, figure.scope.files)
        behind = {"dim_benchmarks", "dim_files", "dim_sources"}
        read = marts_in(figure.sql, *scope) | behind
        assert read <= named[f"figure_{figure.name}"], figure.name
    constants = {k: v for domain in (relations, trials) for k, v in vars(domain).items()}
    shared = {k: v for k, v in constants.items() if isinstance(v, str) and "from marts." in v}
    for name in (n for n in named if n.startswith("app_")):
        page = pages.get(name.removeprefix("app_")) or pages[name.removeprefix("app")]
        text = page.read_text()
        shown = [sql for constant, sql in shared.items() if re.search(rf"\b{constant}\b", text)]
        chosen = re.findall(r'FIGURES\["(\w+)"\]', text)
        printed = {"app_paper": "ahlert2024_", "app_worth": "sucholutsky2023_"}.get(name)
        chosen += [n for n in FIGURES if printed and n.startswith(printed)]
        for figure in (FIGURES[n] for n in chosen):
            shown += [figure.sql, figure.scope.sql, figure.scope.known]
        assert marts_in(text, *shown) <= named[name], name
    figures = {n for n in named if n.startswith("figure_")}
    assert figures == {f"figure_{name}" for name in FIGURES}


def test_a_reading_chosen_by_its_result_is_counted(toy, rows_of):
    """Beside the number of targets of each status."""
    result = CliRunner().invoke(cli.main, ["targets"])
    assert result.exit_code == 0, result.output
    targets = rows_of("rpt_paper_targets")
    exact = targets[targets["status"] == "exact"]
    chosen = exact["is_post_hoc"].sum()
    assert f"{len(exact)} exact" in result.output and len(exact) > 0
    assert not chosen or f"({chosen} by a reading chosen after)" in result.output


def test_next_lists_the_runs_of_a_cohort_or_a_model(toy, rows_of):
    """Every run there is; what is not there is named, with what could be meant."""

    def aw_next(*options: str) -> Result:
        return CliRunner().invoke(cli.main, ["next", *options])

    runs = rows_of("rpt_next_measurements", cohort_id="brainscore_2025_all")
    found = aw_next("--cohort", "brainscore_2025_all", "--format", "csv", "--top", "99")
    assert found.exit_code == 0 and len(pd.read_csv(io.StringIO(found.output))) == len(runs) > 0
    for column in ("source_model_name", "model_id"):
        name = runs[column].iloc[0]
        result = aw_next("--model", name, "--cohort", "brainscore_2025_all")
        assert result.exit_code == 0, result.output
        assert result.output.count("brainscore_2025_all") == (runs[column] == name).sum()
    ranks = rows_of("rpt_predicted_ranks", n_missing=0)
    complete = set(ranks["model_id"]) - set(rows_of("rpt_next_measurements")["model_id"])
    for options, said in (
        ((), "what of?"),
        (("--cohort", "brainscore_2025"), "no cohort 'brainscore_2025'"),
        (("--model", "nobody"), "no model 'nobody'"),
        (("--model", min(complete)), "no score is missing"),
    ):
        result = aw_next(*options)
        assert result.exit_code != 0 and said in result.output


def test_a_spreadsheet_runs_nothing_of_a_download():
    """Text that begins as a formula is marked; numbers and other text stay."""
    texts = ["=1+1", "+A1", "@SUM(A1)", "-cmd", "\tx", "-.5", "-3", "=", "plain"]
    rows = pd.DataFrame({"text": texts, "number": [-1.0] * len(texts)})
    safe = without_formulas(rows)
    assert list(safe["text"][:5]) == [f"'{text}" for text in texts[:5]]
    assert list(safe["text"][5:]) == texts[5:]
    assert safe["number"].equals(rows["number"])
