"""Whatever a file, a folder or a terminal does, a command ends in a line that says what to mend."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import duckdb
import pyarrow as pa
import pytest

from ingest import Explained, seal, settings
from ingest.documents import DocumentError, entries, read_json, read_yaml, rows_of
from ingest.registry import load_registry
from warehouse.cli import main, terminal

SCORES = "model,benchmark,score\na,own:x,.5\n"
TRIALS = "subj,object_response,category,condition,imagename\na,dog,dog,cr,x.png\n"
NEW = ["--title", "T", "--url", "https://example.org/s.csv", "--citation", "geirhos2021", "--date",
       "2026-11-20", "--namespace", "timm", "--modality", "behavioural", "--metric-type",
       "accuracy"]  # fmt: skip
COMMANDS = {
    "sources": [],
    "source new": ["none.csv", "--name", "x", *NEW],
    "source check": ["none"],
    "fetch": ["none"],
    "add": ["scores.csv", "--yes"],
    "remove": ["none"],
    "build": ["--no-fetch"],
    "check": [],
    "docs": [],
    "query": ["select count(*) from dim_models"],
    "tables": ["dim_models"],
    "rank": ["--cohort", "none"],
    "next": ["--cohort", "none"],
    "panel": [],
    "targets": [],
    "multiverse": [],
    "export": ["paper"],
    "release": [],
    "compute list": [],
    "compute embed": ["--models", "random:resnet18:0", "--stimuli", "none"],
    "compute align": [],
    "compute saliency": ["--models", "random:resnet18:0", "--stimuli", "none"],
    "compute probe": [],
    "compute calibrate": ["--architectures", "resnet18", "--stimuli", "none"],
    "compute collect": [],
    "compute demo": None,  # takes minutes, and reads nothing that is not its own
}
"""Every command, asked for something that it would answer, or that is not there."""


def names_of(group: click.Group, before: str = "") -> set[str]:
    """The commands of a group and of the groups in it."""
    found = set()
    for name, command in group.commands.items():
        inner = isinstance(command, click.Group)
        found |= names_of(command, f"{name} ") if inner else {before + name}
    return found


def test_no_command_is_left_out():
    """A new command is tried too."""
    assert names_of(main) == set(COMMANDS)


def _another(path: Path, *statements: str) -> None:
    with duckdb.connect(path) as con:
        for statement in ("create schema marts", "create schema seeds", *statements):
            con.execute(statement)


def _flipped(path: Path) -> None:
    """With a catalogue that is whole, and rows that are not."""
    _another(path, "create table marts.dim_models as select range as model_id from range(99999)")
    content = bytearray(path.read_bytes())
    for at in range(12_288 + 4_096, len(content), 1_009):
        content[at] ^= 255
    path.write_bytes(content)


WAREHOUSES = {
    "absent": lambda path: None,
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_bytes(b"a file of another program\n" * 999),
    "a folder": lambda path: path.mkdir(),
    "a loop": lambda path: path.symlink_to(path),
    "without marts": lambda path: duckdb.connect(path).close(),
    "of another version": lambda path: _another(path, "create table marts.dim_models (a int)"),
    "cut off": lambda path: (_flipped(path), os.truncate(path, path.stat().st_size // 2)),
    "damaged": _flipped,
}


def files_of(folder: Path) -> set[Path]:
    """All files but those of work in progress."""
    return {p for p in folder.rglob("*") if p.is_file() and folder / "build" not in p.parents}


def one_line(result, *, says: str = "") -> None:
    """A refusal as a person can use it: one line, the exit status 1, no traceback."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1 and len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert says in result.stderr, result.stderr


