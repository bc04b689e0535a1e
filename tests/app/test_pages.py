"""Every page, on a toy, an empty, a missing, a replaced and the real warehouse."""

from __future__ import annotations

import re
import threading
from urllib.parse import unquote

import numpy as np
import pytest
import yaml
from conftest import MARTS, PAGES, SCORES, contracts, make_warehouse, toy_rows
from scipy import stats

from ingest import settings
from warehouse import db


def names(board) -> list[str]:
    """Published names in the table of ranks, which links them."""
    return [unquote(link.partition("#")[2]) for link in board["model"]]


def metrics(app) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def texts(app) -> str:
    elements = [*app.info, *app.warning, *app.success, *app.markdown, *app.caption, *app.code]
    return "\n".join(str(e.value) for e in elements)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_renders_on_the_toy(use, toy_warehouse, page):
    app = use(toy_warehouse, page)
    assert not app.exception and not app.error
    assert app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_renders_on_the_real_warehouse(use, real_warehouse, page):
    app = use(real_warehouse, page)
    assert not app.exception and not app.error
    assert app.title[0].value


@pytest.mark.parametrize("page", PAGES)
def test_a_page_renders_when_every_mart_is_empty(use, empty_warehouse, page):
    app = use(empty_warehouse, page)
    assert not app.exception and not app.error
    if page != "sql":
        assert "make warehouse" in texts(app) or "aw build" in texts(app)


def test_a_missing_warehouse_is_said_with_the_command(use, tmp_path):
    app = use(tmp_path / "none.duckdb")
    assert not app.exception
    assert app.title[0].value == "There is no warehouse yet"
    assert app.code[0].value == "make warehouse"


@pytest.mark.parametrize("page", ["agreement", "ranking"])
def test_an_absent_source_is_named_with_the_command(use, toy_warehouse, page):
    app = use(toy_warehouse, page, cohort="absent")
    assert not app.exception
    assert "**gone**" in app.info[0].value
    assert app.code[0].value.startswith("aw fetch gone\n")


def test_the_overview_says_what_is_missing(use, toy_warehouse):
    app = use(toy_warehouse)
    assert "1 of 2 sources are absent" in app.warning[0].value
    assert "aw fetch gone\naw build" in [c.value for c in app.code]
    assert "1 of 2 sources present, 1 absent" in app.sidebar.caption[0].value
    assert metrics(app) == {
        "Published scores": "12",
        "Models": "4",
        "Benchmarks": "3",
        "Snapshots": "1",
    }


def test_a_new_build_is_seen(use, tmp_path):
    path = make_warehouse(tmp_path / "warehouse.duckdb", toy_rows())
    app = use(path)
    assert metrics(app)["Published scores"] == "12"
    db.publish(make_warehouse(tmp_path / "next.duckdb", toy_rows(n_scores=7)), path)
    app.run()
    assert not app.exception
    assert metrics(app)["Published scores"] == "7"


