"""Every page, on the toy, an empty, a missing, a replaced and the real warehouse.

What a page shows of the toy is compared with the mart it stands in, or computed anew by scipy from
the toy's scores. Labels and sentences are tested where they answer a reader's mistake.
"""

import re
import shutil

import duckdb
import numpy as np
import pytest
from conftest import PAGES
from scipy import stats
from shown import COHORT, MEMBERS, names, opened, table, texts

from ingest import settings
from tests.fixtures.make import NEAR_CHANCE, score
from warehouse import db
from warehouse.figures.models import DIFFERENCES

ALEX, RES34 = "alexnet.tv_in1k", "resnet34.tv_in1k"
V1, V4, IT = "FreemanZiemba2013.V1-pls", "MajajHong2015.V4-pls", "MajajHong2015.IT-pls"


def published(benchmark: str) -> np.ndarray:
    """What the made-up leaderboard prints for the members."""
    return np.array([score(s, benchmark, "new") for s in MEMBERS])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("which", ["toy_warehouse", "real_warehouse", "empty_warehouse"])
def test_a_page_renders(use, request, which, page):
    app = use(request.getfixturevalue(which), page)
    assert not app.error
    assert app.title[0].value
    if which == "empty_warehouse" and page not in ("sql", "own", "paper", "glossary"):
        assert re.search("make warehouse|aw build|aw compute|absent", texts(app))


def test_a_missing_warehouse_is_said_with_the_command(use, tmp_path):
    app = use(tmp_path / "none.duckdb")
    assert app.title[0].value == "There is no warehouse yet"
    assert app.code[0].value == "make warehouse"


def test_a_broken_warehouse_is_said_with_the_reason(use, tmp_path):
    (tmp_path / "broken.duckdb").write_text("no database")
    app = use(tmp_path / "broken.duckdb")
    assert not app.exception
    assert app.title[0].value == "The warehouse cannot be read"
    assert "broken.duckdb" in app.text[0].value and "aw build" in app.text[0].value


def test_a_warehouse_of_another_version_is_said(use, toy_warehouse, tmp_path):
    path = tmp_path / "older.duckdb"
    shutil.copy(toy_warehouse, path)
    with duckdb.connect(path) as con:
        con.execute("alter table marts.dim_sources drop column citation")
    app = use(path)
    assert not app.exception and app.title[0].value == "The warehouse is of another version"
    assert "lacks dim_sources.citation" in app.text[0].value and "aw build" in app.text[0].value


@pytest.mark.parametrize("page", ["agreement", "ranking"])
def test_an_absent_source_is_named_with_the_command(use, toy_warehouse, page):
    app = use(toy_warehouse, page, cohort="wichmann_2020")
    assert "**error_consistency_2020**" in app.info[0].value
    assert app.code[0].value.startswith("aw fetch error_consistency_2020\n")


def test_the_overview_counts_and_a_new_build_is_seen(use, ask, toy_warehouse, empty_warehouse):
    """The same session reads whatever stands under the path."""
    path = settings.BUILD / "toy" / "replaced.duckdb"
    shutil.copyfile(toy_warehouse, path)
    app = use(path)
    n = ask("select count(score) as n, count(distinct snapshot_id) as s from fct_scores").iloc[0]
    n_models = ask("select count(*) as n from dim_models")["n"].item()
    assert f"**{n.n:,}** published scores · **{n_models:,}** models" in texts(app)
    absent = "from dim_sources where not is_present and n_files > 0"
    n_absent = ask(f"select count(*) as n {absent}")["n"].item()
    assert f"{n_absent} of " in app.warning[0].value and n_absent > 2
    assert any(c.value.startswith("aw fetch") for c in app.code)
    db.publish(shutil.copyfile(empty_warehouse, path.with_name("next.duckdb")), path)
    app.run()
    assert not app.exception
    assert "**0** published scores" in texts(app)
    path.unlink()


# one model, one benchmark


