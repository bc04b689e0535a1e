"""Scores and trials of one's own in a whole build: beside the published ones, and none of them."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from ingest import settings
from tests.fixtures import toy
from warehouse import db
from warehouse.own import trials

SCORES = """\
sep=;
model;Marques2020_DeValois1982-pref_or;own:my test
mynet;52,5 %;71,5
resnet18.tv_in1k;45 %;NA
"""
KERNELS = {"int_own_scores_placed"}
"""The one Python model that an addition runs."""


@dataclass
class Place:
    """A copy of the toy warehouse with folders of its own."""

    folder: Path

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def run(self, *arguments: str) -> str:
        """Run a module in a process of its own; return what it said."""
        build = self.folder / "build"
        environment = os.environ | {
            **{"AW_WAREHOUSE": str(self.warehouse), "AW_BUILD": str(build)},
            **{"AW_DATA": str(build / "data"), "AW_MEMO": str(build / "memo")},
        }
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=settings.ROOT, env=environment,
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def aw(self, *arguments: str) -> str:
        return self.run("warehouse.cli", *arguments)

    def build(self) -> set[str]:
        """Build again; return the models that were made."""
        self.run("tests.fixtures.toy", "toy")
        results = json.loads((self.folder / "build" / "run_results.json").read_bytes())["results"]
        made = [r["unique_id"].split(".") for r in results]
        return {name for kind, _, name, *_ in made if kind == "model"}

    def ask(self, sql: str) -> list[tuple]:
        with db.connect(self.warehouse) as con:
            return con.execute(sql).fetchall()


@pytest.fixture(scope="module")
def published() -> Path:
    """The toy warehouse, to which nothing was added."""
    return toy.warehouse("toy")


@pytest.fixture(scope="module")
def added(tmp_path_factory, published) -> tuple[Place, set[str], str]:
    """It with scores and trials, the models that the build made, and what adding said."""
    place = Place(tmp_path_factory.mktemp("added"))
    shutil.copyfile(published, place.warehouse)
    shutil.copytree(toy.FOLDER / "toy", place.folder / "build")
    scores = place.folder / "My Scores.csv"
    scores.write_text(SCORES, encoding="utf-16")
    ((file,),) = place.ask(
        "select source_file from fct_trials where observer_id = 'resnet50' "
        "and dataset_id = 'cue-conflict' order by source_file limit 1"
    )
    content = (place.folder / "build" / "data" / file).read_text(encoding="utf-8")
    answers = place.folder / "cue-conflict_mynet.csv"
    answers.write_text(content.replace("\nresnet50,", "\nmynet,"), encoding="utf-8")
    told = place.aw("add", str(scores), "--yes") + place.aw("add", str(answers), "--yes")
    return place, place.build(), told


def test_it_says_what_it_understood(added):
    place, _, told = added
    for text in ("semicolons", "comma", "utf-16", "percent signs", "missing", "new, own:mynet"):
        assert text in told, text
    assert "ceiled, 0.45 to 0.525; " in told
    assert "model resnet18.tv_in1k: a model of the warehouse, by its id" in told
    listed = place.aw("add", "--list")
    assert "my_scores" in listed and "cue-conflict_mynet" in listed


def test_every_published_row_of_every_mart_is_what_it_was(added, published):
    """Marts that hold something private say so of each row; all other rows are as before."""
    place, _, _ = added
    with duckdb.connect() as con:
        con.execute(f"attach '{published}' as one (read_only)")
        con.execute(f"attach '{place.warehouse}' as two (read_only)")
        marts = con.execute(
            "select table_name, list(column_name) from duckdb_columns() "
            "where database_name = 'two' and schema_name = 'marts' group by all order by all"
        ).fetchall()
        moved, private = {}, set()
        for mart, columns in marts:
            is_marked = "is_private" in columns
            rows = [f"from {d}.marts.{mart}" + " where not is_private" * is_marked
                    for d in ("one", "two")]  # fmt: skip
            gone, come = (
                con.execute(f"select count(*) from ({a} except all {b})").fetchone()[0]
                for a, b in (rows, rows[::-1])
            )
            if gone or come:
                moved[mart] = (gone, come)
            asked = f"select count(*) from two.marts.{mart} where "
            if is_marked and con.execute(asked + "is_private").fetchone()[0]:
                private.add(mart)
    assert moved == {}
    assert private >= {
        *("dim_sources", "dim_files", "dim_snapshots", "dim_models", "dim_benchmarks"),
        *("fct_scores", "rpt_model_scores", "rpt_own_places", "rpt_benchmark_snapshots"),
        *("dim_observers", "fct_trials", "fct_error_consistency", "fct_ood_accuracy"),
        *("fct_shape_bias", "fct_confusions", "fct_dataset_behaviours", "fct_behaviour_summary"),
    }


def test_no_kernel_runs_again(added):
    _, made, _ = added
    models = settings.DBT_PROJECT / "models"
    python = {path.stem for path in models.rglob("*.py")}
    assert made & python == KERNELS
    assert len(made) < 60


def test_scores_stand_beside_the_published_ones(added):
    place, _, _ = added
    found = place.ask(
        "select model_id, benchmark_id, variant_id, score from fct_scores where is_private "
        "order by all"
    )
    orientation = "Marques2020_DeValois1982-pref_or"
    assert found == [
        ("own:mynet", orientation, "my_scores", 0.525),
        ("own:mynet", "own:my test", "my_scores", 71.5),
        ("resnet18.tv_in1k", orientation, "my_scores", 0.45),
    ]
    # as many published models are better as the place says
    for cohort_id, rank, n_models in place.ask(
        "select cohort_id, score_rank, n_models from rpt_own_places where model_id = 'own:mynet'"
    ):
        better = place.ask(
            "select count(*) filter (where score_directed > .525) + 1, count(*) "
            f"from fct_scores_normalized where cohort_id = '{cohort_id}' and level = 'leaf' "
            f"and benchmark_id = '{orientation}'"
        )
        assert better == [(rank, n_models)]
    assert place.ask("select count(*) > 0 from rpt_own_places") == [(True,)]
    assert place.ask("select is_private from dim_models where model_id = 'resnet18.tv_in1k'") == [
        (False,)
    ]


def test_trials_have_the_numbers_of_the_same_answers_published(added):
    """The trials of a published network under another name: all its measures, and no rank."""
    place, _, _ = added
    measured = (
        "select n_trials, n_subjects, ood_accuracy, error_consistency from fct_dataset_behaviours "
        "where dataset_id = 'cue-conflict' and observer_id = "
    )
    mine = place.ask(measured + "'mynet'")
    assert len(mine) == 1 and mine[0] in place.ask(measured + "'resnet50'")
    assert place.ask(
        "select model_id, is_comparable, left_out_because, mean_rank from fct_behaviour_summary "
        "where is_private"
    ) == [("own:mynet", False, "private: of this machine", None)]


@pytest.mark.parametrize(
    ("figure", "of"),
    [
        ("trial_shape_bias", ("--dataset", "cue-conflict")),
        ("benchmark_scores", ("--benchmark", "Marques2020_DeValois1982-pref_or")),
    ],
)
def test_no_export_for_a_paper_has_a_private_row(added, tmp_path, figure, of):
    """Published rows alone, from published files; how many are left out stands beside them."""
    place, _, _ = added
    place.aw("export", figure, *of, "--output", str(tmp_path))
    (data,), (said,) = tmp_path.rglob("data.csv"), tmp_path.rglob("provenance.json")
    rows = duckdb.read_csv(str(data))
    assert rows.filter("is_private").fetchall() == [] and len(rows)
    provenance = json.loads(said.read_bytes())
    assert "own" not in {source["source_id"] for source in provenance["sources"]}
    assert (provenance["n_private_left_out"] > 0) == (figure == "trial_shape_bias")


def test_a_private_model_can_be_exported(added, tmp_path):
    place, _, _ = added
    place.aw("export", "model_profile", "--model", "own:mynet", "--output", str(tmp_path))
    assert "mynet" in next(tmp_path.rglob("data.csv")).read_text(encoding="utf-8")


def test_what_is_removed_leaves_no_trace(added, published):
    """Last of the file: the warehouse is then the published one again, table by table."""
    place, _, _ = added
    place.aw("remove", "my_scores")
    place.aw("remove", "cue-conflict_mynet")
    place.build()
    before, after = db.content_hashes(published), db.content_hashes(place.warehouse)
    assert {t for t in before | after if before.get(t) != after.get(t)} == set()


def test_the_image_of_a_name_is_found_by_one_pattern():
    macro = (settings.DBT_PROJECT / "macros" / "trials.sql").read_text(encoding="utf-8")
    assert trials.IMAGE_KEY.pattern in macro