def test_the_pair_shows_what_the_mart_holds(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", a="V4_leaf", b="V1.leaf")
    assert app.selectbox(key="a").value == "V4_leaf"
    shown = metrics(app)
    assert shown["Correlation"] == "0.800"
    assert shown["95 % interval"] == "0.30 to 1.00"
    assert shown["Models"] == "4"
    assert shown["p, corrected"] == "0.600"
    assert shown["Mean correlation"] == "-0.333"


def test_choices_stand_in_the_address_and_come_back_from_it(use, toy_warehouse):
    app = use(toy_warehouse, "agreement")
    app.selectbox(key="b").set_value("V4_leaf").run()
    address = {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}
    assert address["b"] == "V4_leaf" and address["cohort"] == "toy"
    again = use(toy_warehouse, "agreement", **address)
    assert again.selectbox(key="b").value == "V4_leaf"
    assert metrics(again) == metrics(app)


def test_a_stale_address_falls_back(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort="no_such", a="nothing", method="x")
    assert not app.exception
    assert app.selectbox(key="cohort").value == "toy"


def test_a_metric_is_never_paired_with_itself(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort="toy", a="V1.leaf", b="V1.leaf")
    assert not app.exception
    assert app.selectbox(key="b").value != "V1.leaf"


def test_large_shifts_are_flagged_and_names_searched(use, toy_warehouse):
    app = use(toy_warehouse, "ranking", cohort="toy")
    board = app.dataframe[0].value
    assert board["shift_mean_rank"].tolist() == [0, 0, 1, 11]
    assert board["flag"].tolist() == ["", "", "", "⚑"]
    app.text_input(key="search").set_value("RESNET").run()
    assert names(app.dataframe[0].value) == ["resnet_50"]
    app.selectbox(key="scheme").set_value("mean_rank").run()
    assert not app.exception


def test_sql_runs_and_an_attack_is_only_an_error(use, toy_warehouse):
    app = use(toy_warehouse, "sql", sql="select 6 * 7 as answer")
    app.button[0].click().run()
    assert app.dataframe[0].value["answer"].tolist() == [42]
    app.text_area(key="sql").set_value("copy dim_models to '/tmp/stolen.csv'").run()
    app.button[0].click().run()
    assert not app.exception
    assert app.error[0].value == "The query did not run."
    assert "COPY is not allowed" in app.code[0].value


def test_examples_run_on_the_real_warehouse(use, real_warehouse):
    from app_pages import sql as page
    from warehouse.sandbox import run_sql

    for question, statement in page.EXAMPLES.items():
        result = run_sql(statement, path=real_warehouse)
        assert result.error is None, f"{question}: {result.error}"
        assert result.table.num_rows > 0, question


def test_the_heat_map_can_be_ordered_by_similarity(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort="toy", order="similarity")
    assert not app.exception
    assert app.selectbox(key="order").value == "similarity"


def test_what_agreement_depends_on_is_shown(use, toy_warehouse):
    app = use(toy_warehouse, "sensitivity", cohort="toy", confidence="exact_weights")
    assert not app.exception
    steps, links, crossed, loadings = (d.value for d in app.dataframe)
    assert steps["step"].tolist() == [1, 2] and links["confidence"].tolist()[0] == "exact_weights"
    assert crossed["benchmark_b"].tolist() == ["V4_leaf"]
    # one component of two is above chance, and only that one is listed
    assert loadings.columns.tolist() == ["benchmark_id", "1"]
    assert "**1** explain more" in texts(app)


def test_a_counterexample_is_laid_out(use, toy_warehouse):
    app = use(toy_warehouse, "schemes", cohort="toy")
    assert not app.exception
    verdicts, before, after = (d.value for d in app.dataframe[-3:])
    assert verdicts.shape == (2, 1)
    assert before["Rank"].tolist()[:2] == [2, 1] and before["Rank"].isna().tolist()[2]
    assert after["Rank"].tolist() == [1.5, 1.5]


def test_a_subset_is_ranked_anew(use, toy_warehouse):
    whole = use(toy_warehouse, "ranking", cohort="toy").dataframe[0].value
    assert names(whole)[0] == "alexnet"
    app = use(toy_warehouse, "ranking", cohort="toy", metrics="V1.leaf", model_patterns="*net*, u*")
    assert not app.exception, app.exception
    board = app.dataframe[0].value
    # on V1 alone the order of the toy is turned round; vit is not among the chosen
    assert names(board) == ["untrained", "resnet_50", "alexnet"]
    assert board["n_benchmarks"].tolist() == [1, 1, 1]
    assert "3 models on 1 benchmarks" in app.success[0].value
    shown = "\n".join(c.value for c in app.code)
    assert "--benchmarks V1.leaf" in shown and "--models '*net*,u*'" in shown


def test_a_subset_that_fits_nothing_is_said(use, toy_warehouse):
    app = use(toy_warehouse, "ranking", cohort="toy", model_patterns="nobody*")
    assert not app.exception
    assert "no model of toy fits 'nobody*'" in app.code[0].value


def test_the_missing_page_gives_states_verdicts_and_bounds(use, toy_warehouse):
    app = use(toy_warehouse, "missing")
    assert not app.exception
    shown = metrics(app)
    assert shown["Cells"] == "12" and shown["Never run"] == "3 (25%)"
    assert "disagree on 3 cells" in texts(app)
    assert "1 of 3** conclusions of Ahlert et al." in texts(app)
    assert "thresholds are ours" in texts(app)
    verdicts = app.dataframe[1].value
    assert verdicts["Missing counts as zero"].tolist() == [
        "holds (0.5 [0.4, 0.6])",
        "fails (0.5 [0.4, 0.6])",
        "undecided (0.5 [0.4, 0.6])",
    ]
    assert "**2 of 4** models could then be first" in texts(app)
    assert "4 could be first and the typical model" in texts(app)


def test_the_paper_page_shows_every_figure_and_filters_targets(use, toy_warehouse):
    from warehouse.papers.export import EXPORTS

    for name, made in EXPORTS.items():
        if not name.startswith(("ahlert2024_", "sucholutsky2023_")):
            continue
        paper = name.partition("_")[0]
        app = use(toy_warehouse, "paper", paper=paper, status="unreachable")
        app.selectbox(key=f"figure_{paper}").set_value(name).run()
        assert not app.exception, name
        of = {"cohort_id": "--cohort toy", "snapshot_id": "--snapshot here_2020"}[made.scope.key]
        assert f"aw export {name} {of}" in "\n".join(c.value for c in app.code)
        board = app.dataframe[-1].value
        assert board["status"].tolist() == ["unreachable"]
    assert metrics(app) == {
        "Results: exact": "1",
        "Results: unreachable": "1",
        "Settings: exact": "1",
    }
    assert "1 rest on a reading that was chosen by what comes out (1 of the exact" in texts(app)


def test_tables_of_sucholutsky2023_say_what_they_show_and_cannot(use, toy_warehouse):
    app = use(toy_warehouse, "paper", paper="sucholutsky2023")
    said = texts(app)
    assert "inferred from the printed numbers, not the authors' statement" in said
    assert "**High 5** lie above Mid 5 in 1 of 1 cells: in 1 by more than random fives" in said
    assert "**Low 5** lie above Mid 5 in 0 of 1 cells: in 0 by" in said
    assert "Neither was published for these models" in said
    app.selectbox(key="figure_sucholutsky2023").set_value("sucholutsky2023_table2").run()
    assert "1 of the 1 printed p-values are what the printed correlation implies" in texts(app)
    assert app.dataframe[-1].value["paper"].unique().tolist() == ["sucholutsky2023"]
    app.selectbox(key="printed_sucholutsky2023").set_value("any").run()
    assert sorted(app.dataframe[-1].value["paper"].unique()) == ["ahlert2024", "sucholutsky2023"]


def test_the_theory_page_places_models_on_the_curve(use, toy_warehouse):
    app = use(toy_warehouse, "theory")
    said = texts(app)
    assert "**clip**, agrees on 60.0% of triplets" in said
    assert "**0.030 bits** [0.015, 0.060], so each useful bit costs 33 triplets" in said
    assert "Of 2 networks 1 lie left of ½" in said and "and 0 right of it" in said
    assert "It must read ≠" in said
    assert app.dataframe[0].value["triplets_needed"].tolist() == [5.5]


def test_the_trials_page_shows_every_view(use, toy_warehouse):
    app = use(toy_warehouse, "trials")
    assert not app.exception
    assert metrics(app)["People among themselves"] == "κ 0.400"
    assert metrics(app)["Most consistent model"] == "κ 0.300"
    board = app.dataframe[0].value
    assert board["observer_id"].tolist() == ["clip", "alexnet"]
    app = use(toy_warehouse, "trials", dataset="cue-conflict", kind="human-human")
    assert app.dataframe[0].value["error_consistency"].tolist() == [0.4]
    assert "order 2 models by κ with people" in texts(app).replace("Two halves", "two halves")
    app = use(toy_warehouse, "trials", view="shape")
    assert app.dataframe[0].value["shape_bias"].tolist() == [0.9, 0.9, 0.2, 0.2]
    app = use(toy_warehouse, "trials", view="accuracy", one_dataset="cue-conflict")
    assert "Averages leave out strong" in texts(app)
    app = use(toy_warehouse, "trials", view="images", one_dataset="cue-conflict")
    assert app.subheader[0].value == "Every answer to cat1.png"
    assert app.dataframe[1].value["response"].tolist() == ["cat", "cat", "dog", "dog"]
    app = use(toy_warehouse, "trials", view="confusions", observer="here/clip")
    assert not app.exception and app.selectbox(key="observer").value == "here/clip"


def test_the_geometry_page_shows_alignment_and_probes(use, toy_warehouse):
    app = use(toy_warehouse, "geometry", geometry_metric="triplet", head="logistic")
    assert not app.exception
    shown = texts(app)
    assert "92 images by 16 people" in shown
    # the three pretrained models stand in one order under both metrics
    assert "Over the 3 pretrained models" in shown and "correlation of 1.00" in shown
    assert "rest of 100 images, 2 times" in shown
    # no ceiling of triplets is known: half against half, which is said to lie below it
    assert "(0.730) is how far the means of two halves of the people agree" in shown
    assert "1 of 2 pretrained models lie above the mean of the 2 untrained networks" in shown
    app = use(toy_warehouse, "geometry", geometry_metric="spearman")
    assert "(0.880) is the ceiling of what is compared, a model with the mean of" in texts(app)


def test_the_worth_page_gives_numbers_shape_and_claims(use, toy_warehouse):
    app = use(toy_warehouse, "worth")
    assert not app.exception
    assert app.selectbox(key="worth_cohort").options == ["Toy (10)"]
    shown = metrics(app)
    assert shown["Pearson"] == "0.50" and shown["Models"] == "10" and shown["Families"] == "2"
    assert shown["Is it a U?"] == "undecided"
    said = texts(app)
    assert "z² +1 (se 0.2, p 0.001; over families p none), turning at 3.8, inside" in said
    assert "slope -1 per sd below (p 0.010" in said and "+2 above (p < .001" in said
    assert len(app.dataframe[0].value) == 8
    assert "Of all 1 pairs, nothing held fixed, z² alone finds a U in 1. Two lines" in said
    assert "**It cannot be said (1):** IT × ImageNet-C." in said
    assert "Without an estimate: 1 too few." in said
    assert "The 3 models of highest, middling and lowest alignment" in [
        s.value for s in app.subheader
    ]
    groups = next(d.value for d in app.dataframe if "model_group" in d.value)
    assert groups["model_group"].tolist() == ["High", "Mid", "Low"]
    assert groups["mean"].tolist() == [3.0, 2.0, 1.0]


def test_a_pair_without_an_estimate_says_why(use, toy_warehouse):
    address = {"property": "V1.leaf", "covariate": "imagenet_top1", "transform": "z2"}
    app = use(toy_warehouse, "worth", **address)
    assert not app.exception
    assert app.info[0].value == "Only 3 models have both; ten are needed."
    assert "Pearson" not in metrics(app)
    assert len(app.dataframe[0].value) == 8
    again = {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}
    assert again.items() >= address.items()


def test_a_model_has_names_places_ranks_and_neighbours(use, toy_warehouse):
    app = use(toy_warehouse, "model", model="alexnet")
    assert not app.exception
    assert metrics(app)["Parameters"] == "61.0 M" and metrics(app)["First listed"] == "2020-01"
    frames = {next(iter(d.value.columns)): d.value for d in app.dataframe}
    assert frames["source_model_name"]["source_model_name"].tolist() == ["old alexnet"]
    assert "are **not** counted here" in texts(app)
    assert frames["benchmark_id"]["benchmark_id"].tolist()[0].startswith("/benchmark?benchmark=")
    assert frames["model_id"]["model_id"].tolist() == ["/model?model=resnet_50"]  # by its embedding
    (ranks,) = (d.value for d in app.dataframe if "tie_group" in d.value)
    assert ranks["score_rank"].tolist() == [1]  # of both schemes the plain mean is shown
    assert "over 12 shared single benchmarks" not in texts(app)
    assert "Objective" not in texts(app) and "objective" in texts(app)  # not stated, and said so
    issue = next(d.value for d in app.dataframe if "handling" in d.value)
    assert issue["n_rows"].tolist() == [1]


def test_a_model_is_found_by_any_name_in_the_address(use, toy_warehouse):
    app = use(toy_warehouse, "model", model="resnet-50")
    assert app.selectbox(key="model").value == "resnet_50"
    app = use(toy_warehouse, "model", model="shared name")
    assert app.selectbox(key="model").value == "resnet_50"
    assert "2 models" in app.info[0].value and "/model?model=vit_b%26w" in app.info[0].value
    app = use(toy_warehouse, "model", model="old alexnet")  # a candidate is better than nothing
    assert app.selectbox(key="model").value == "alexnet"
    app = use(toy_warehouse, "model", model="nobody")
    assert "The link asks for nobody: not known here" in app.warning[0].value
    assert not app.exception


def test_a_model_without_neighbours_or_measurements_says_so(use, toy_warehouse):
    app = use(toy_warehouse, "model", model="untrained")
    assert not app.exception
    assert "12 shared single benchmarks" in texts(app)
    assert "Nobody measured its trials, alignment, few-shot probes" in texts(app)
    assert "**Untrained**" in texts(app)


def test_a_benchmark_has_levels_scores_and_correlates(use, toy_warehouse):
    app = use(toy_warehouse, "benchmark", benchmark="V1.leaf", cohort="toy")
    assert not app.exception
    assert metrics(app)["Models"] == "4" and metrics(app)["Range"] == "1 to 4"
    shown = texts(app)
    assert "**Chance** 0.5: One of two." in shown and "(4 to 5, 3 people" in shown
    assert "imply a ceiling of 0.800" in shown
    best = app.dataframe[0].value
    assert best["model_id"].tolist()[0] == "/model?model=untrained"
    assert best["score"].tolist() == [4.0, 3.0, 2.0, 1.0]
    pairs = next(d.value for d in app.dataframe if "estimate_partial" in d.value)
    assert pairs["estimate"].tolist() == [0.8, -1.0]
    assert "V4_leaf" in pairs["benchmark_id"].tolist()[0]


def test_a_benchmark_without_levels_or_scores_says_so(use, toy_warehouse, tmp_path):
    app = use(toy_warehouse, "benchmark", benchmark="V4_leaf 100 %")  # its title
    assert app.selectbox(key="benchmark").value == "V4_leaf"
    assert "is not plain" in texts(app) and "**Ceiling** is not known" in texts(app)
    rows = toy_rows() | {"rpt_benchmark_snapshots": [], "rpt_model_scores": []}
    app = use(make_warehouse(tmp_path / "bare.duckdb", rows), "benchmark", benchmark="V4_leaf")
    assert not app.exception
    assert "No score of it is here" in app.info[0].value
    app = use(toy_warehouse, "benchmark", benchmark="nothing")
    assert "The link asks for nothing: not known here" in app.warning[0].value


def test_sources_show_loads_exclusions_tests_and_lineage(use, toy_warehouse):
    app = use(toy_warehouse, "sources", source="here", node="int_toy")
    assert not app.exception
    shown = metrics(app)
    assert shown["Sources"] == "1 of 2" and shown["Tests passed"] == "3 of 3"
    assert "aw fetch gone\naw build" in [c.value for c in app.code]
    assert "7 trials are dropped" in "\n".join(m.value for m in app.markdown)
    asked = next(d.value for d in app.dataframe if "asks" in d.value)
    assert set(asked["status"]) == {"pass", "not run"} and len(asked) == 4
    assert "**Made from** 2: decisions (seeds), stg_toy (staging)." in texts(app)
    assert "**Used by** 1: fct_toy (marts)." in texts(app)
    app = use(toy_warehouse, "sources", node="int_toy", steps="2", test_kind="unit")
    assert "here__scores (raw)" in texts(app) and "app_model (exposures)" in texts(app)
    asked = next(d.value for d in app.dataframe if "asks" in d.value)
    assert asked["asks"].tolist() == ["Ties share a place."]


def test_an_absent_source_has_its_command(use, toy_warehouse):
    app = use(toy_warehouse, "sources", source="gone")
    assert not app.exception
    assert [c.value for c in app.code].count("aw fetch gone\naw build") == 2
    assert "None of its files is loaded" in texts(app)


def test_exposed_model_links_survive_odd_names(use, toy_warehouse):
    app = use(toy_warehouse, "model", model="vit_b&w")
    assert app.selectbox(key="model").value == "vit_b&w"


def filtered(app, **values):
    """Set filters in the sidebar, as a reader does."""
    for key, value in values.items():
        app.multiselect(key=key).set_value(value)
    return app.run()


def test_a_filter_stays_from_page_to_page_and_in_the_address(use, toy_warehouse):
    app = filtered(use(toy_warehouse, "ranking", cohort="toy"), family=["alexnet", "resnet"])
    board = app.dataframe[0].value
    assert names(board) == ["alexnet", "resnet_50"]
    assert "2 of 4 models: model family alexnet, resnet." in texts(app)
    assert app.query_params["family"] == ["alexnet", "resnet"]
    app = app.switch_page("app_pages/missing.py").run()
    assert app.multiselect(key="family").value == ["alexnet", "resnet"]
    app = app.switch_page("app_pages/agreement.py").run()
    assert "Not used on this page: model family (alexnet, resnet)" in texts(app)
    again = use(toy_warehouse, "ranking", cohort="toy", family=["alexnet", "resnet"])
    assert names(again.dataframe[0].value) == ["alexnet", "resnet_50"]
    next(b for b in again.button if b.label == "Clear all filters").click().run()
    assert len(again.dataframe[0].value) == 4 and "family" not in again.query_params


def test_a_size_that_is_not_known_can_be_asked_for(use, toy_warehouse):
    app = use(toy_warehouse, "ranking", cohort="toy", size="not known")
    assert names(app.dataframe[0].value) == ["vit_b&w"]
    app = filtered(app, family=["alexnet"])
    assert "None of the 4 models here fits the filters" in texts(app)


def test_benchmarks_are_filtered_by_region(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort="toy", area="neural")
    assert "With these filters no pair of benchmarks is left." in texts(app)
    app = filtered(app, area=["V1", "neural"])
    assert "2 of 3 benchmarks: region V1, neural." in texts(app)
    assert app.dataframe[0].value["estimate"].tolist() == [0.8]


def test_a_cohort_stays_where_a_page_does_not_offer_it(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort="absent").switch_page("app_pages/missing.py").run()
    assert app.selectbox(key="cohort").value == "toy"
    app = app.switch_page("app_pages/ranking.py").run()
    assert app.selectbox(key="cohort").value == "absent"


def test_one_policy_is_shown_alone(use, toy_warehouse):
    app = use(toy_warehouse, "missing", policy="zero")
    assert app.dataframe[0].value["policy"].tolist() == ["Missing counts as zero"]
    assert "Missing counts as zero" in app.dataframe[1].value
    assert len(app.dataframe[1].value.columns) == 4


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ResNet 50", "Model: resnet_50"),
        ("resnet-50 v1", "Model: resnet_50 (ResNet-50 (V1), 3 scores)"),
        ("resnett50", "Model: resnet_50"),
        ("v4leaf", "Benchmark: V4_leaf"),
    ],
)
def test_a_name_is_found_by_any_alias(use, toy_warehouse, typed, found):
    app = use(toy_warehouse, "sql")
    app.text_input(key="find").set_value(typed).run()
    links = [e.proto.label for e in app.sidebar.get("page_link")]
    shown = [*links, *(c.value for c in app.sidebar.caption)]
    assert not app.exception and any(text.startswith(found) for text in shown), shown


