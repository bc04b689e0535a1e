"""Every page, on the toy, an empty, a missing, a replaced and the real warehouse.

What a page shows of the toy is compared with the mart it stands in, or computed anew by scipy from
the toy's scores. Labels and sentences are tested where they answer a reader's mistake.
"""

import re
import shutil
import threading
from urllib.parse import unquote

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import PAGES
from scipy import stats

from ingest import settings
from tests.fixtures.make import NEAR_CHANCE, SUBMISSIONS, score
from warehouse import db
from warehouse.figures.models import DIFFERENCES

COHORT = "brainscore_2025_core50"
MEMBERS = [s for s in SUBMISSIONS if s not in (849, 7632)]
"""Those that the made-up leaderboard of 2025 has all 50 benchmarks of."""

ALEX, RES34 = "alexnet.tv_in1k", "resnet34.tv_in1k"
V1, V4, IT = "FreemanZiemba2013.V1-pls", "MajajHong2015.V4-pls", "MajajHong2015.IT-pls"


def published(benchmark: str) -> np.ndarray:
    """What the made-up leaderboard prints for the members."""
    return np.array([score(s, benchmark, "new") for s in MEMBERS])


def table(app, *columns: str) -> pd.DataFrame:
    """The first table that has these columns."""
    return next(d.value for d in app.dataframe if set(columns) <= set(d.value.columns))


def names(board: pd.DataFrame) -> list[str]:
    """What the links of a table lead to."""
    linked = next(c for c in ("model", "model_id") if c in board)
    return [unquote(link.partition("#")[2] or link.partition("=")[2]) for link in board[linked]]


def metrics(app) -> dict[str, str]:
    return {m.label: m.value for m in app.metric}


def texts(app) -> str:
    elements = [*app.info, *app.warning, *app.success, *app.markdown, *app.caption, *app.code]
    return "\n".join(str(e.value) for e in elements)


def opened(app) -> str:
    """What the menus of export give to copy, all of them opened."""
    for key in [k for k in app.session_state._state.filtered_state if k.startswith("export:")]:
        app.session_state[key] = True
    return "\n".join(c.value for c in app.run().code)


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
    assert {f"{n.n:,}", f"{n_models:,}"} <= set(metrics(app).values())
    absent = "from dim_sources where not is_present and n_files > 0"
    n_absent = ask(f"select count(*) as n {absent}")["n"].item()
    assert f"{n_absent} of " in app.warning[0].value and n_absent > 2
    assert any(c.value.startswith("aw fetch") for c in app.code)
    db.publish(shutil.copyfile(empty_warehouse, path.with_name("next.duckdb")), path)
    app.run()
    assert not app.exception
    assert metrics(app)["Published scores"] == "0"
    path.unlink()


# agreement


def test_the_pair_is_what_scipy_says_of_the_published_scores(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "agreement", cohort=COHORT, a=V4, b=V1)
    assert app.selectbox(key="a").value == V4
    expected = stats.spearmanr(published(V1), published(V4))
    shown = metrics(app)
    assert shown["Correlation"] == f"{expected.statistic:.3f}"
    assert shown["Models"] == str(len(MEMBERS))
    row = rows_of(
        "fct_benchmark_correlations",
        **{"cohort_id": COHORT, "level": "leaf", "method": "spearman"},
        **{"benchmark_a": V1, "benchmark_b": V4},
    ).iloc[0]
    assert row["p_value_naive"] == pytest.approx(expected.pvalue, abs=1e-12)
    assert shown["95 % interval"] == f"{row['ci_low']:.2f} to {row['ci_high']:.2f}"
    assert shown["p, corrected"] == f"{row['p_bonferroni']:.3f}"
    mean = rows_of("rpt_cohort_agreement", cohort_id=COHORT, method="spearman")["mean_estimate"]
    assert f"{mean.item():.3f}" in shown.values()


def test_choices_stand_in_the_address_and_come_back_from_it(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort=COHORT, order="similarity", axes="raw")
    app.selectbox(key="b").set_value(IT).run()
    address = {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}
    assert address["b"] == IT and address["cohort"] == COHORT
    again = use(toy_warehouse, "agreement", **address)
    assert again.selectbox(key="b").value == IT
    assert again.selectbox(key="order").value == "similarity"
    assert metrics(again) == metrics(app)


