"""The door from Python: answers with their sources, and names that are not there."""

import doctest
import inspect
import re

import duckdb
import numpy as np
import pandas as pd
import pytest

import alignment_warehouse as aw
from ingest import Explained
from tests.fixtures import toy
from warehouse import db
from warehouse.portable import Refused


@pytest.fixture(scope="module")
def w():
    """The toy warehouse, opened."""
    return aw.open(toy.warehouse("toy"))


def test_scores_are_of_what_is_asked(w):
    """The members of a cohort on its benchmarks, and of these what a model has."""
    cohort = w.query("from dim_cohorts where n_models > 0 order by cohort_id limit 1").iloc[0]
    of_cohort = w.scores(cohort=cohort["cohort_id"])
    assert of_cohort["benchmark_id"].nunique() == cohort["n_benchmarks"]
    assert of_cohort.attrs["cohort"]["n_models"] == cohort["n_models"]
    assert {s["source_id"] for s in of_cohort.attrs["sources"]} == set(of_cohort["source_id"])
    one = of_cohort.iloc[0]
    found = w.scores(cohort["cohort_id"], one["benchmark_id"], one["model_id"])
    assert 0 < len(found) < len(of_cohort)
    assert set(found["benchmark_id"]) == {one["benchmark_id"]}
    assert len(w.scores()) > len(of_cohort)


def test_a_ranking_is_that_of_the_mart_or_of_the_benchmarks_chosen(w):
    """All benchmarks of a cohort chosen by hand give the ranking of the mart."""
    ranked = w.query("select cohort_id from fct_model_rankings where ranked_set = 'all' limit 1")
    cohort = ranked["cohort_id"].item()
    mart, chosen = w.rank(cohort), w.rank(cohort, benchmarks=["*"])
    ours = dict(zip(chosen["source_model_key"], chosen["score_rank"], strict=True))
    assert [ours[key] for key in mart["source_model_key"]] == mart["score_rank"].tolist()


def test_a_model_is_found_by_any_name(w):
    """Published names in any case, ids as they are; a name of several models is refused."""
    names = w.query(
        "select any_value(source_model_name) as name, any_value(model_id) as id "
        "from bridge_model_names where model_id in (select model_id from rpt_model_scores) "
        "group by lower(source_model_name) having count(distinct model_id) = 1 limit 1"
    ).iloc[0]
    assert w.model(names["name"].upper()).attrs["model"]["model_id"] == names["id"]
    assert w.model(names["id"])["model_id"].unique().tolist() == [names["id"]]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda w: w.scores(cohort="scaling_al"), "no cohort 'scaling_al'. Known: scaling_all"),
        (lambda w: w.scores(benchmark="imagenet"), "no benchmark 'imagenet'"),
        (lambda w: w.model("resnet5000"), "no model 'resnet5000'"),
        (lambda w: w.agreement(method="speerman"), "Known: spearman"),
        (lambda w: w.rank("scaling_all", "z"), "no scheme 'z'"),
        (lambda w: w.tables("fct_score"), "no table 'fct_score'"),
    ],
)
def test_a_name_that_is_none_is_answered_with_the_nearest(w, ask, said):
    with pytest.raises(aw.Unknown, match=re.escape(said)):
        ask(w)


@pytest.mark.parametrize(
    "name", ["", "[/red]", "\0", float("nan"), pd.NA, 5, ["a"], {}, b"x", "\ud800"]
)
def test_whatever_is_no_name_is_answered_so(w, name):
    """A frame of pandas has NaN where a name is missing."""
    for ask in (
        *(w.tables, w.model, w.scores, w.agreement, w.rank),
        lambda x: w.scores(benchmark=x),
        lambda x: w.scores(model=x),
        lambda x: w.agreement(method=x),
        lambda x: w.rank("scaling_all", x),
        lambda x: w.rank("scaling_all", benchmarks=[x]),
    ):
        with pytest.raises(Explained, match="no "):
            ask(name)


