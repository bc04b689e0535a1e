"""A release holds what licences permit, says what was left out, and can be read without us."""

import hashlib
import json
import re
import shutil
import subprocess
import sys

import duckdb
import pyarrow.parquet as pq
import pytest
from pyarrow import dataset
from rich.console import Console

import alignment_warehouse as aw
from ingest import settings
from ingest.locate import note_sums
from tests.fixtures import toy
from warehouse import db
from warehouse.fields import partition_key
from warehouse.release import NAME, _beside, release, rules

CLOSED = """
select source_id from marts.dim_sources
where not is_redistributable or is_private"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A copy of the toy warehouse with a private model, benchmark and cohort in it."""
    path = tmp_path_factory.mktemp("whole") / "warehouse.duckdb"
    path.write_bytes(toy.warehouse("toy").read_bytes())
    with duckdb.connect(path) as con:
        for mart, changes in {
            "fct_scores": "'own' as source_id, 'own' as snapshot_id, 'my_model' as model_id, "
            "'my_benchmark' as benchmark_id",
            "bridge_model_names": "'own' as source_id, 'own' as snapshot_id, "
            "'my_model' as model_id, 'my model' as source_model_name",
            "dim_models": "'my_model' as model_id",
            "dim_benchmarks": "'my_benchmark' as benchmark_id",
            "rpt_model_areas": "'my_model' as model_id",
            "fct_benchmark_correlations": "'my_benchmark' as benchmark_b",
            "fct_model_rankings": "'brainscore_2024_complete' as cohort_id, 'leaf' as level, "
            "'once_scored' as source_model_key, 1 as n_benchmarks",
        }.items():
            con.execute(
                f"insert into marts.{mart} by name "
                f"(select * replace ({changes}) from marts.{mart} limit 1)"
            )
    return path


@pytest.fixture(scope="module", params=[False, True], ids=["one file each", "partitioned"])
def made(whole, tmp_path_factory, request):
    """The release of that warehouse, written twice into one place."""
    page = tmp_path_factory.mktemp("page") / "docs.html"
    page.write_text(f"<p>made in {settings.ROOT}/dbt_project</p>", encoding="utf-8")
    output = tmp_path_factory.mktemp("output")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "WAREHOUSE", whole)
        first = release(Console(quiet=True), lambda: page, output, partitioned=request.param)
        before = {p: p.read_bytes() for p in first.folder.rglob("*.parquet")}
        second = release(Console(quiet=True), lambda: page, output, partitioned=request.param)
    assert {p: p.read_bytes() for p in second.folder.rglob("*.parquet")} == before
    assert [p.name for p in output.iterdir()] == [NAME]
    return second


@pytest.fixture(scope="module")
def texts(made) -> dict[str, set[str]]:
    """Every text in each released table."""
    found = {}
    with duckdb.connect(made.folder / "warehouse.duckdb", read_only=True) as con:
        for mart in made.marts:
            cells = [
                con.execute(f'select distinct "{column}" from marts.{mart.name}').fetchall()
                for column, kind, _ in mart.columns
                if kind == "VARCHAR"
            ]
            found[mart.name] = {text for column in cells for (text,) in column if text is not None}
    return found


def rows(path, sql: str) -> list[tuple]:
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(sql).fetchall()


def test_each_mart_has_one_rule(made):
    """Whole, by the columns that name a source, or otherwise; a list names no mart that is not."""
    marts = {mart.name for mart in made.marts}
    listed = [*rules.COMPUTED, *rules.CATALOGUE, *rules.NAMED_OTHERWISE]
    assert sorted(set(listed)) == sorted(listed) and set(listed) <= marts
    with pytest.raises(rules.ReleaseError, match=r"fct_new .*release/rules\.py"):
        rules.open_rows("fct_new", {"score": "DOUBLE"})


def test_no_row_of_a_closed_source_goes_out(made, whole, texts):
    """Neither a row that names one, nor the path of a file of one; private ones not at all."""
    closed = {source for (source,) in rows(whole, CLOSED)}
    assert {"own", "brainscore_leaderboard_2025_05"} <= closed
    with duckdb.connect(made.folder / "warehouse.duckdb", read_only=True) as con:
        for mart in made.marts:
            if mart.name in rules.CATALOGUE or "source_id" not in {c for c, _, _ in mart.columns}:
                continue
            found = con.execute(f"select distinct source_id from marts.{mart.name}").fetchall()
            assert not {source for (source,) in found} & closed, mart.name
    paths = {
        path
        for (path,) in rows(
            whole, f"select source_file from marts.dim_files where source_id in ({CLOSED})"
        )
    }
    assert paths
    assert {mart for mart, found in texts.items() if found & paths} == set()
    private = {"own", "my_model", "my model", "my_benchmark"}
    assert {mart: found & private for mart, found in texts.items() if found & private} == {}
    assert made.n_private == 4
    # the average over one score is that score
    assert "once_scored" not in texts["fct_model_rankings"]