def test_a_pair_has_two_sides(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort=COHORT, a=V1, b=V1)
    assert app.selectbox(key="b").value != V1


def test_what_agreement_depends_on_is_shown(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "agreement", tab="what-it-depends-on", cohort=COHORT)
    steps = rows_of("rpt_snapshot_changes", method="spearman").sort_values("step")
    shown = table(app, "step", "difference")
    assert shown["step"].tolist() == steps["step"].tolist()
    # one model leaves, one joins, one is not complete on all 80
    assert steps["n_models"].diff().tolist()[1:] == [-1, 0, 1, -1, 0]
    above = rows_of("rpt_cohort_dimensions", cohort_id=COHORT, is_above_chance=True)
    assert f"are **{len(above)}**;" in texts(app)
    loadings = table(app, "benchmark_id", "Component 1")
    assert loadings.shape[1] == 1 + len(above)


# ranking


def test_the_leaderboard_is_that_of_the_mart_and_names_are_searched(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "ranking", cohort=COHORT)
    board = app.dataframe[0].value
    leaves = rows_of("bridge_cohort_benchmarks", cohort_id=COHORT)["benchmark_id"]
    mean = np.mean([published(b) for b in leaves], axis=0)
    best = SUBMISSIONS[MEMBERS[int(np.argmax(mean))]]
    assert names(board)[0].startswith(best) and best in texts(app)
    members = rows_of("bridge_cohort_models", cohort_id=COHORT, is_member=True)
    folded = members[members["is_first_copy"]]
    assert len(board) == len(folded) < len(members)
    assert sum("(+" in name for name in names(board)) == (folded["n_copies"] > 1).sum()
    every = use(toy_warehouse, "ranking", cohort=COHORT, which="all").dataframe[0].value
    assert len(every) == len(members) and not any("(+" in name for name in names(every))
    app.text_input(key="search").set_value("RESNET-34").run()
    assert names(app.dataframe[0].value) == ["resnet-34"]
    app.selectbox(key="scheme").set_value("mean_rank").run()
    assert not app.exception


@pytest.mark.parametrize(
    ("scheme", "said"),
    [("mean_rank", "share the first place"), ("kemeny", "No interval: it takes two models")],
)
def test_how_sure_the_ranks_are_is_said(use, toy_warehouse, scheme, said):
    assert said in texts(use(toy_warehouse, "ranking", cohort=COHORT, scheme=scheme))


def test_a_subset_is_ranked_anew(use, toy_warehouse):
    """A link with benchmarks or models opens the form; the charts say what changed."""
    chosen = [s for s in MEMBERS if "net" in SUBMISSIONS[s] and "resnet" not in SUBMISSIONS[s]]
    patterns = ",".join(SUBMISSIONS[s] for s in chosen)
    app = use(toy_warehouse, "ranking", cohort=COHORT, metrics=V1, model_patterns=patterns)
    order = sorted(chosen, key=lambda s: -score(s, V1, "new"))
    board = app.dataframe[0].value
    assert [n.split(" ")[0] for n in names(board)] == [SUBMISSIONS[s] for s in order]
    shown = opened(app)
    assert f"--benchmarks {V1}" in shown and f"--models {patterns}" in shown
    assert f"leads {len(chosen)} models" in texts(app)
    assert [s.value for s in app.subheader] == [
        "All benchmarks → Your own",
        "Every way of averaging",
    ]


def test_brain_alone_is_the_form_without_behaviour(use, toy_warehouse, rows_of):
    leaves = rows_of("bridge_cohort_benchmarks", cohort_id=COHORT, modality="behavioural")
    brain = use(toy_warehouse, "ranking", cohort=COHORT, set="neural")
    own = use(toy_warehouse, "ranking", cohort=COHORT, without=",".join(leaves["benchmark_id"]))
    pd.testing.assert_frame_equal(brain.dataframe[0].value, own.dataframe[0].value)