@pytest.fixture
def beside(aw, tmp_path, monkeypatch):
    """Run a command in a folder with small files and with this file as the warehouse."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scores.csv").write_text(SCORES, encoding="utf-8")
    (tmp_path / "colour.csv").write_text(TRIALS, encoding="utf-8")

    def run(name: str, *arguments: object):
        return aw(*name.split(), *(arguments if arguments else COMMANDS[name]))

    return run


READING = {
    name
    for name, arguments in COMMANDS.items()
    if name.split()[0] not in ("compute", "source", "fetch", "remove", "build")
}
"""Commands that open the warehouse, which a build replaces and the others leave alone."""


@pytest.mark.parametrize("state", WAREHOUSES)
def test_a_warehouse_that_is_none_is_named_in_one_line(beside, tmp_path, monkeypatch, state):
    """By every command that reads it, and nothing is left behind."""
    path = tmp_path / "odd.duckdb"
    WAREHOUSES[state](path)
    monkeypatch.setattr(settings, "WAREHOUSE", path)
    before = files_of(tmp_path)
    for name in sorted(READING):
        if (name, state) in {("sources", "absent"), ("sources", "a loop")}:
            continue  # it lists what is to be fetched
        if name in ("check", "docs", "release") and state in ("of another version", "damaged"):
            continue  # dbt reads it
        if name == "query" and state == "of another version":
            continue  # any table may be asked for
        one_line(beside(name), says=str(path))
    assert files_of(tmp_path) == before


def test_a_build_begins_by_refusing_a_folder_in_its_place(beside, tmp_path, monkeypatch):
    """Not after all has been made."""
    monkeypatch.setattr(settings, "WAREHOUSE", tmp_path)
    one_line(beside("build"), says="is a folder")
    one_line(beside("query"), says="is a folder")


@pytest.mark.parametrize("name", ["embed", "probe", "saliency"])
def test_what_needs_the_compute_extra_says_how_to_get_it(tmp_path, name):
    """In a process of its own: SciPy looks for torch among the modules that are loaded."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError", encoding="utf-8")
    asked = ["digits" if word == "none" else word for word in COMMANDS[f"compute {name}"]]
    ended = subprocess.run(
        [sys.executable, "-m", "warehouse.cli", "compute", name, *asked],
        env=os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{settings.ROOT}"},
        capture_output=True, text=True,
    )  # fmt: skip
    said = "embeddings and probes need the compute extra: make compute"
    assert (ended.returncode, ended.stderr.strip()) == (1, said)


