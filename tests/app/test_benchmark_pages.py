"""Start, agreement, one benchmark, and the search: what they show of the toy warehouse."""

import pytest
from scipy import stats
from shown import COHORT, MEMBERS, table, texts
from test_pages import IT, RES34, V1, V4, published

from app_pages._views import p_text


def test_the_start_page_finds_what_the_marts_say(use, toy_warehouse, rows_of):
    app = use(toy_warehouse)
    (cohort,) = rows_of("dim_cohorts", cohort_id="brainscore_2024_complete").itertuples()
    of = {"cohort_id": cohort.cohort_id, "method": "spearman"}
    (mean,) = rows_of("rpt_cohort_agreement", **of).itertuples()
    said = texts(app)
    over = f"Over {cohort.n_models} models the mean correlation of 10 pairs of averages "
    regions = f"{over}(of a region or of behaviour) is "
    assert f"{regions}**{mean.mean_between_regions:.2f}**".replace("-", "−") in said
    assert f"**{mean.mean_estimate:.2f}" in said and f"of {mean.n_pairs:,} pairs" in said
    assert app.selectbox(key="region").value == "IT"
    assert not app.dataframe


def test_the_pair_is_what_scipy_says_of_the_published_scores(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "agreement", cohort=COHORT, a=V4, b=V1)
    assert app.selectbox(key="a").value == V4
    expected = stats.spearmanr(published(V1), published(V4))
    row = rows_of(
        "fct_benchmark_correlations",
        **{"cohort_id": COHORT, "level": "leaf", "method": "spearman"},
        **{"benchmark_a": V1, "benchmark_b": V4},
    ).iloc[0]
    assert row["p_value_naive"] == pytest.approx(expected.pvalue, abs=1e-12)
    interval = f"({row['ci_low']:.2f} to {row['ci_high']:.2f})"
    pair = f"correlation **{expected.statistic:.2f}** {interval}, {len(MEMBERS)} models of"
    assert pair.replace("-", "−") in texts(app)
    assert f"p {p_text(row['p_bonferroni'])} after Bonferroni" in texts(app)


@pytest.mark.parametrize("level", ["leaf", "region", "modality"])
def test_the_level_changes_the_headline(use, toy_warehouse, rows_of, level):
    app = use(toy_warehouse, "agreement", cohort=COHORT, level=level)
    pairs = rows_of("fct_benchmark_correlations", cohort_id=COHORT, level=level, method="spearman")
    mean = f"{pairs['estimate'].mean():.2f}".replace("-", "−")
    assert f"**{mean}**" in next(m.value for m in app.markdown if m.value.startswith("Over "))


def test_choices_stand_in_the_address_and_come_back_from_it(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort=COHORT, order="similarity", axes="raw")
    app.selectbox(key="b").set_value(IT).run()
    address = {k: v[0] if isinstance(v, list) else v for k, v in app.query_params.items()}
    assert address["b"] == IT and address["cohort"] == COHORT
    again = use(toy_warehouse, "agreement", **address)
    assert again.selectbox(key="b").value == IT
    assert again.selectbox(key="order").value == "similarity"
    assert texts(again) == texts(app)


def test_a_pair_has_two_sides(use, toy_warehouse):
    app = use(toy_warehouse, "agreement", cohort=COHORT, a=V1, b=V1)
    assert app.selectbox(key="b").value != V1


def test_what_agreement_depends_on_is_shown(use, toy_warehouse, rows_of):
    tab = {"tab": "what-it-depends-on", "cohort": COHORT}
    app = use(toy_warehouse, "agreement", **tab, depends="snapshot")
    steps = rows_of("rpt_snapshot_changes", method="spearman").sort_values("step")
    shown = table(app, "step", "difference")
    assert shown["step"].tolist() == steps["step"].tolist()
    # one model leaves, one joins, one is not complete on all 80
    assert steps["n_models"].diff().tolist()[1:] == [-1, 0, 1, -1, 0]
    above = rows_of("rpt_cohort_dimensions", cohort_id=COHORT, is_above_chance=True)
    app = use(toy_warehouse, "agreement", **tab, depends="dimensions")
    assert f"**{len(above)}** components explain more" in texts(app)