def test_any_two_models_are_compared(use, toy_warehouse):
    """For neighbours it is the column of the table; the other way round its complement."""
    app = use(toy_warehouse, "ranking", cohort=COHORT, which="all")
    p = app.dataframe[0].value["probability_above_next"].iloc[0]
    assert f"probability {p:.2f}" in texts(app)
    first, second = (app.selectbox(key=key).value for key in ("above", "below"))
    turned = use(toy_warehouse, "ranking", cohort=COHORT, which="all", above=second, below=first)
    assert f"probability {1 - p:.2f}" in texts(turned)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"model_patterns": "nobody*"}, "no model of brainscore_2025_core50 fits"),
        ({"model_patterns": "*," * 600}, "up to 1000 characters"),
        ({"metrics": V1, "without": V1}, "No benchmark is left"),
    ],
)
def test_a_subset_that_cannot_be_ranked_is_said(use, toy_warehouse, asked, said):
    app = use(toy_warehouse, "ranking", cohort=COHORT, **asked)
    assert said in texts(app) and not app.dataframe


def test_models_with_few_benchmarks_are_left_out_and_counted(use, toy_warehouse, rows_of):
    cohort = "brainscore_2025_all"
    members = rows_of("bridge_cohort_models", cohort_id=cohort, is_member=True)
    few = members[members["coverage"] < 0.9]
    app = use(toy_warehouse, "ranking", cohort=cohort)
    assert len(few) > 0 and not set(names(app.dataframe[0].value)) & set(few["source_model_name"])
    assert any(f"{len(few)} left out" in (b.help or "") for b in app.get("button_group"))
    every = use(toy_warehouse, "ranking", cohort=cohort, which="all").dataframe[0].value
    assert len(every) == len(members) and every["coverage"].min() == few["coverage"].min()


def test_a_ranking_does_not_keep_others_from_reading(toy_warehouse, monkeypatch):
    from app_pages import _shared
    from warehouse import rank

    monkeypatch.setattr(settings, "WAREHOUSE", toy_warehouse)
    asked = threading.Event()

    def slow(*_, **__):
        def ask():
            db.READER.ask(toy_warehouse, "select 1 as one", {})
            asked.set()

        reader = threading.Thread(target=ask)
        reader.start()
        reader.join(10)
        return asked.is_set()

    monkeypatch.setattr(rank, "rank", slow)
    assert _shared.rank(COHORT, "leaf", ["mean_rank"])


def test_a_counterexample_is_laid_out(use, toy_warehouse):
    before, after = (
        d.value
        for d in use(toy_warehouse, "ranking", tab="averaging", cohort=COHORT).dataframe[-2:]
    )
    assert {"Rank"} <= set(before) & set(after)


# missing, trials, measured


def test_the_missing_page_gives_states_and_verdicts(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "missing")
    cohort = app.selectbox(key="cohort").value
    snapshot = rows_of("dim_cohorts", cohort_id=cohort)["snapshot_id"].item()
    states = rows_of("rpt_cell_states", snapshot_id=snapshot, is_aggregate=False)
    n = states.groupby("state")["n_cells"].sum()
    said = texts(app)
    assert f"Of the {n.sum():,} scores" in said
    assert f": {n['never_run'] / n.sum():.0%} were never run" in said
    conclusions = rows_of("rpt_conclusions", cohort_id=cohort).drop_duplicates("conclusion_id")
    assert f"**{conclusions['survives_all'].sum()} of {len(conclusions)}**" in said


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