def test_a_ranking_without_a_wish_is_refused(w):
    """None is no cohort, and no benchmark is no ranking."""
    for asked in ({"cohort": None}, {"scheme": None}, {"benchmarks": []}, {"benchmarks": [None]}):
        with pytest.raises(aw.Unknown, match="None: expected a name"):
            w.rank(**{"cohort": "scaling_all"} | asked)


def test_one_pattern_is_not_taken_letter_by_letter(w):
    """As a list of one."""
    ranked = w.query("select cohort_id from fct_model_rankings where ranked_set = 'all' limit 1")
    cohort = ranked["cohort_id"].item()
    assert w.rank(cohort, benchmarks="*").equals(w.rank(cohort, benchmarks=["*"]))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.int64(5), "5"), (np.float32(0.5), "0.5"), (np.bool_(True), "true"), (pd.NA, None),
        (np.array([1, 2]), "[1, 2]"), (pd.Series(["a", None]), "[a, NULL]"),
        (pd.Timestamp("2020-01-02"), "2020-01-02 00:00:00"),
    ],
)  # fmt: skip
def test_values_of_a_frame_may_be_asked_with(w, value, text):
    """What stands in an answer is of NumPy or pandas."""
    assert w.query("select cast($value as varchar) as x", value=value)["x"].tolist() == [text]


def test_half_of_a_character_is_no_value(w):
    with pytest.raises(aw.Unknown, match="half of a character"):
        w.query("select $value", value="\ud800")


@pytest.mark.parametrize(
    "sql", ["", ";", "-- a remark", "\0", "select 1; select 2", "select '\ud800'"]
)
def test_what_is_not_one_statement_is_refused(w, sql):
    with pytest.raises(Refused):
        w.query(sql)


def _older(path):
    path.write_bytes(toy.warehouse("toy").read_bytes())
    with duckdb.connect(path) as con:
        con.execute("alter table marts.rpt_cohort_agreement drop column method")


def _other(path):
    with duckdb.connect(path) as con:
        con.execute("create table t as select 1 as x")


def _cut_off(path):
    path.write_bytes(toy.warehouse("toy").read_bytes()[:-2_000_000])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no warehouse at .*make warehouse"),
        (lambda path: path.write_bytes(b""), "not a valid DuckDB database.*aw build"),
        (_cut_off, "cannot be read.*aw build"),
        (_other, "another database, without the schema marts"),
        (_older, "another version of this project .*method.* aw build"),
        (lambda path: path.write_bytes(toy.warehouse("empty").read_bytes()), "no score.*aw fetch"),
    ],
)
def test_a_file_that_cannot_be_asked_says_what_to_do(tmp_path, make, said):
    """Missing, empty, damaged, another database, older, without data: one line."""
    path = tmp_path / "warehouse.duckdb"
    make(path)
    with pytest.raises((db.WarehouseMissing, db.WarehouseUnreadable), match=said) as error:
        aw.open(path)
    assert "\n" not in str(error.value)


def examples() -> list:
    """The docstrings with examples."""
    found = [pytest.param(inspect.getdoc(aw), id="alignment_warehouse")]
    found += [
        pytest.param(inspect.getdoc(part), id=name)
        for name, part in vars(aw.Warehouse).items()
        if ">>>" in (inspect.getdoc(part) or "") and not name.startswith("_")
    ]
    return found


@pytest.mark.sources
@pytest.mark.parametrize("text", examples())
def test_the_examples_answer_what_they_say(text, real_warehouse, tmp_path, monkeypatch):
    """On the published files."""
    (tmp_path / "warehouse.duckdb").symlink_to(real_warehouse)
    monkeypatch.chdir(tmp_path)
    known = {"aw": aw, "w": aw.open("warehouse.duckdb")}
    test = doctest.DocTestParser().get_doctest(text, known, "example", None, 0)
    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0