def test_a_name_that_nobody_has_is_said(use, toy_warehouse):
    app = use(toy_warehouse)
    app.text_input(key="find").set_value("zzzzzz").run()
    assert "No model or benchmark has a name like “zzzzzz”" in texts(app)


@pytest.mark.parametrize("models", ["alexnet,resnet_50", ["alexnet", "resnet_50"]])
def test_models_are_compared_score_by_score(use, toy_warehouse, models):
    app = use(toy_warehouse, "compare", cohort="toy", models=models)
    assert not app.exception
    pairs, board = (d.value for d in app.dataframe[:2])
    # alexnet is better on behaviour alone, by one place of four each time but on V4, by two
    assert pairs["n_benchmarks"].tolist() == [3] and pairs["n_groups"].tolist() == [3]
    assert pairs["n_a_better"].tolist() == [1] and pairs["n_b_better"].tolist() == [2]
    differences = 100 * np.array([-1 / 3, -2 / 3, 1 / 3])
    test = stats.ttest_1samp(differences, 0)
    assert pairs["mean_difference"].tolist() == pytest.approx([differences.mean()])
    assert pairs["ci_low"].tolist() == pytest.approx([test.confidence_interval(0.95).low])
    assert pairs["p_value"].tolist() == pytest.approx([test.pvalue])
    assert board["score_0"].tolist() == [1, 1, 4] and board["score_1"].tolist() == [2, 3, 3]
    assert board["difference_1"].round().tolist() == [-33, -67, 33]
    assert board["error_0"].tolist() == [0.1] * 3
    assert app.query_params["models"] == ["alexnet", "resnet_50"]