def test_the_trials_page_shows_every_view(use, toy_warehouse, rows_of):
    behaviours = rows_of("fct_dataset_behaviours", dataset_id="cue-conflict")
    alike = behaviours[behaviours["is_comparable"]]
    best = alike.loc[alike["error_consistency"].idxmax()]
    unlike = behaviours.loc[~behaviours["is_comparable"], "observer_name"]
    assert len(unlike)
    app = use(toy_warehouse, "trials", dataset="cue-conflict", kind="human-human")
    low, high = (best[f"error_consistency_ci_{side}"] for side in ("low", "high"))
    assert f"κ {best['error_consistency']:.2f} [{low:.2f}, {high:.2f}]" in texts(app)
    shown = table(app, "observer_name", "ood_accuracy")
    assert len(shown) == len(alike) and "left_out_because" not in shown
    app = use(toy_warehouse, "trials", dataset="cue-conflict", kind="human-human", which="all")
    shown = table(app, "observer_name", "ood_accuracy")
    assert shown["left_out_because"].notna().sum() == len(unlike)
    pairs = rows_of(
        "fct_error_consistency",
        **{"dataset_id": "cue-conflict", "condition": "all", "pair_kind": "human-human"},
    )
    shown = table(app, "error_consistency", "observer_a")["error_consistency"]
    assert sorted(shown) == pytest.approx(sorted(pairs["error_consistency"])) and len(shown) == 3
    app = use(toy_warehouse, "trials", view="shape")
    bias = table(app, "shape_bias").set_index("observer_name")["shape_bias"]
    assert bias["Person 01"] > 0.5 > bias["bagnet33"]  # as the fixture makes them
    app = use(toy_warehouse, "trials", view="ages")
    assert "**Shape bias** goes from" in texts(app)
    app = use(toy_warehouse, "trials", tab="accuracy-gap", dataset="colour")
    assert "Averages leave out" in texts(app)
    observer = "model_vs_human_swag_branch/resnet50"
    app = use(toy_warehouse, "trials", tab="confusions", observer=observer)
    assert app.selectbox(key="observer").value == observer


@pytest.mark.parametrize("split", ["people_right", "models_right", "disagree"])
def test_contested_images_are_cards(use, toy_warehouse, rows_of, split):
    """Of every kind as many as the mart counts, and beside them the number by chance."""
    app = use(toy_warehouse, "trials", tab="image-by-image", split=split)
    images, splits = rows_of("rpt_image_disagreements"), rows_of("rpt_image_splits")
    images = images[~images["is_excluded"]]
    every = splits[splits["dataset_id"] == "all"].iloc[0]
    kind = images["is_without_majority"] if split == "disagree" else images["split"] == split
    counted = every["n_without_majority" if split == "disagree" else f"n_{split}"]
    assert kind.sum() == counted and f"**{counted:,} of {len(images):,} images**" in texts(app)
    if split != "disagree":
        assert f"by chance: {every[f'expected_{split}']:.0f}" in texts(app)
    cards = [m.value for m in app.markdown if "Difference" in m.value]
    assert len(cards) == min(12, counted)
    if counted:
        assert any(url in texts(app) for url in images.loc[kind, "url"])


def test_the_geometry_page_shows_alignment_and_probes(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "geometry", geometry_metric="triplet")
    rows = rows_of(
        "fct_alignment",
        **{"stimulus_set_id": "objects92", "target": "behaviour", "metric": "triplet"},
        distance="cosine",
        layer="penultimate",
        is_control=False,
    )
    best = rows.loc[rows["estimate"].idxmax()]
    said = f"{best['estimate']:.2f} [{best['ci_low']:.2f}, {best['ci_high']:.2f}] over 92 images"
    assert f"Of {len(rows)} pretrained networks" in texts(app) and said in texts(app)
    ceiling = rows_of(
        "fct_alignment_ceilings",
        **{"stimulus_set_id": "objects92", "target": "behaviour", "metric": "triplet"},
    )["estimate"]
    assert any(f"({value:.3f})" in texts(app) for value in ceiling)
    for tab, found in {
        "what-it-depends-on": "The distance between features moves the mean",
        "network-by-network": "of pretrained networks are alike",
        "few-shot-probes": "example per class the best of",
    }.items():
        app = use(toy_warehouse, "geometry", tab=tab, head="logistic")
        assert found in texts(app) or "compared" in texts(app), tab


def test_the_theory_page_places_models_on_the_curve(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "worth", tab="theory")
    networks = rows_of("rpt_alignment_capacities", stimulus_set_id="objects92", target="behaviour",
                       distance="cosine")  # fmt: skip
    best = networks.loc[~networks["is_control"]].sort_values("estimate").iloc[-1]
    assert f"{100 * best['estimate']:.1f}%" in texts(app)