def test_nothing_says_who_or_where(made, texts):
    """No address of a person and no path of a machine, in a table or a text beside them."""
    beside = {p.name: {p.read_text(encoding="utf-8")} for p in made.folder.glob("*.[jmh]*")}
    is_one = re.compile(rf"[\w.]+@[\w-]+\.\w+|(?<![\w.:/])/(home|root|Users|tmp)/|{settings.ROOT}")
    found = {
        name: hits[:3]
        for name, held in (texts | beside).items()
        if (hits := [text[:200] for text in held if is_one.search(text)])
    }
    assert found == {}
    columns = {column for mart in made.marts for column, _, _ in mart.columns}
    assert not columns & {"submitter", "author", "owner", "email"}


def test_what_is_left_out_is_counted(made, whole):
    """Per mart, in the file and in the README; open scores are there, closed ones are not."""
    path = made.folder / "warehouse.duckdb"
    counted = {
        m: (n, out)
        for m, n, out in rows(path, "select mart, n_rows, n_left_out from quality.released")
    }
    n_all = dict(
        rows(
            whole,
            "select table_name, estimated_size from duckdb_tables() where schema_name = 'marts'",
        )
    )
    assert {mart: n + out for mart, (n, out) in counted.items()} == n_all
    n, out = counted["fct_scores"]
    assert n and out
    readme = (made.folder / "README.md").read_text(encoding="utf-8")
    assert f"| `fct_scores` | {n:,} | {out:,} |" in readme


def test_parquet_describes_itself(made):
    """Table and columns, in the words of the marts' YAML."""
    for mart in made.marts:
        for path in mart.files:
            schema = pq.read_schema(made.folder / path)
            assert schema.metadata[b"description"].decode() == mart.description != ""
            said = [field.metadata[b"description"].decode() for field in schema]
            assert said == [text for _, _, text in mart.columns] and all(said)


def test_parquet_holds_every_row(made, monkeypatch):
    """Of the parts of a large mart as of one file, in whatever engine: names, types and cells."""
    monkeypatch.chdir(made.folder)
    with duckdb.connect("warehouse.duckdb", read_only=True) as con:
        for mart in made.marts:
            is_parted = mart.partitioned_by is not None
            columns = ", ".join(f'"{name}"' for name, _, _ in mart.columns)
            folder = mart.path.partition("/*")[0]
            arrow = dataset.dataset(folder, partitioning="hive" if is_parted else None).to_table()
            con.register("arrow", arrow)
            wanted = con.sql(f"from marts.{mart.name}")
            for engine in (
                f"read_parquet('{mart.path}', hive_partitioning = {is_parted})",
                "arrow",
            ):
                found = con.sql(f"select {columns} from {engine}")
                assert found.columns == wanted.columns and len(found) == len(wanted) == mart.n_rows
                assert found.types == wanted.types, mart.name
                assert found.except_(wanted).fetchall() == [], mart.name


def test_large_marts_are_parted(made):
    """All of them or none, each by a column that names every row; one without rows is a file."""
    parted = {m.name for m in made.marts if m.partitioned_by}
    asked = {m.name for m in made.marts if partition_key(m.name) and m.n_rows}
    assert asked and parted in (set(), asked)


def test_checksums_are_of_every_file(made):
    """As ``sha256sum --check`` reads them."""
    lines = (made.folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    files = {p.relative_to(made.folder).as_posix(): p for p in made.folder.rglob("*.*")}
    assert sums == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()
    } | {"LICENSE": sums["LICENSE"]}


