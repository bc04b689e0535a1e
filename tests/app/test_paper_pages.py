"""Missing scores, the two papers, sources, SQL and words, on the toy and the real warehouse."""

import re

import pytest
from shown import COHORT, MEMBERS, opened, table, texts

PRINTED = "figures-and-printed-numbers"


def test_the_missing_page_gives_states_and_verdicts(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "missing")
    cohort = app.selectbox(key="cohort").value
    snapshot = rows_of("dim_cohorts", cohort_id=cohort)["snapshot_id"].item()
    states = rows_of("rpt_cell_states", snapshot_id=snapshot, is_aggregate=False)
    n = states.groupby("state")["n_cells"].sum()
    said = texts(app)
    assert f"Of the {n.sum():,} scores" in said
    assert f": {100 * n['never_run'] / n.sum():.0f} % were never run" in said
    conclusions = rows_of("rpt_conclusions", cohort_id=cohort).drop_duplicates("conclusion_id")
    hold = conclusions["survives_all"].sum()
    assert f"Of {len(conclusions)} conclusions of Ahlert et al. (2024) **{hold} hold" in said


def test_what_to_measure_next_is_listed_for_all_and_for_one(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "missing", tab="what-to-measure-next")
    runs = rows_of("rpt_next_measurements", cohort_id=app.selectbox(key="cohort").value)
    assert len(table(app, "rank_width_after")) == len(runs) > 0
    checks = rows_of("rpt_prediction_checks", cohort_id=app.selectbox(key="cohort").value)
    assert len(table(app, "coverage")) == len(checks)
    # too few models of the toy are complete for an interval, and the page says so
    assert runs["rank_width"].isna().all() and "how wide an interval has to be" in texts(app)
    model = runs["model_id"].iloc[0]
    app.selectbox(key="model").set_value(model).run()
    assert len(table(app, "rank_width_after")) == (runs["model_id"] == model).sum()
    assert f"aw next --model {model} --cohort" in opened(app)


def test_the_theory_page_places_models_on_the_curve(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "worth", tab="theory")
    networks = rows_of("rpt_alignment_capacities", stimulus_set_id="objects92", target="behaviour",
                       distance="cosine")  # fmt: skip
    best = networks.loc[~networks["is_control"]].sort_values("estimate").iloc[-1]
    assert f"{100 * best['estimate']:.1f} %" in texts(app)


def test_the_worth_page_gives_the_numbers_of_its_pair(use, toy_warehouse, rows_of):
    chosen = {"alignment": "IT", "property": "ImageNet-C-noise-top1"}
    app = use(toy_warehouse, "worth", worth_cohort=COHORT, **chosen)
    ids = {"alignment_id": "IT", "property_id": "ImageNet-C-noise-top1"}
    rows = rows_of("fct_downstream_relations", cohort_id=COHORT, **ids, covariate="none",
                   transform="raw").set_index("method")  # fmt: skip
    shown = table(app, "transform", "estimate")
    plain = shown[(shown["transform"] == "Alignment") & (shown["covariate"].str.startswith("Noth"))]
    found = dict(zip(plain["method"].str.lower(), plain["estimate"], strict=True))
    assert found == pytest.approx(rows["estimate"].to_dict())
    assert f"{len(MEMBERS)} models of " in texts(app)
    groups = table(app, "model_group", "mean")
    mart = rows_of("fct_high_mid_low", cohort_id=COHORT, **ids)
    assert sorted(groups["mean"]) == pytest.approx(sorted(mart["mean"]))


def test_a_pair_without_an_estimate_says_why(use, toy_warehouse, rows_of):
    few = rows_of("fct_downstream_relations", cohort_id="timm_2022_491", state="too_few").iloc[0]
    address = {"alignment": few["alignment_id"], "property": few["property_id"]}
    app = use(toy_warehouse, "worth", worth_cohort="timm_2022_491", **address)
    assert app.info[0].value == f"Only {few['n_units']} models have both; ten are needed."
    assert "; by two lines" not in texts(app)


@pytest.mark.parametrize(("page", "paper"), [("paper", "ahlert2024"), ("worth", "sucholutsky2023")])
def test_a_paper_shows_every_figure_and_filters_targets(use, toy_warehouse, rows_of, page, paper):
    from warehouse.figures import FIGURES

    figures = [name for name in FIGURES if name.startswith(f"{paper}_")]
    assert len(figures) >= 5
    for name in figures:
        app = use(toy_warehouse, page, tab=PRINTED, **{f"figure_{paper}": name})
        assert not app.exception and f"aw export {name}" in opened(app)
    app = use(toy_warehouse, page, tab=PRINTED, status="unreachable")
    shown = table(app, "status", "quantity")
    targets = rows_of("rpt_paper_targets", paper=paper)
    n = targets["status"].value_counts()
    assert len(set(shown["status"])) == 1 and len(shown) == n["unreachable"] > 0
    n_exact = (targets["status"].eq("exact") & ~targets["is_post_hoc"]).sum()
    assert f"**{n_exact} of {len(targets)} printed numbers" in texts(app)


def test_sources_show_loads_tests_and_lineage(use, toy_warehouse, ask):
    app = use(toy_warehouse, "sources", source="imagenet_testbed")
    assert "aw fetch imagenet_testbed\naw build" in [c.value for c in app.code]
    said = texts(app)
    assert "None of its files is loaded" in said
    n = ask("select count(*) filter (n_files > 0) as n, sum(is_present::int) as p from dim_sources")
    assert f"**{n['p'].item():.0f} of {n['n'].item()} sources are here**" in said
    passed = "select count(*) as n from quality.test_results where status = 'pass'"
    n_tests = ask(passed)["n"].item()
    assert f"{n_tests:,} tests ran when this file was built and passed" in said and n_tests > 500
    assert f"{n_tests:,} tests ran" in texts(use(toy_warehouse, "sources", tab="tests"))
    said = texts(use(toy_warehouse, "sources", tab="lineage", node="int_scores_unioned"))
    assert "stg_timm_results__results_2025_10_30 (staging)" in said
    assert "int_scores_evidenced (intermediate)" in said


def test_every_word_has_a_place_of_its_own(use, toy_warehouse):
    from app_pages._glossary import TERMS

    shown = "".join(e.proto.body for e in use(toy_warehouse, "glossary").get("html"))
    places = re.findall(r'<dt id="([^"]+)">', shown)
    assert len(set(places)) == len(TERMS) == shown.count("<dd>")


def test_examples_run_on_the_real_warehouse(real_warehouse):
    from app_pages import sql as page
    from warehouse.sandbox import run_sql

    for question, statement in page.EXAMPLES.items():
        result = run_sql(statement, path=real_warehouse)
        assert result.error is None, f"{question}: {result.error}"
        assert result.table.num_rows > 0, question


def test_sql_runs_and_an_attack_is_only_an_error(use, toy_warehouse):
    app = use(toy_warehouse, "sql", sql="select 6 * 7 as answer")
    app.button[0].click().run()
    assert app.dataframe[0].value["answer"].tolist() == [42]
    app.text_area(key="sql").set_value("copy dim_models to '/tmp/stolen.csv'").run()
    app.button[0].click().run()
    assert app.error[0].value == "The query did not run."
    assert "COPY is not allowed" in app.code[0].value