# worth and papers

PRINTED = "figures-and-printed-numbers"


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
    assert f"**{n.get('exact', 0)} of {len(targets)} printed numbers" in texts(app)


# one model, one benchmark, one source


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
    assert f"**{len(mine)} scores are missing.**" in texts(app)
    assert len(table(app, "score_predicted", "state")) == len(mine)
    complete = set(firsts["model_id"]) - set(rows_of("rpt_predicted_scores")["model_id"])
    app = use(toy_warehouse, "model", model=min(complete), tab="missing-scores")
    assert "Nothing is missing" in texts(app)


def test_a_model_stands_on_the_map_and_leads_to_a_comparison(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "model", model=ALEX, tab="similar-models")
    place = rows_of("rpt_model_positions", cohort_id="brainscore_2024_complete", model_id=ALEX)
    said = "Two dimensions hold {:.0%}".format(place["share"].iloc[0])
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


def test_a_benchmark_has_levels_scores_and_correlates(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "benchmark", benchmark=V1, cohort=COHORT)
    best = table(app, "model_id", "score")["score"]
    mart = rows_of("rpt_model_scores", benchmark_id=V1, snapshot_id="brainscore_2025_05")
    assert best.tolist() == sorted(mart["score"], reverse=True)[:10]
    pairs = table(app, "benchmark_id", "estimate_partial")
    expected = stats.spearmanr(published(V1), published(IT)).statistic
    of_it = pairs["benchmark_id"].str.endswith(f"={IT}")
    if of_it.any():  # the highest and the lowest are shown
        assert pairs.loc[of_it, "estimate"].item() == pytest.approx(expected, abs=1e-12)
    bare = rows_of("dim_benchmarks", n_scores=0, is_aggregate=False)["benchmark_id"].iloc[0]
    assert "No score of it is here" in texts(use(toy_warehouse, "benchmark", benchmark=bare))


def test_sources_show_loads_tests_and_lineage(use, toy_warehouse, ask):
    app = use(toy_warehouse, "sources", source="imagenet_testbed")
    assert "aw fetch imagenet_testbed\naw build" in [c.value for c in app.code]
    said = texts(app)
    assert "None of its files is loaded" in said
    n = ask("select count(*) filter (n_files > 0) as n, sum(is_present::int) as p from dim_sources")
    assert f"**{n['p'].item():.0f} of {n['n'].item()} sources are here**" in said
    passed = "select count(*) as n from quality.test_results where status = 'pass'"
    n_tests = ask(passed)["n"].item()
    assert f"All {n_tests:,} tests passed" in said and n_tests > 500
    assert f"All {n_tests:,} tests" in texts(use(toy_warehouse, "sources", tab="tests"))
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
    again = use(toy_warehouse, "ranking", cohort=COHORT, family=families)
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
    assert len(table(app, "estimate")) == n_both * (n_both - 1) / 2
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
    ("typed", "found"),
    [
        ("ResNet 34", "Model: resnet34"),
        ("squeezenet1 0", "Model: squeezenet1_0"),
        ("squeznet1_0", "Model: squeezenet1_0"),
        ("majajhong it", "Benchmark: "),
        ("zzzzzz", "No model or benchmark has a name like “zzzzzz”"),
    ],
)
def test_a_name_is_found_by_any_alias(use, toy_warehouse, typed, found):
    app = use(toy_warehouse, "sql")
    app.text_input(key="find").set_value(typed).run()
    links = [e.proto.label for e in app.sidebar.get("page_link")]
    shown = [*links, *(c.value for c in app.sidebar.caption)]
    assert not app.exception and any(text.startswith(found) for text in shown), shown


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
    assert any("nobody: not known here. It is left out" in w for w in said)
    assert not use(toy_warehouse, "ranking", cohort=COHORT, family="alexnet").warning


# compared, and one's own


@pytest.mark.parametrize("models", [f"{ALEX},{RES34}", [ALEX, RES34]])
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
    bad = f"model,benchmark,score\nmine,{V1},2.5\nmine,MajajHong2015.V4-plz,high\n".encode()
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