@pytest.mark.parametrize("name", ["warehouse", "docs", "unit_tests", "mine"])
def test_a_warehouse_among_the_files_of_work_is_not_touched(beside, tmp_path, monkeypatch, name):
    """A build, and a copy that dbt works on, begin by deleting what has their name."""
    (tmp_path / "work").mkdir()
    path = settings.WAREHOUSE.rename(tmp_path / "work" / f"{name}.duckdb")
    monkeypatch.setattr(settings, "WAREHOUSE", path)
    monkeypatch.setattr(settings, "BUILD", tmp_path / "link")
    settings.BUILD.symlink_to("work")
    content = path.read_bytes()
    for command in ("build", "check", "docs", "release"):
        one_line(beside(command), says=f"{path} lies in {settings.BUILD}, ")
    one_line(beside("check", "--reproducible"), says="AW_BUILD")
    assert path.read_bytes() == content and not settings.EXPORTS.exists()


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (Explained("what to do"), "what to do"),
        (OSError(errno.ENOSPC, "No space left on device", "/x/y"), "/x/y: the disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/x/y"), "/x/y: the disk is read-only"),
        (OSError(errno.EFBIG, "File too large", "/x/y"), "/x/y: the file may not grow so large"),
        (OSError("only a text"), "only a text"),
        (MemoryError(), "not enough memory"),
        (duckdb.OutOfMemoryException("failed to allocate"), "not enough memory"),
        (duckdb.IOException('Could not write file "/x": No space left on device'), "disk is full"),
        (duckdb.CatalogException("no table x\n\nLINE 1: …"), "another version of the project"),
        (OSError(28, "No space left", "/from", None, "/to"), "/to: the disk is full"),
        (duckdb.TransactionException("Failed to commit: No space left on device"), "disk is full"),
        (KeyboardInterrupt(), "interrupted"),
        (RuntimeError("Query interrupted"), "interrupted"),
    ],
)  # fmt: skip
def test_what_can_be_expected_is_one_line_of_every_command(aw, monkeypatch, error, says):
    """The boundary alone decides: no command has a rule of its own."""

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("warehouse.db.connect", fails)
    for command in ("panel", "targets", "tables"):
        result = aw(command)
        assert result.exit_code == (130 if says == "interrupted" else 1)
        assert says in result.stderr and len(result.stderr.splitlines()) == 1, result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("panel", "--cohort", "\udcff"), ("next", "--model", "\udcff"),
        ("rank", "--cohort", "\udcff"),
        ("export", "agreement_predictors", "--cohort", "\udcff"), ("query", "select '\udcff'"),
        ("multiverse", "\udcff"), ("tables", "\udcff"), ("remove", "\udcff"),
        ("add", "\udcff", "--yes", "--name", "a"), ("query", "--database", "\udcff", "select 1"),
        ("source", "new", "\udcff", "--name", "x", *NEW),
        ("compute", "align", "--stimuli", "\udcff"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_there", [False, True])
def test_bytes_that_are_no_text_are_refused_before_anything_is_asked(
    aw, tmp_path, monkeypatch, arguments, is_there
):
    """DuckDB would say that it cannot cast an instance, or fail at the name of a file."""
    monkeypatch.chdir(tmp_path)
    if is_there:
        Path("\udcff").write_text(SCORES, encoding="utf-8")
    one_line(aw(*arguments), says="\\udcff")


@pytest.mark.parametrize("place", terminal.PLACES)
def test_a_place_whose_name_is_no_text_is_refused(aw, tmp_path, monkeypatch, place):
    """Whatever the environment names."""
    monkeypatch.setattr(settings, place, tmp_path / "\udcff")
    one_line(aw("tables"), says=f"AW_{place} '")


@pytest.mark.parametrize(
    "arguments",
    [
        *(("export", "x", "--width", w) for w in ("1.2.3in", "٣in", "0in", "1e5in", "9999in")),
        *(("export", "x", "--font-size", s) for s in ("nan", "inf", "0", "-3", "1e308")),
        ("export", "x", "--rows", "-1"),
        ("rank", "--cohort", "x", "--min-coverage", "nan"),
        ("rank", "--cohort", "x", "--weights", "V1=٣"),
        ("compute", "embed", "--models", "m", "--stimuli", "digits", "--batch", 10**30),
        ("compute", "probe", "--shots", 10**30),
        ("compute", "align", "--resamples", 10**12),
    ],
)
def test_a_number_that_is_none_is_refused_by_the_option(aw, arguments):
    """As of every wrong option: the exit status 2 and how to be helped."""
    result = aw(*arguments)
    assert result.exit_code == 2 and "Invalid value for '--" in result.stderr


def test_a_message_keeps_the_place_and_not_all_that_stands_there():
    """A cell may have 200,000 characters."""
    said = str(Explained(f"x.csv, line 2: {'a' * 200_000}\nmend it"))
    assert said.startswith("x.csv, line 2: aaa") and said.endswith("…\nmend it")
    assert len(said) < 5_000


@pytest.mark.parametrize("error", [KeyError("x"), ZeroDivisionError(), duckdb.ParserException("x")])
def test_a_fault_of_ours_keeps_its_traceback_and_asks_for_a_report(aw, monkeypatch, error):
    """It would be no help to hide where it is."""

    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("warehouse.db.connect", fails)
    result = aw("targets")
    assert result.exception is error and error.__notes__ == [terminal.REPORT]


# YAML and JSON of the project

YAML = {
    "no YAML": (b"a: [1,\nb: 2: 3", 2),
    "a tab": (b"a:\n\t- b", 2),
    "nothing": (b"", None),
    "a list": (b"- a", None),
    "text": (b"hello", None),
    "a null byte": (b"a: \0", None),
    "latin-1": ("a: é".encode("latin-1"), None),
    "marked twice": ("\ufeffa: 1".encode("utf-8-sig"), 1),
    "marked inside": ("a:\n- {\n\ufeff}".encode(), 3),
    "utf-16": ("a: 1".encode("utf-16"), None),
    "no such date": (b"a: 2026-13-45", None),
    "5,000 digits": (b"a: " + b"9" * 5_000, None),
    "an object of Python": (b"a: !!python/object:os.system x", 1),
    "no such anchor": (b"a: *b", 1),
    "a key twice": (b"a: 1\nb: 2\na: 3", 3),
    "a key twice, inside": (b"a:\n- {b: 1, b: 2}", 2),
    "a list as a key": (b"? [1]\n: 2", 1),
    "half a character": (b'a: "\\ud800"', None),
    "flow, 100,000 deep": (b"a: " + b"[" * 100_000, 1),
    "closed flow, 100,000 deep": (b"a: " + b"[" * 100_000 + b"]" * 100_000, 1),
    "blocks, 3,000 deep": (b"".join(b" " * i + b"a:\n" for i in range(3_000)), 101),
}


@pytest.mark.parametrize(("content", "line"), YAML.values(), ids=YAML)
def test_yaml_that_is_none_is_refused_by_file_and_line(tmp_path, content, line):
    """Libyaml itself would end the process at the deepest of them."""
    path = tmp_path / "x.yml"
    path.write_bytes(content)
    with pytest.raises(DocumentError) as refused:
        read_yaml(path)
    said = str(refused.value)
    assert said.startswith(f"{path}, line {line}: " if line else str(path))
    assert len(said.splitlines()) == 1 and len(said) < len(str(path)) + 300


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("b: []", "key a is missing"),
        ("a: x", "a: expected a list"),
        ("a: [x]", "entry 1: expected keys"),
        ("a: [{name: x}, {b: 1}]", "entry 2: name is missing"),
        ("a: [{name: [1]}]", "entry 1: name is missing"),
    ],
)
def test_entries_have_names(tmp_path, text, says):
    """A section is a list of what has a name."""
    path = tmp_path / "x.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=says):
        entries(path, "a")