def test_a_model_has_one_rank_per_cohort_and_every_score_with_its_file(use, toy_warehouse, rows_of):
    alexnet = "alexnet.tv_in1k"
    app = use(toy_warehouse, "model", model=alexnet)
    every = rows_of("fct_model_rankings", model_id=alexnet, level="leaf", scheme="arithmetic_mean")
    first = every[every["is_first_copy"]].sort_values("cohort_id")
    ranks = table(app, "rank_ci_low")
    assert sorted(ranks["score_rank"]) == sorted(first["score_rank"])
    assert len(ranks) == first["cohort_id"].nunique()
    here = first.set_index("cohort_id").loc["brainscore_2024_complete"]
    assert f"ranks {here['score_rank']:g}" in texts(app) and f"of {here['n_models']} in" in texts(
        app
    )
    app = use(toy_warehouse, "model", model=alexnet, tab="scores")
    scores = rows_of("rpt_model_scores", model_id=alexnet)
    shown = table(app, "benchmark_id", "score", "published")
    assert sorted(shown["score"]) == sorted(scores["score"])
    rows = shown["published"].str.extract(r"row%20(\d+)$")[0].astype(int)
    assert sorted(rows) == sorted(scores["source_row"])


@pytest.mark.parametrize("tab", ["scores", "similar-models", "other-measures", "names"])
def test_every_tab_of_a_model_renders(use, toy_warehouse, rows_of, tab):
    """Of one with names that are merged and names that are not."""
    names = rows_of("rpt_model_aliases")
    merged = names.groupby("model_id")["is_resolved"].nunique()
    assert (merged == 2).any()
    app = use(toy_warehouse, "model", model=merged.idxmax(), tab=tab)
    assert not app.exception and app.query_params["tab"] in (tab, [tab])


def test_a_model_says_which_scores_are_missing_and_what_to_measure(use, toy_warehouse, rows_of):
    cells = rows_of("rpt_predicted_scores")
    firsts = rows_of("bridge_cohort_models", is_first_copy=True)
    key = ["cohort_id", "source_model_key", "variant_id"]
    cells = cells.merge(firsts[key], on=key)
    model_id = cells["model_id"].iloc[0]
    app = use(toy_warehouse, "model", model=model_id, tab="missing-scores")
    mine = cells[cells["model_id"] == model_id]
    assert f"**{len(mine)} scores are missing:**" in texts(app)
    assert len(table(app, "score_predicted", "state")) == len(mine)
    complete = set(firsts["model_id"]) - set(rows_of("rpt_predicted_scores")["model_id"])
    app = use(toy_warehouse, "model", model=min(complete), tab="missing-scores")
    assert "Nothing is missing" in texts(app)


def test_a_model_stands_on_the_map_and_leads_to_a_comparison(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "model", model=ALEX, tab="similar-models")
    place = rows_of("rpt_model_positions", cohort_id="brainscore_2024_complete", model_id=ALEX)
    said = "Two dimensions hold {:.0f} %".format(100 * place["share"].iloc[0])
    assert app.selectbox(key="cohort").value == "brainscore_2024_complete" and said in texts(app)
    app.selectbox(key="compare_with").set_value(RES34).run()
    assert app.title[0].value == "Compare"
    assert app.multiselect(key="models").value == [ALEX, RES34]


@pytest.mark.parametrize("asked", ["resnet-34", "tv_resnet34"])
def test_a_model_is_found_by_any_name_in_the_address(use, toy_warehouse, asked):
    app = use(toy_warehouse, "model", model=asked)
    assert app.selectbox(key="model").value == "resnet34.tv_in1k"


def test_a_model_without_measurements_says_so(use, toy_warehouse):
    resnet18 = "scaling:resnet18_imagenet_random_seed-0"
    app = use(toy_warehouse, "model", model=resnet18, tab="other-measures")
    assert "Its features were not measured here." in texts(app)


# filters, search, links


def filtered(app, **values):
    """Set filters in the sidebar, as a reader does."""
    for key, value in values.items():
        app.multiselect(key=key).set_value(value)
    return app.run()


