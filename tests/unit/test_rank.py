"""``aw rank`` and the function behind it: subsets of models and benchmarks, ranked anew."""

import io

import duckdb
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from compute.stats.aggregation.intervals import COLUMNS
from compute.stats.aggregation.schemes import SCHEMES
from ingest import settings
from warehouse.cli import ask, main
from warehouse.cli.ask import rank as command
from warehouse.rank import MIN_COVERAGE, NothingToRank, probability_above
from warehouse.rank import rank as rank_models


@pytest.fixture
def cohort(tmp_path, monkeypatch):
    """A warehouse with one cohort of five models and three benchmarks."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create schema marts")
        con.execute("create schema seeds")
        con.execute("create table marts.dim_cohorts as select 'tiny' as cohort_id")
        con.execute(
            "create table marts.fct_scores_normalized as "
            "select 'tiny' as cohort_id, 'leaf' as level, m.k as source_model_key, "
            "'' as variant_id, m.name as source_model_name, 'x:' || m.name as model_id, "
            "b.benchmark_id, (m.quality * b.slope)::double as score_directed, 1 as n_leaves, "
            "0 as n_doubted "
            "from (values ('1', 'alexnet', .1), ('2', 'resnet18', .3), ('3', 'resnet50', .5), "
            "('4', 'vit', .4), ('5', 'vgg', .2)) as m (k, name, quality) "
            "cross join (values ('V1.a', 1), ('V1.b', 2), ('IT.a', -1)) as b (benchmark_id, slope)"
        )
        con.execute(
            "create table marts.bridge_benchmark_leaves as select distinct cohort_id, level, "
            "benchmark_id, benchmark_id as leaf_id, 1.0 as weight from marts.fct_scores_normalized"
        )
        con.execute(
            "create table marts.dim_models as select distinct model_id, 'nets' as family "
            "from marts.fct_scores_normalized"
        )
        con.execute(
            "create table marts.dim_benchmarks as select benchmark_id, null::varchar as dataset, "
            "split_part(benchmark_id, '.', 1) as region, 'tiny' as suite "
            "from marts.bridge_benchmark_leaves"
        )
    monkeypatch.setattr(settings, "WAREHOUSE", path)
    return path


def run(*arguments):
    return CliRunner().invoke(main, ["rank", "--cohort", "tiny", *arguments])


def test_rank_prints_the_best_models(cohort):
    """The table stops at --top, and says so."""
    said = run("--top", "2").output
    assert "2 of 5 shown (--top)" in said and "shown (--top)" not in run().output
    assert [n for n in ("alexnet", "resnet18", "resnet50", "vit") if n in said] == [
        "resnet50",
        "vit",
    ]


def test_rank_takes_a_subset_of_benchmarks_and_models(cohort):
    """Globs pick benchmarks and models; the ranking is that of the subset alone."""
    result = run(
        "--benchmarks", "it.*,", "--models", " Res*, ,vgg", "--format", "csv", "--scheme", "borda"
    )
    assert result.exit_code == 0, result.output
    rows = pd.read_csv(io.StringIO(result.output))
    assert list(rows["source_model_name"]) == ["vgg", "resnet18", "resnet50"]
    assert list(rows["n_benchmarks"]) == [1, 1, 1]
    assert list(rows["n_models"]) == [3, 3, 3]


@pytest.fixture
def regions(cohort):
    """The same with a level above: V1 of two leaves that weigh 3 and 1, and IT of one."""
    weighed = "(values ('V1.a', 3), ('V1.b', 1), ('IT.a', 1)) as w (benchmark_id, weight)"
    with duckdb.connect(cohort) as con:
        con.execute(
            "insert into marts.bridge_benchmark_leaves by name "
            "select 'tiny' as cohort_id, 'region' as level, benchmark_id as leaf_id, weight, "
            f"split_part(benchmark_id, '.', 1) as benchmark_id from {weighed}"
        )
        con.execute(
            "insert into marts.fct_scores_normalized by name "
            "select * exclude (weight) replace ('region' as level, count(*) as n_leaves, "
            "split_part(benchmark_id, '.', 1) as benchmark_id, sum(n_doubted) as n_doubted, "
            "sum(score_directed * weight) / sum(weight) as score_directed) "
            f"from marts.fct_scores_normalized join {weighed} using (benchmark_id) group by all"
        )
    return cohort


@pytest.mark.parametrize(
    ("wish", "leaves"),
    [
        ({}, {"V1.a": 3 / 8, "V1.b": 1 / 8, "IT.a": 1 / 2}),
        ({"benchmarks": ["*.a"]}, {"V1.a": 1 / 2, "IT.a": 1 / 2}),
        ({"without": ["v1.b"]}, {"V1.a": 1 / 2, "IT.a": 1 / 2}),
        ({"benchmarks": ["V1"]}, {"V1.a": 3 / 4, "V1.b": 1 / 4}),
        ({"without": ["IT"]}, {"V1.a": 3 / 4, "V1.b": 1 / 4}),
        ({"benchmarks": ["V1"], "without": ["V1.a"]}, {"V1.b": 1}),
    ],
)
def test_patterns_choose_single_benchmarks_whatever_the_level(regions, wish, leaves):
    """A region is averaged anew from those of its benchmarks that are left."""
    slopes = {"V1.a": 1, "V1.b": 2, "IT.a": -1}
    rows = rank_models("tiny", "region", ["arithmetic_mean"], **wish).set_index("source_model_name")
    slope = sum(slopes[leaf] * weight for leaf, weight in leaves.items())
    assert rows["score"].to_dict() == pytest.approx(
        {"alexnet": 0.1 * slope, "resnet18": 0.3 * slope, "resnet50": 0.5 * slope}
        | {"vit": 0.4 * slope, "vgg": 0.2 * slope}
    )
    assert set(rows["n_benchmarks"]) == {len({leaf.split(".")[0] for leaf in leaves})}
    assert set(rows["coverage"]) == {1}


@pytest.mark.parametrize("level", ["leaf", "region"])
def test_rank_without_a_benchmark(regions, level):
    """The command takes the same patterns, and names one that fits nothing."""
    said = run("--level", level, "--without", "V1.*", "--format", "csv")
    assert pd.read_csv(io.StringIO(said.stdout))["source_model_name"].iloc[0] == "alexnet"
    assert "fits 'V9'" in run("--level", level, "--without", "V9").stderr
    assert "is left without *" in run("--level", level, "--without", "*").stderr


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_file_has_every_row_unless_fewer_are_asked_for(cohort, monkeypatch, tmp_path, form):
    """The number of rows on screen is not that of a file."""
    monkeypatch.setattr(ask, "TOP", 2)
    target = tmp_path / f"ranking.{form}"
    for more, n in (((), 5), (("--all",), 5), (("--top", "3"), 3)):
        assert run("--format", form, "--output", str(target), *more).exit_code == 0
        assert len(duckdb.sql(f"from '{target}'")) == n
    assert "2 of 5 shown (--top)" in run().output


def test_rank_of_all_schemes_has_all_columns(cohort):
    """The function the app calls: a frame with every scheme."""
    frame = rank_models("tiny")
    assert list(frame["scheme"].unique()) == list(SCHEMES)
    assert set(COLUMNS) <= set(frame.columns)
    assert (
        frame.loc[frame["scheme"] == "arithmetic_mean", "source_model_name"].iloc[0] == "resnet50"
    )


@pytest.fixture
def unlike(cohort):
    """Of the five the best has one benchmark, another a doubted score, a third was sent twice."""
    with duckdb.connect(cohort) as con:
        con.execute(
            "delete from marts.fct_scores_normalized "
            "where source_model_name = 'resnet50' and benchmark_id != 'V1.a'"
        )
        con.execute(
            "update marts.fct_scores_normalized set n_doubted = 1 "
            "where source_model_name = 'vit' and benchmark_id = 'V1.b'"
        )
        con.execute(
            "insert into marts.fct_scores_normalized "
            "select * replace ('20' as source_model_key, 'copy' as source_model_name) "
            "from marts.fct_scores_normalized where source_model_name = 'resnet18'"
        )
    return cohort


def test_rank_leaves_out_what_is_unlike_and_says_so(unlike):
    """By default the others are ranked among themselves; the answer counts what it leaves out."""
    said = run().output
    assert "2 of 6 models left out" in said and "1 copies folded" in said
    assert "resnet18 (+1)" in said and "copy" not in said.replace("copies", "")
    assert not {"resnet50", "vit"} & set(said.replace("│", " ").split())
    assert "4 models" in said  # a copy takes a place


def test_rank_of_all_marks_what_is_doubted(unlike):
    """The model with one benchmark comes first, and its coverage beside it says why."""
    said = run("--all").output
    first, second = (line for line in said.splitlines() if "resnet50" in line or "vit" in line)
    assert "resnet50" in first and "33%" in first
    assert "vit †" in second and "67%" in second
    assert "copy" in said and "left out" not in said
    assert "vit" in run("--min-coverage", ".6").output


def test_models_that_are_not_ranked_stand_at_the_end(unlike):
    """The function drops none: without a rank, and not counted."""
    frame = rank_models("tiny", schemes=["arithmetic_mean"])
    assert set(frame["source_model_name"][-2:]) == {"resnet50", "vit"}
    assert frame["score_rank"].isna().tolist() == [False] * 4 + [True] * 2
    assert set(frame["n_models"]) == {4}
    assert not frame.set_index("source_model_name")["is_first_copy"]["copy"]
    own = {"model": ["mine"], "benchmark_id": ["V1.a"], "score_directed": [0.45]}
    mine = rank_models("tiny", schemes=["arithmetic_mean"], own=own).set_index("source_model_name")
    assert mine.loc["mine", "score_rank"] == 1
    with pytest.raises(NothingToRank, match="the most is 33%"):
        rank_models("tiny", models=["resnet50"])


@pytest.mark.parametrize(
    "wish, message",
    [
        ({"benchmarks": ["V9*"]}, r"no benchmark of tiny fits 'V9\*'"),
        ({"models": ["bert"]}, "no model of tiny fits 'bert'"),
        ({"schemes": ["best"]}, "no scheme 'best'; known: arithmetic_mean"),
        ({"level": "region"}, "no scores at level 'region'.*Levels: leaf"),
    ],
)
def test_a_wish_that_fits_nothing_is_named(cohort, wish, message):
    """The function says what is missing and what there is; the command then exits with 1."""
    with pytest.raises((NothingToRank, ValueError), match=message):
        rank_models("tiny", **wish)
    ((name, value),) = wish.items()
    option = f"--{name.removesuffix('s') if name == 'schemes' else name}"
    assert run(option, value if name == "level" else value[0]).exit_code == 1


def test_ranking_of_the_warehouse_is_that_of_the_function(real_warehouse):
    """The mart holds what the function computes anew from the scores."""
    with duckdb.connect(real_warehouse, read_only=True) as con:
        held = con.execute(
            "select scheme, source_model_key, score, score_rank, rank_ci_low, rank_ci_high, "
            "probability_above_next, rank_min_left_out, rank_min_left_out_dataset "
            "from marts.fct_model_rankings "
            "where cohort_id = 'wichmann_2020' and level = 'region' order by all"
        ).df()
    anew = rank_models("wichmann_2020", "region")[held.columns]
    anew = anew.sort_values(["scheme", "source_model_key"], ignore_index=True)
    pd.testing.assert_frame_equal(held, anew, rtol=1e-12)


def test_coverage_is_that_of_the_warehouse(real_warehouse):
    """The mart, the function and the command leave out the same models and fold the same copies."""
    with duckdb.connect(real_warehouse, read_only=True) as con:
        held = con.execute(
            "select source_model_key, coverage, n_doubted, is_comparable from "
            "marts.bridge_cohort_models where cohort_id = 'brainscore_2025_all' and is_member "
            "order by all"
        ).df()
    anew = rank_models("brainscore_2025_all", schemes=["arithmetic_mean"])
    anew["is_comparable"] = anew["score_rank"].notna()
    anew = anew[held.columns].sort_values("source_model_key", ignore_index=True)
    pd.testing.assert_frame_equal(held, anew, check_dtype=False)
    (option,) = (o for o in command.params if o.name == "min_coverage")
    assert option.default == MIN_COVERAGE


def test_probability_above_is_that_of_the_ranking(real_warehouse):
    """Beside each other in the ranking it is the column; the other way round its complement."""
    entries, above = probability_above("wichmann_2020", "region", "z_mean")
    order = rank_models("wichmann_2020", "region", ["z_mean"])
    place = [entries.index(f"{k}/") for k in order["source_model_key"]]
    beside = above[place[:-1], place[1:]]
    np.testing.assert_allclose(beside, order["probability_above_next"][:-1])
    np.testing.assert_allclose(above + above.T, np.where(np.isnan(above), np.nan, 1))


@pytest.mark.parametrize("scheme", [name for name, one in SCHEMES.items() if one.is_average])
def test_an_area_that_counts_twice_is_that_area_scored_twice(cohort, scheme):
    """With intervals and all; an area that counts 0 times is left out; whole numbers alone."""
    twice = rank_models("tiny", schemes=[scheme], weights={"IT": 2})
    with duckdb.connect(cohort) as con:
        con.execute(
            "insert into marts.fct_scores_normalized select * replace ('IT.b' as benchmark_id) "
            "from marts.fct_scores_normalized where benchmark_id = 'IT.a'"
        )
        con.execute("update marts.dim_benchmarks set dataset = 'IT.a' where benchmark_id = 'IT.a'")
        con.execute("insert into marts.dim_benchmarks values ('IT.b', 'IT.a', 'IT', 'tiny')")
        con.execute(
            "insert into marts.bridge_benchmark_leaves values ('tiny', 'leaf', 'IT.b', 'IT.b', 1)"
        )
    both = rank_models("tiny", schemes=[scheme])
    pd.testing.assert_frame_equal(twice[list(COLUMNS)], both[list(COLUMNS)])
    without = rank_models("tiny", schemes=[scheme], without=["IT.*"])
    none = rank_models("tiny", schemes=[scheme], weights={"IT": 0})
    pd.testing.assert_frame_equal(none, without)


@pytest.mark.parametrize(
    ("asked", "said"),
    [("V4=2", "no area 'V4' in tiny"), ("IT=-1", "whole number"), ("IT=1.5", "whole number")],
)
def test_weights_that_cannot_be_are_refused(cohort, asked, said):
    answer = run("--weights", asked)
    assert answer.exit_code and said in answer.output