def test_a_model_outside_the_cohort_is_named(use, toy_warehouse):
    app = use(toy_warehouse, "compare", cohort="toy", models="alexnet,nobody")
    assert not app.exception
    assert "Not in this cohort: nobody" in texts(app) and "two models at least" in texts(app)
    assert "17 sources" not in texts(app) and "1 of 2 sources present" in texts(app)


GOOD = b"model,benchmark,score,error\nmine,V1.leaf,2.5,0.1\nmine,V4_leaf,9,\n"


def test_own_scores_stand_beside_the_public_ones(use, toy_warehouse):
    app = use(toy_warehouse, "own", cohort="toy")
    app.file_uploader(key="own_file").upload("scores.csv", GOOD, "text/csv").run()
    assert not app.exception and not app.error
    placed, ranked = (d.value for d in app.dataframe[:2])
    assert placed["score_rank"].tolist() == [3, 1]
    assert placed["score_percentile"].tolist() == [0.5, 1]
    assert placed["is_outside"].tolist() == [False, True]
    assert ranked["n_models"].tolist() == [5] * 5 and ranked["n_benchmarks"].tolist() == [2] * 5
    # untrained has 4 and 4, mine 2.5 and 9: first by the mean, second by the mean rank
    assert ranked.set_index("scheme")["score_rank"].to_dict()["Arithmetic mean"] == 1
    next(b for b in app.button if b.label == "Forget them").click().run()
    assert not app.dataframe