def test_everything_that_agreement_may_depend_on_is_found(use, toy_warehouse):
    from app_pages._agreement_sensitivity import DEPENDS

    for one in DEPENDS:
        app = use(toy_warehouse, "agreement", tab="what-it-depends-on", cohort=COHORT, depends=one)
        found = [m.value for m in app.main.markdown if "**" in m.value]
        assert found or app.info, one


def test_a_benchmark_has_levels_scores_and_correlates(use, toy_warehouse, rows_of):
    app = use(toy_warehouse, "benchmark", benchmark=V1, cohort=COHORT)
    best = table(app, "model_id", "score")["score"]
    mart = rows_of("rpt_model_scores", benchmark_id=V1, snapshot_id="brainscore_2025_05")
    assert best.tolist() == sorted(mart["score"], reverse=True)[:10]
    pairs = rows_of("fct_benchmark_correlations", cohort_id=COHORT, level="leaf", method="spearman")
    of_it = pairs[(pairs["benchmark_a"] == V1) | (pairs["benchmark_b"] == V1)]
    most, least = (f"({of_it['estimate'].agg(end):.2f}, " for end in ("max", "min"))
    finding = next(m.value for m in app.markdown if "it agrees most with" in m.value)
    assert most in finding and least.replace("-", "−") in finding and "of 49 others" in finding
    bare = rows_of("dim_benchmarks", n_scores=0, is_aggregate=False)["benchmark_id"].iloc[0]
    assert "No score of it is here" in texts(use(toy_warehouse, "benchmark", benchmark=bare))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("squeznet1_0", "Model: squeezenet1_0"),
        ("majajhong it", "Benchmark: MajajHong 2015, IT (PLS)"),
        ("zzzzzz", "No model or benchmark has a name like “zzzzzz”"),
    ],
)
def test_a_name_that_is_not_offered_is_looked_for(use, toy_warehouse, typed, found):
    app = use(toy_warehouse, "sql")
    app.session_state["wanted"] = (
        "sidebar",
        typed,
    )  # the tests' runner cannot enter what is not offered
    app.run()
    links = [e.proto.label for e in app.sidebar.get("page_link")]
    shown = [*links, *(c.value for c in app.sidebar.caption)]
    assert not app.exception and any(text.startswith(found) for text in shown), shown


def test_any_spelling_of_a_name_is_turned_to(use, toy_warehouse):
    app = use(toy_warehouse, "sql")
    app.session_state["wanted"] = "sidebar", "TV ResNet 34"
    assert app.run().title[0].value == "Model" and app.selectbox(key="model").value == RES34


@pytest.mark.parametrize(
    ("place", "chosen", "page", "alias"),
    [
        ("sidebar", f"model={RES34}", "Model", "tv_resnet34"),
        ("start", f"benchmark={IT}", "Benchmark", "MajajHong2015.IT-pls"),
    ],
)
def test_what_is_chosen_in_the_search_is_turned_to(use, toy_warehouse, place, chosen, page, alias):
    app = use(toy_warehouse, None if place == "start" else "sql")
    box = app.selectbox(key=f"find_{place}")
    assert any(alias in label for label in box.options)
    box.set_value(chosen).run()
    kind, _, value = chosen.partition("=")
    assert app.title[0].value == page and app.selectbox(key=kind).value == value
    assert app.selectbox(key="find_sidebar").value is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**-0.24** (-.45 to 0.00)", "**−0.24** (−.45 to 0.00)"),
        ("top-1 of w24-384", "top-1 of w24-384"),
        ("37% or 95 %", "37\xa0% or 95\xa0%"),
        (r"w24\-384", r"w24\-384"),
    ],
)
def test_numbers_have_a_minus_and_names_a_hyphen(text, shown):
    from app_pages._views import typeset

    assert typeset(text) == shown