def test_programs_can_read_the_descriptions(made):
    """Every column, with its type and its file; validated where the validators are installed."""
    described = json.loads((made.folder / "croissant.json").read_text(encoding="utf-8"))
    fields = [f["name"] for record in described["recordSet"] for f in record["field"]]
    assert fields == [f"{m.name}/{c}" for m in made.marts for c, _, _ in m.columns]
    package = json.loads((made.folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource, mart in zip(package["resources"], made.marts, strict=True):
        assert resource["path"] == (list(mart.files) if mart.partitioned_by else mart.path)


def test_croissant_is_valid(made):
    """And its records can be read by it."""
    croissant = pytest.importorskip("mlcroissant")
    described = croissant.Dataset(jsonld=str(made.folder / "croissant.json"))
    for name in ("dim_sources", "fct_scores"):
        assert next(iter(described.records(name)))[f"{name}/source_id"]


def test_frictionless_is_valid(made):
    """The description; the data have the checksums that it names."""
    frictionless = pytest.importorskip("frictionless")
    package = frictionless.Package(str(made.folder / "datapackage.json"))
    assert len(package.resources) == len(made.marts)
    for resource in [r for r in package.resources if r.hash][:5]:
        content = (made.folder / resource.path).read_bytes()
        assert resource.hash == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_the_readme_opens_it(made):
    """Its lines run in the folder of the release, those without us with nothing of ours."""
    readme = (made.folder / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(blocks) == 3 + any(mart.partitioned_by for mart in made.marts)
    for block in blocks:
        isolated = [] if "alignment_warehouse" in block else ["-I"]
        done = subprocess.run(
            [sys.executable, *isolated, "-c", block],
            **{"cwd": made.folder, "capture_output": True, "encoding": "utf-8"},
        )
        assert done.returncode == 0, done.stderr
        assert "cohort_id" in done.stdout


def test_our_own_door_opens_it(made):
    """Scores of open cohorts, and statistics of all."""
    w = aw.open(made.folder / "warehouse.duckdb")
    assert all(s["is_redistributable"] for s in w.scores().attrs["sources"])
    assert len(w.agreement()) and len(w.tables()) == len(made.marts)
    assert len(w.rank("brainscore_2024_complete"))
    for ask in (w.scores, lambda cohort: w.rank(cohort, benchmarks=["*"])):
        with pytest.raises(aw.Unknown, match=r"brainscore_snapshot_2024_01_01 \(none"):
            ask("brainscore_2024_complete")


def test_a_released_file_says_what_it_holds(made, whole, monkeypatch, aw):
    """``aw tables`` reads the released file as it reads the whole one."""
    monkeypatch.setattr(settings, "WAREHOUSE", made.folder / "warehouse.duckdb")
    listed = aw("tables")
    assert listed.exit_code == 0 and "fct_scores" in listed.stdout
    said = aw("tables", "fct_scores").stdout
    assert "Made from" in said and "own" not in said.split("Made from")[1].split()


def test_a_release_that_fails_leaves_the_old_one(made, whole, monkeypatch, tmp_path):
    """Nothing half-made stands in its place, or beside it."""
    monkeypatch.setattr(settings, "WAREHOUSE", whole)
    monkeypatch.setattr(rules, "COMPUTED", set())
    before = (made.folder / "SHA256SUMS").read_bytes()
    with pytest.raises(rules.ReleaseError):
        release(Console(quiet=True), lambda: tmp_path / "docs.html", made.folder.parent)
    assert (made.folder / "SHA256SUMS").read_bytes() == before
    assert [p.name for p in made.folder.parent.iterdir()] == [NAME]


def test_there_is_nothing_to_release(monkeypatch, tmp_path):
    """Without a warehouse it says what to do."""
    monkeypatch.setattr(settings, "WAREHOUSE", tmp_path / "none.duckdb")
    with pytest.raises(db.WarehouseMissing, match="make warehouse"):
        release(Console(quiet=True), pytest.fail, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_is_refused_before_anything_is_made(whole, monkeypatch, tmp_path):
    """The page of documentation alone takes half a minute."""
    monkeypatch.setattr(settings, "WAREHOUSE", whole)
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        release(Console(quiet=True), pytest.fail, tmp_path / "file" / "out")


def _edited(released, folder):
    """A release with a change of the user's."""
    shutil.copytree(released, folder)
    (folder / "README.md").write_text("mine", encoding="utf-8")


def _added_to(released, folder):
    """A release that a folder was unpacked into."""
    shutil.copytree(released, folder)
    shutil.copytree(released, folder / "data" / "own")


def _linked(released, folder):
    """A link to one."""
    shutil.copytree(released, folder.with_name("elsewhere"))
    folder.symlink_to("elsewhere")


def _in_use(released, folder):
    """The warehouse that is to be released."""
    shutil.copytree(released, folder)
    settings.WAREHOUSE = folder / "warehouse.duckdb"


def _of_another(released, folder):
    """A folder with checksums, as added data has them."""
    folder.mkdir()
    (folder / "scores.csv").write_bytes(b"mine")
    note_sums(folder)


OTHERS = {
    _edited: "README.md is not as a release wrote it",
    _added_to: "data/own/.* is not as a release wrote it",
    _of_another: "scores.csv is not as a release wrote it",
    _linked: "it is a link or a file",
    _in_use: "warehouse.duckdb lies in it",
    lambda _, folder: folder.write_bytes(b"mine"): "it is a link or a file",
    lambda _, folder: folder.symlink_to("nowhere"): "it is a link or a file",
}


@pytest.mark.parametrize("put", OTHERS)
def test_what_is_no_release_is_not_replaced(made, whole, monkeypatch, tmp_path, put):
    """Refused before anything is made, and nothing of it is lost."""
    monkeypatch.setattr(settings, "WAREHOUSE", whole)
    put(made.folder, tmp_path / NAME)
    before = {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")}
    with pytest.raises(rules.ReleaseError, match=f"{NAME} is not replaced .*{OTHERS[put]}"):
        release(Console(quiet=True), pytest.fail, tmp_path)
    assert {p: p.is_file() and p.read_bytes() for p in tmp_path.rglob("*")} == before


def test_what_was_left_beside_a_release_does_not_stop_the_next(made, tmp_path):
    """By one that was killed, or a link that took the place of the old one."""
    shutil.copytree(made.folder, tmp_path / NAME)
    (tmp_path / "mine").mkdir()
    (tmp_path / f".{NAME}.old").symlink_to("mine")
    (tmp_path / f".{NAME}.part").touch()
    with _beside(tmp_path / NAME) as folder:
        (folder / "new").touch()
    assert sorted(p.name for p in tmp_path.rglob("*")) == [NAME, "mine", "new"]