def test_a_bad_file_is_refused_whole_and_the_good_one_stays(use, toy_warehouse):
    app = use(toy_warehouse, "own", cohort="toy")
    app.file_uploader(key="own_file").upload("scores.csv", GOOD, "text/csv").run()
    bad = b"model,benchmark,score\nmine,V1.leaf,2.5\nmine,V4_lef,high\n"
    app.file_uploader(key="own_file").set_value(("bad.csv", bad, "text/csv")).run()
    assert not app.exception
    assert app.error[0].value == "The file was refused: 2 problems."
    problems = app.dataframe[0].value
    assert problems["line"].tolist() == [3, 3]
    assert problems["column"].tolist() == ["benchmark", "score"]
    assert "near: V4_leaf" in problems["expected"].tolist()[0]
    assert "2 scores; models: 1" in texts(app)


def test_an_own_copy_of_a_model_ties_with_it_in_every_scheme(toy_warehouse):
    from warehouse import rank

    copy = {"model": ["copy"] * 4, "benchmark_id": [*SCORES, "elsewhere"]}
    copy["score_directed"] = [*(scores[1] for scores in SCORES.values()), 100.0]
    found = rank.rank("toy", own=copy, n_resamples=0, path=toy_warehouse)
    assert set(found["n_models"]) == {5}
    ranks = found.pivot(index="scheme", columns="source_model_key", values="score_rank")
    assert (ranks["own:copy"] == ranks["1"]).all()
    with pytest.raises(rank.NothingToRank):
        rank.rank("toy", benchmarks=["elsewhere"], own=copy, path=toy_warehouse)