def test_a_filter_stays_from_page_to_page_and_in_the_address(use, toy_warehouse, rows_of):
    families = ["alexnet", "squeezenet"]
    app = filtered(use(toy_warehouse, "ranking", cohort=COHORT), family=families)
    expected = {"alexnet", "squeezenet1_0", "squeezenet1_1"}
    assert set(names(app.dataframe[0].value)) == expected
    assert f"3 of {len(MEMBERS)} models: model family alexnet, squeezenet." in texts(app)
    assert app.query_params["family"] == families
    app = app.switch_page("app_pages/missing.py").run()
    assert app.multiselect(key="family").value == families
    app = app.switch_page("app_pages/agreement.py").run()
    assert "Not used on this page: model family (alexnet, squeezenet)" in texts(app)
    again = use(toy_warehouse, "ranking", cohort=COHORT, family=families, which="all")
    assert set(names(again.dataframe[0].value)) == expected
    next(b for b in again.button if b.label == "Clear all filters").click().run()
    assert len(again.dataframe[0].value) == len(MEMBERS) and "family" not in again.query_params
    nobody = use(toy_warehouse, "ranking", cohort=COHORT, size="not known", family=["alexnet"])
    assert f"None of the {len(MEMBERS)} models here fits the filters" in texts(nobody)


def test_benchmarks_are_filtered_by_region(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "agreement", cohort=COHORT, level="leaf", area="V2")
    regions = rows_of("bridge_cohort_benchmarks", cohort_id=COHORT)["region"].value_counts()
    n, n_both = regions["V2"], regions["V1"] + regions["V2"]
    assert n == 1 and "no pair of benchmarks is left" in texts(app)
    app = filtered(app, area=["V1", "V2"])
    assert f"{n_both} of 50 benchmarks: region V1, V2." in texts(app)
    assert f" {n_both * (n_both - 1) // 2:,} pairs of single benchmarks" in texts(app)
    compared = use(toy_warehouse, "compare", cohort=COHORT, models=f"{ALEX},{RES34}", area="V2")
    assert table(compared, "n_benchmarks")["n_benchmarks"].tolist() == [n]


def test_a_cohort_stays_where_a_page_does_not_offer_it(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort="scaling_all")
    app = app.switch_page("app_pages/missing.py").run()
    assert app.selectbox(key="cohort").value != "scaling_all"
    app = app.switch_page("app_pages/ranking.py").run()
    assert app.selectbox(key="cohort").value == "scaling_all"


def test_the_list_of_cohorts_unfolds_the_variants_of_the_chosen_one(use, toy_warehouse, rows_of):
    cohorts = rows_of("dim_cohorts").set_index("cohort_id")
    main = cohorts.index[cohorts["variant_of"].isna()]
    variants = {m: set(cohorts.index[cohorts["variant_of"] == m]) for m in main}
    for chosen in (main[0], COHORT):
        box = use(toy_warehouse, "agreement", cohort=chosen).selectbox(key="cohort")
        one = cohorts.loc[chosen, "variant_of"] or chosen if chosen not in main else chosen
        assert box.value == chosen
        assert len(box.options) == len(main) + len(variants[one])
        assert sum(name.startswith("– ") for name in box.options) == len(variants[one]) > 0
        assert not any("_" in name for name in box.options)


def test_a_menu_of_export_gives_query_command_and_citations(use, toy_warehouse):
    said = opened(use(toy_warehouse, "panel", cohort=COHORT))
    assert "aw export panel_curve" in said and "from marts.rpt_panels" in said
    for key in ("alignment_warehouse", "schrimpf2018"):
        assert f"{{{key}," in said