@pytest.mark.parametrize(
    "changes",
    [
        {"config": "x"}, {"config": [1]}, {"config": {"meta": 7}}, {"tables": "x"},
        {"tables": [7]}, {"tables": {"a": 1}}, {"tables": [{"name": "scores", "columns": 7}]},
        {"tables": [{"name": "scores", "config": {"meta": {"header": [1]}}}]},
        {"tables": [{"name": "scores", "config": {"meta": {"manifest": "none.csv"}}}]},
        {"tables": [{"name": "scores", "config": {"meta": {"header_of": "none"}}}]},
        {"tables": [{"name": "scores", "config": {"meta": {"header": {"a": 1}}}, "columns": [7]}]},
    ],
)  # fmt: skip
def test_a_source_of_another_form_is_refused_by_file_and_name(tiny, changes):
    """Whatever stands in the place of what is expected."""
    tiny.write(tiny.declaration() | changes)
    with pytest.raises(Explained) as refused:
        load_registry(tiny.staging, tiny.folder)
    assert str(tiny.yaml_path) in str(refused.value) or "manifest" in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "[" * 3_000, "9" * 5_000, "\ud800", "\xff"])
def test_json_that_is_none_is_refused_by_file(tmp_path, text):
    """Records of this machine may be damaged as everything else."""
    path = tmp_path / "x.json"
    path.write_bytes(text.encode("latin-1" if text == "\xff" else "utf-8", "surrogatepass"))
    with pytest.raises(DocumentError, match=r"x\.json: damaged"):
        read_json(path)