def exposures() -> list[dict]:
    return yaml.safe_load((MARTS / "exposures.yml").read_text())["exposures"]


def marts_in(text: str) -> set[str]:
    return set(
        re.findall(
            r"(?:from\s+|join\s+|select\(\s*\")(?:marts\.)?((?:dim|fct|rpt|bridge)_\w+)", text
        )
    )


def test_exposures_name_the_marts_that_each_page_and_export_reads():
    from warehouse.papers import export

    found = set()
    for exposure in exposures():
        named = set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
        meta = exposure["config"]["meta"]
        assert named <= contracts().keys()
        if "page" in meta:
            file = settings.ROOT / meta["page"]
            read = marts_in(file.read_text())
            found.add(file.stem)
            if file.stem == "paper":
                named_so = ("ahlert2024_", "sucholutsky2023_")
                shown = [e for e in export.EXPORTS.values() if e.name.startswith(named_so)]
                read |= {e.mart for e in shown}
                read |= marts_in(" ".join(e.sql + e.scope.sql + e.scope.known for e in shown))
            if file.stem == "worth":
                read |= marts_in(export.WORTH_POINTS + export.WORTH_RELATIONS)
            if file.stem == "trials":
                read |= marts_in(export.CONSISTENCY + export.SHAPE_BIAS + export.ACCURACY)
        else:
            made = export.EXPORTS[meta["export"]]
            scope = (made.scope.sql, made.scope.known, made.scope.files)
            read = marts_in(" ".join((made.sql, *scope, "from marts.dim_files", *READ_BY_ALL)))
            found.add(made.name)
        assert read <= named, exposure["name"]
    assert found == {*PAGES, "_filters", "_search", *export.EXPORTS}