def test_the_address_holds_the_tab(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", tab="specification-curve", claim="u_shape")
    assert app.selectbox(key="claim").value == "u_shape"
    assert app.query_params["tab"] in ("specification-curve", ["specification-curve"])
    assert "Shown is Agreement" in use(toy_warehouse, "agreement", tab="x").warning[0].value


@pytest.mark.parametrize(
    ("page", "key"),
    [("model", "model"), ("benchmark", "benchmark"), ("ranking", "cohort"), ("compare", "models")],
)
def test_text_of_a_link_is_shown_as_it_stands(use, toy_warehouse, page, key):
    attack = "![x](https://evil.example/t.png) **Log in** [here](https://evil.example)"
    app = use(toy_warehouse, page, **{key: attack})
    (said,) = (w.value for w in app.warning)
    assert "Log in" in said and "not known here" in said
    assert not set("[]()*!/<>`$") & set(re.sub(r"\\.", "", said))


def test_an_unknown_choice_in_a_link_is_named(use, toy_warehouse):
    app = use(toy_warehouse, "ranking", cohort="no_such", family="nobody")
    said = [w.value for w in app.warning]
    assert any("no\\_such: not known here. Shown is " in w for w in said)
    assert any("nobody: not known here. This page leaves out" in w for w in said)
    assert not use(toy_warehouse, "ranking", cohort=COHORT, family="alexnet").warning


# compared, and one's own


@pytest.mark.parametrize("models", [f"{ALEX},{RES34}", [ALEX, RES34], [ALEX, "tv_resnet34"]])
def test_models_are_compared_score_by_score(use, toy_warehouse, rows_of, models):
    app = use(toy_warehouse, "compare", cohort=COHORT, models=models)
    assert app.multiselect(key="models").value == [ALEX, RES34]
    pairs = table(app, "n_ahead").set_index("modality")
    scores = rows_of("fct_scores_normalized", cohort_id=COHORT, level="leaf").pivot(
        index="benchmark_id", columns="source_model_key", values="score_directed"
    )
    better = scores["617"] > scores["621"]
    assert pairs["n_ahead"].sum() == better.sum()
    assert pairs["n_behind"].sum() == 50 - better.sum() and pairs["n_benchmarks"].sum() == 50
    assert (pairs["ci_low"] <= pairs["mean_difference"]).all()
    brain = pairs.loc["brain"]
    most = max(brain["n_ahead"], brain["n_behind"])
    assert f"is ahead on {most} of {brain['n_benchmarks']} brain benchmarks" in texts(app)
    board = table(app, "score_0", "score_1")
    assert sorted(board["score_0"]) == pytest.approx(sorted(scores["617"]))


def test_differences_have_the_limits_of_their_errors(ask, rows_of):
    """By hand, from the scores of the cohort; where no error is known there is no limit."""
    of = {"cohort_id": "brainscore_2024_complete"}
    found = ask(DIFFERENCES, models=[ALEX, RES34], **of).set_index("benchmark_id")
    known = rows_of("rpt_benchmark_reliabilities", is_measurement_error=True, **of)
    assert set(found.index[found["ci_low"].notna()]) == set(known["benchmark_id"])
    members = rows_of("fct_scores_normalized", benchmark_id=V1, level="leaf", **of)
    raw = rows_of("fct_scores", snapshot_id="brainscore_2024_01_01", benchmark_id=V1)
    raw = raw[raw["source_model_key"].isin(members["source_model_key"])]
    raw = raw.set_index("source_model_key")[["score_raw", "error"]]

    def place(key: str, errors: float) -> float:
        others = raw["score_raw"].drop(key)
        return (others < raw.loc[key, "score_raw"] + errors * 1.96 * raw.loc[key, "error"]).mean()

    alex, res34 = place("617", 0), place("621", 0)
    below = np.hypot(alex - place("617", -1), place("621", 1) - res34)
    row = found.loc[V1]
    assert row["difference"] == pytest.approx(alex - res34)
    assert row["ci_low"] == pytest.approx(alex - res34 - below)


def test_an_unknown_model_is_named(use, toy_warehouse):
    app = use(toy_warehouse, "compare", cohort=COHORT, models=f"{ALEX},nobody")
    assert "nobody: not known here" in texts(app) and "two models at least" in texts(app)


GOOD = f"model,benchmark,score,error\nmine,{V1},.5,0.1\nmine,{V4},.99,\n".encode()


def test_own_scores_stand_beside_the_public_ones(use, toy_warehouse):
    app = use(toy_warehouse, "own", cohort=COHORT)
    app.file_uploader(key="own_file").upload("scores.csv", GOOD, "text/csv").run()
    assert not app.exception and not app.error
    placed = table(app, "is_outside").set_index("score")
    better = (published(V1) > 0.5).sum()
    assert placed.loc[0.5, "score_rank"] == 1 + better and placed.loc[0.99, "score_rank"] == 1
    assert placed["is_outside"].tolist() == [False, True]
    ranked = table(app, "scheme", "n_models")
    assert set(ranked["n_models"]) == {len(MEMBERS) + 1} and set(ranked["n_benchmarks"]) == {2}
    bad = f"model,benchmark,score\nmine,{V1},.25\nmine,MajajHong2015.V4-plz,high\n".encode()
    app.file_uploader(key="own_file").set_value(("bad.csv", bad, "text/csv")).run()
    assert app.error[0].value == "The file was refused: 2 problems."
    problems = app.dataframe[0].value
    assert problems["line"].tolist() == [3, 3]
    assert problems["column"].tolist() == ["benchmark", "score"]
    assert f"near: {V4}" in problems["expected"].tolist()[0]
    assert "2 scores; models: 1" in texts(app)  # the good ones stay
    next(b for b in app.button if b.label == "Forget them").click().run()
    assert not app.dataframe


def test_all_own_models_are_drawn_or_it_is_said_why_not(use, toy_warehouse):
    """Wide, with six models, of which one has other benchmarks alone, and a benchmark of one's own.

    No published model can be ranked on it.
    """
    wide = f"MODEL,{V1.upper()},{V4},own:mine,ImageNet-top1\n"
    wide += "".join(f"m{i},.{i + 2},{'.4' if i else ''},{i},\n" for i in range(5)) + "m5,,,,.7\n"
    app = use(toy_warehouse, "own", cohort=COHORT)
    app.file_uploader(key="own_file").upload("wide.csv", wide.encode(), "text/csv").run()
    assert not app.exception and not app.error
    assert set(table(app, "is_outside")["model"]) == {f"m{i}" for i in range(5)}
    assert "without a score in this cohort: m5" in texts(app)
    assert "this cohort lacks them: ImageNet-top1." in texts(app)
    assert set(table(app, "scheme")["model"]) == {f"m{i}" for i in range(5)}
    assert list(table(app, "mine")["mine"]) == [0, 1, 2, 3, 4]
    app.multiselect(key="own_drawn").set_value(["m2", "m3"]).run()
    assert "for lack of a score on all 2: m0" in texts(app)
    assert set(table(app, "scheme")["model"]) == {f"m{i}" for i in range(1, 5)}
    assert "**m2** would rank" in texts(app)


def test_an_own_copy_of_a_model_ties_with_it_in_every_scheme(toy_warehouse, rows_of):
    from warehouse import rank

    theirs = rows_of("fct_scores_normalized", cohort_id=COHORT, level="leaf",
                     source_model_key="617")  # fmt: skip
    copy = {"model": ["copy"] * 51, "benchmark_id": [*theirs["benchmark_id"], "elsewhere"]}
    copy["score_directed"] = [*theirs["score_directed"], 100.0]
    found = rank.rank(COHORT, own=copy, path=toy_warehouse)
    assert found["n_models"].max() == len(MEMBERS) + 1
    ranks = found.pivot(index="scheme", columns="source_model_key", values="score_rank").dropna()
    assert len(ranks) >= 4
    assert (ranks["own:copy"] == ranks["617"]).all()
    with pytest.raises(rank.NothingToRank):
        rank.rank(COHORT, benchmarks=["elsewhere"], own=copy, path=toy_warehouse)


def test_the_toy_is_what_its_fixtures_say(rows_of):
    """From the made-up files through the whole pipeline, hierarchy and exclusions included."""
    members = rows_of("bridge_cohort_models", cohort_id="brainscore_2024_complete_dedup")
    reasons = members.set_index("source_model_key")["exclusion_reason"].dropna().to_dict()
    assert reasons == {
        "1900": "duplicate",
        str(NEAR_CHANCE): "accuracy_floor",
        "763": "incomplete",
        "7632": "incomplete",
    }
    assert "533" not in rows_of("fct_scores")["source_model_key"].tolist()  # redacted
    level = rows_of("fct_scores_normalized", cohort_id=COHORT, level="region", benchmark_id="V4")
    leaves = rows_of("bridge_cohort_benchmarks", cohort_id=COHORT, region="V4")["benchmark_id"]
    expected = np.mean([published(b) for b in leaves], axis=0)
    found = level.set_index("source_model_key").loc[[str(s) for s in MEMBERS], "score_directed"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        level.set_index("source_model_key").loc[found.index, "score_rank"],
        stats.rankdata(-expected),
    )