# what is printed

CONTROLS = ["\x1b[31mred", "\x07", "\x9b31m", "a\rb", "\u202egpj.exe", "\u2066x", "\u200fx"]


@pytest.mark.parametrize("text", CONTROLS)
def test_no_text_sends_a_command_to_the_terminal(capsys, monkeypatch, text):
    """However it is printed: alone, in a table, as its title, as an error, by the data formats."""
    for console in (terminal.OUT, terminal.ERR):
        console.print(text)
        console.print(f"{text} [/red] :smile:", style="red")
    terminal.print_table([text], [(text,)], title=text)
    terminal.print_answer([text], [(text * 99,)] * 2)
    with pytest.raises(SystemExit):
        terminal.fail(text)
    for stream in (sys.stdout, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    terminal.put(text)
    terminal.put(text, err=True)
    said = "".join(capsys.readouterr())
    assert not {*said} & {chr(code) for code in terminal.VISIBLE}
    assert "[/red] :smile:" in said


@pytest.mark.parametrize("name", ["loop", "x" * 255, "\n", "-x", "x.csv"])
def test_a_file_for_the_answer_may_have_any_name(aw, tmp_path, monkeypatch, name):
    """It comes whole, and takes no other file's place before it is."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "x.csv.part").write_text("of another program", encoding="utf-8")
    before = {p.name for p in tmp_path.iterdir()}
    result = aw("query", "select 1 as a", "--format", "csv", f"--output={name}")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / name).read_text("utf-8") == '"a"\n1\n'
    assert {p.name for p in tmp_path.iterdir()} == before | {name}
    assert (tmp_path / "x.csv.part").read_text("utf-8") == "of another program"


@pytest.mark.parametrize("command", ["add", "source new", "query"])
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_a_pipe_or_a_device_is_not_waited_for(beside, tmp_path, command, make):
    """The message names it."""
    path = tmp_path / "endless.sql"
    make(path)
    one_line(beside(command, path, *COMMANDS[command][1:]), says=f"{path}: is a pipe or a device")


def test_a_file_of_any_size_takes_no_more_memory_than_is_read(beside, tmp_path):
    """A terabyte, on a disk without."""
    path = tmp_path / "large.csv"
    path.touch()
    os.truncate(path, 1 << 40)
    one_line(beside("add", path), says=f"{path}: larger than the 30,000,000 bytes that are read")
    arguments = [path, *COMMANDS["source new"][1:]]
    one_line(beside("source new", *arguments), says="at most: it has 1,099,511,627,776")


def test_a_file_gets_the_text_as_it_is(capsys):
    """Another program may need every character."""
    terminal.put("\x1b[31m\u202e")
    assert capsys.readouterr().out == "\x1b[31m\u202e\n"


def test_wide_letters_count_twice(monkeypatch):
    """A column of Chinese names needs twice the room."""
    monkeypatch.setattr(terminal.OUT, "width", 40)
    with terminal.OUT.capture() as captured:
        terminal.print_answer(["a", "b"], [("語" * 14, "語" * 14)])
    assert all(terminal.cell_len(line) <= 40 for line in captured.get().splitlines())
    assert captured.get().count("語") == 28


# interrupts and limits, in processes of their own


def running(warehouse: Path, code: str) -> subprocess.Popen:
    """A process that hears Ctrl-C, as in a terminal."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"AW_WAREHOUSE": str(warehouse)},
        cwd=settings.ROOT,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


LOST = """
import ctypes, sys, time
from warehouse.cli import main, panel
def back(): print("in C", file=sys.stderr, flush=True); time.sleep(60)
def called(**_): ctypes.CFUNCTYPE(None)(back)(); time.sleep(60)
panel.callback = called
main(["panel"])
"""


def test_an_interrupt_inside_of_c_is_not_lost(small_warehouse):
    """Numba compiles there: Python would print a traceback, and the command go on."""
    process = running(small_warehouse, LOST)
    try:
        assert process.stderr.readline() == "in C\n"
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, said) == (130, "interrupted\n")