READ_BY_ALL = ("from marts.dim_benchmarks", "from marts.dim_sources")


def test_a_filter_of_benchmarks_counts_them_where_models_are_compared(use, toy_warehouse):
    app = use(toy_warehouse, "compare", cohort="toy", models="alexnet,resnet_50", area="V1")
    shown = texts(app)
    assert "1 of 3 benchmarks: region V1. The pairs are compared over these alone" in shown
    assert app.dataframe[0].value["n_benchmarks"].tolist() == [1]


@pytest.mark.parametrize(
    ("page", "key"),
    [("model", "model"), ("benchmark", "benchmark"), ("ranking", "cohort"), ("compare", "models")],
)
def test_text_of_a_link_is_shown_as_it_stands(use, toy_warehouse, page, key):
    attack = "![x](https://evil.example/t.png) **Log in** [here](https://evil.example)"
    app = use(toy_warehouse, page, **{key: attack})
    (said,) = (w.value for w in app.warning)
    assert "Log in" in said
    assert not set("[]()*!/<>`$") & set(re.sub(r"\\.", "", said))


def test_an_unknown_choice_in_a_link_is_named(use, toy_warehouse):
    app = use(toy_warehouse, "ranking", cohort="no_such", family="nobody")
    said = [w.value for w in app.warning]
    assert any("no\\_such: not known here. Shown is toy" in w for w in said)
    assert any("nobody: not known here. It is left out" in w for w in said)
    assert not use(toy_warehouse, "ranking", cohort="toy", family="alexnet").warning


def test_a_long_list_of_patterns_is_not_ranked(use, toy_warehouse):
    app = use(toy_warehouse, "ranking", cohort="toy", model_patterns="*," * 600)
    assert "up to 1000 characters" in app.info[0].value and not app.success


def test_a_ranking_does_not_keep_others_from_reading(toy_warehouse, monkeypatch):
    from app_pages import _shared
    from warehouse import rank

    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    asked = threading.Event()

    def slow(*_, **__):
        reader = threading.Thread(
            target=lambda: (
                db.READER.ask(toy_warehouse, "select 1 as one", {}),
                asked.set(),
            )
        )
        reader.start()
        reader.join(10)
        return asked.is_set()

    monkeypatch.setattr(rank, "rank", slow)
    assert _shared.rank("toy", "leaf", ["mean_rank"])


def test_models_with_holes_are_said_before_they_are_ranked(use, tmp_path, toy_warehouse):
    assert "lack scores" not in texts(use(toy_warehouse, "ranking", cohort="toy"))
    rows = toy_rows()
    for row in rows["fct_model_rankings"]:
        row["n_benchmarks"] = 3 if row["source_model_name"] == "resnet_50" else 2
    app = use(make_warehouse(tmp_path / "holes.duckdb", rows), "ranking", cohort="toy")
    assert "3 of 4 models lack scores" in app.warning[0].value
    assert "all 3 is resnet\\_50, at place 2" in app.warning[0].value