IMPORTING = """
import sys, time
class Slow:
    def find_spec(self, name, *_):
        if name == "warehouse.cli.tables":
            print("importing", file=sys.stderr, flush=True); time.sleep(60)
sys.meta_path.insert(0, Slow())
import warehouse.cli
"""


def test_an_interrupt_while_modules_are_imported_is_an_end_and_no_traceback(small_warehouse):
    """The first .3 s of every command."""
    process = running(small_warehouse, IMPORTING)
    try:
        assert process.stderr.readline() == "importing\n"
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert (process.returncode, said) == (-signal.SIGINT, "")  # which a shell counts as 130


@pytest.mark.parametrize(
    ("streams", "arguments", "says"),
    [
        (">&-", "panel --help", "the output is closed"),
        (">&-", "--version", "the output is closed"),
        (">/dev/full", "--version", "the disk is full"),
        (">/dev/full", "panel --help", "the disk is full"),
        (">&-", "query 'select 1'", "the output is closed"),
        (">&- <&- 2>&-", "query 'select 1'", ""),
    ],
)
def test_streams_that_are_closed_or_full_end_in_a_line(
    small_warehouse, tmp_path, streams, arguments, says
):
    """A file that is opened never takes their place."""
    command = f"{sys.executable} -m warehouse.cli {arguments} {streams}"
    env = os.environ | {"AW_WAREHOUSE": str(small_warehouse), "PYTHONPATH": str(settings.ROOT)}
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 1 and done.stderr.strip().endswith(says), done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) <= 1


def test_a_setting_that_begins_in_a_deleted_folder_is_a_line(tmp_path):
    """The settings are read while modules are imported."""
    done = subprocess.run(
        f"mkdir gone; cd gone; rmdir ../gone; {sys.executable} -m warehouse.cli tables",
        **{"shell": True, "cwd": tmp_path, "capture_output": True, "encoding": "utf-8"},
        env=os.environ | {"AW_DATA": "relx", "PYTHONPATH": str(settings.ROOT)},
    )
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("AW_DATA: relx is relative to a folder that has been deleted. ")


LIMITED = """
import resource, sys
from warehouse.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
main(["query", "from range(99999)", "--format", "csv", "--output", sys.argv[1]])
"""


def test_a_file_that_may_not_grow_is_named_and_not_left(small_warehouse, tmp_path):
    """As on a full disk."""
    path = tmp_path / "out.csv"
    process = running(small_warehouse, LIMITED.replace("sys.argv[1]", repr(str(path))))
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1 and not [*tmp_path.glob("out*")]
    assert said == f"{path}: could not be written (the file may not grow so large (ulimit -f))\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"a,b\n1\n", "x.csv:2: 1 cells where the header has 2"),
        (b"a,b\n1,2\n\n3,4,5\n", "x.csv:4: 3 cells"),
        (b'a,b\n1,"2\n', "x.csv:2: not readable as CSV"),
        ("a,b\nété,2\n".encode("latin-1"), "x.csv: not UTF-8 (line 2)"),
        ("a,b\n1,2\n".encode("utf-16"), "x.csv: not UTF-8 (line 1)"),
    ],
)
def test_seeds_and_manifests_that_are_none_are_refused_by_line(tmp_path, content, says):
    """They are written by hand."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(DocumentError) as refused:
        list(rows_of(path))
    assert says in str(refused.value)


def test_a_sealed_table_whose_text_is_none_has_changed():
    """Parquet does not look whether what it calls text is in UTF-8."""
    table = seal.sealed(pa.table({"a": ["éx"]}))
    odd = pa.array([b"\xc3x"]).view(pa.string())
    assert seal.fault(table.set_column(0, "a", odd)) == "its content has changed"
