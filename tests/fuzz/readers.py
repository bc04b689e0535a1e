"""Every reader with files for it that nobody would write."""

import functools
import hashlib
import io
import json
import pickle
import struct
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import yaml
from hypothesis import strategies as st

from ingest import documents
from ingest.load import load
from ingest.locate import PRESENT, Located
from ingest.registry import Column, RawTable, Source, SourceFile, read_manifest
from ingest.settings import ROOT
from warehouse.own import scores, sets, trials

REFUSED, UNKNOWN = "refused", "unknown"
"""What a file is known to say, where it has no one meaning, and where nobody knows."""
_KEPT = tempfile.TemporaryDirectory(prefix="fuzz")
FOLDER = Path(_KEPT.name)
"""Of this process; gone when it ends."""
Case = tuple[bytes, object]


@dataclass(frozen=True)
class Reader:
    """A reader with files for it.

    Attributes
    ----------
    cases : strategy
        Contents of files, each with what it says, ``REFUSED`` or ``UNKNOWN``.
    read : callable
        What the reader makes of a content.
    again : callable, optional
        What an independent reader makes of it; where that raises, it says nothing.
    """

    cases: st.SearchStrategy[Case]
    read: Callable[[bytes], object]
    again: Callable[[bytes], object] | None = None


# damage

ODD = [
    *(b"\0", b"\xff", b'"', b'""', b"'", b",", b";", b"\t", b"\r", b"\n\n", b"\r\n", b" ", b"\\"),
    *(b"inf", b"NaN", b"1e400", b"0x10", b"1_000", b"-0", b"1,5", b"5 %", b"=1+1", b"null", b"{"),
    *(b"[", b"]", b"}", b":", b"- ", b"&a ", b"*a", b"!!x ", b"#", b"\xef\xbb\xbf", b"\xff\xfe"),
    *(b"\x1b[31m", "\x85\u202e\u2028\u0663\u00e9e\u0301".encode(), b"\xed\xa0\x80", b"\\ud800"),
    *(b"9" * 5_000, b"[" * 3_000, b"a" * 200_000, b"select 1;", b"--", b"/*", b"$$", b"\xff" * 8),
]  # fmt: skip
OTHERWISE = [
    lambda content: content.decode("utf-8", "replace").encode("utf-16"),
    lambda content: content.decode("utf-8", "replace").encode("latin-1", "replace"),
    lambda content: content.replace(b"\n", b"\r"),
    lambda content: b"",
    lambda content: content * 2,
]


@st.composite
def damaged(draw: Callable, whole: st.SearchStrategy[Case]) -> Case:
    """A file with bytes changed, cut out, doubled or put in."""
    content, _ = draw(whole)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.sampled_from([1, 1, 2, 8, 64, len(content)]))
        before, part, after = content[:at], content[at:end], content[end:]
        match draw(st.integers(0, 4)):
            case 0:
                content = before + draw(st.binary(max_size=8)) + after
            case 1:
                content = before + after
            case 2:
                content = before + part + part + after
            case 3:
                content = before + draw(st.sampled_from(ODD)) + part + after
            case 4:
                content = draw(st.sampled_from(OTHERWISE))(content)
    return content, UNKNOWN


def with_damage(whole: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    """Whole files, damaged ones, and a few of any bytes."""
    anything = st.tuples(st.binary(max_size=200), st.just(UNKNOWN))
    return st.one_of(whole, whole, damaged(whole), damaged(whole), anything)


# published files: CSV, JSON, Parquet

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ROWS = st.lists(
    st.tuples(
        TEXT,
        st.integers(-(2**63), 2**63 - 1),
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
    ),
    min_size=1,
    max_size=6,
)
COLUMNS = {"name": "varchar", "id": "bigint", "score": "double"}


def published(content: bytes, ending: str) -> list[tuple]:
    """What stands in the raw table once a file is loaded as a build does it."""
    path = FOLDER / f"fuzz.{ending}"
    path.write_bytes(content)
    file = SourceFile(path.name, "", hashlib.sha256(content).hexdigest(), len(content))
    columns = tuple(Column(name, kind) for name, kind in COLUMNS.items())
    table = RawTable(
        "fuzz", "t", "fuzz__t", "T.", columns, ROOT / "pyproject.toml", (file,), missing=("",)
    )
    about = dict.fromkeys(("title", "description", "url", "commit", "retrieved_on", "licence"), "x")
    source = Source("fuzz", **about, citation="x", tables=(table,))
    with duckdb.connect() as con:
        load(con, {"fuzz": source}, {"fuzz": [Located(file, PRESENT, path, file.sha256)]})
        return con.execute('select name, id, score from raw."fuzz__t" order by _row').fetchall()


@st.composite
def csv_file(draw: Callable) -> Case:
    """Any cells, quoted where they must be or everywhere, with any line ends."""
    rows = draw(ROWS)
    is_quoted, end = draw(st.booleans()), draw(st.sampled_from(["\n", "\r\n"]))

    def cell(text: str) -> str:
        needed = is_quoted or any(c in text for c in ',"\r\n')
        return '"' + text.replace('"', '""') + '"' if needed else text

    said = [(name, str(i), "" if x is None else repr(x)) for name, i, x in rows]
    lines = [",".join(map(cell, row)) for row in [tuple(COLUMNS), *said]]
    return (end.join(lines) + end * draw(st.integers(0, 2))).encode(), said


def csv_again(content: bytes) -> list[tuple]:
    """The rows by the grammar of RFC 4180, letter by letter."""
    text, rows, row, cell = content.decode("utf-8-sig") + "\n", [], [], ""
    state = "start"
    for letter, next_one in zip(text, text[1:] + "\n", strict=True):
        if letter + next_one == "\r\n" and state != "quoted":
            continue
        if state == "quoted":
            state, cell = ("closed", cell) if letter == '"' else (state, cell + letter)
        elif letter == '"' and state == "closed":
            state, cell = "quoted", cell + '"'
        elif letter == '"' and state == "start":
            state = "quoted"
        elif letter in ",\n":
            row, cell, state = [*row, cell], "", "start"
            if letter == "\n":
                rows, row = (rows, []) if row == [""] else ([*rows, tuple(row)], [])
        elif state == "closed" or letter in '"\r':
            raise ValueError("not of this grammar")
        else:
            state, cell = "plain", cell + letter
    if state == "quoted" or rows[0] != tuple(COLUMNS):
        raise ValueError("not of this grammar")
    return rows[1:]


@st.composite
def json_file(draw: Callable) -> Case:
    """An array of objects, with blanks and escapes of any kind."""
    rows = draw(ROWS)
    records = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    text = json.dumps(records, indent=draw(st.sampled_from([None, 0, 3])),
                      ensure_ascii=draw(st.booleans()))  # fmt: skip
    return text.encode(), [(n, str(i), None if x is None else repr(x)) for n, i, x in rows]


def json_again(content: bytes) -> list[tuple]:
    """The rows as DuckDB's own reader of JSON has them."""
    query = "select j ->> 'name', j ->> 'id', j ->> 'score' from (select unnest(?::json[]) as j)"
    with duckdb.connect() as con:
        return list(map(_digits, con.execute(query, [content.decode("utf-8-sig")]).fetchall()))


def _digits(row: tuple) -> tuple:
    """With the decimal of the last cell in its shortest form."""
    try:
        return (*row[:2], row[2] and repr(float(row[2])))
    except ValueError:
        return row


KINDS = {"name": pa.string(), "id": pa.int64(), "score": pa.float64()}
OTHER_KINDS = [pa.float32(), pa.bool_(), pa.list_(pa.string()), pa.binary(), pa.timestamp("s")]


@st.composite
def parquet_file(draw: Callable) -> Case:
    """Of the declared types or of another, with every kind of compression and page."""
    rows, wrong = draw(ROWS), draw(st.sampled_from([None, None, None, "name", "id"]))
    cells = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    arrays = {name: pa.array(values, KINDS[name]) for name, values in cells.items()}
    if wrong:
        arrays[wrong] = pa.nulls(len(rows), draw(st.sampled_from(OTHER_KINDS)))
    sink = pa.BufferOutputStream()
    how = {"compression": draw(st.sampled_from(["NONE", "zstd", "snappy", "gzip", "lz4"])),
           "use_dictionary": draw(st.booleans()), "row_group_size": draw(st.integers(1, 9)),
           "data_page_version": draw(st.sampled_from(["1.0", "2.0"]))}  # fmt: skip
    pa.parquet.write_table(pa.table(arrays), sink, **how)
    return sink.getvalue().to_pybytes(), REFUSED if wrong else rows


# declarations of the project

VALUE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXT, st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)
    ),
    max_leaves=12,
)  # fmt: skip


@st.composite
def yaml_file(draw: Callable) -> Case:
    """A mapping in blocks or in a row."""
    held = draw(st.dictionaries(TEXT, VALUE, max_size=4))
    flow = draw(st.sampled_from([None, True, False]))
    text = yaml.safe_dump(held, default_flow_style=flow, allow_unicode=draw(st.booleans()))
    return text.encode(), UNKNOWN  # the writer itself loses some of the line ends in texts


def read_at(path: Path, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    """A reader of contents made of one of paths."""

    def of(content: bytes) -> object:
        path.write_bytes(content)
        return read(path)

    return of


PATH = st.text("abc/._-0", min_size=1, max_size=12).filter(
    lambda path: not path.startswith("/") and ".." not in path.split("/")
)
FILE = st.tuples(PATH, st.just("https://x"), st.just("0" * 64), st.integers(0, 2**40))
FILES = st.lists(FILE, min_size=1)


def manifest_file(rows: list[tuple]) -> Case:
    """A list of files."""
    said = [tuple(map(str, row)) for row in rows]
    lines = [",".join(row) for row in [("path", "url", "sha256", "bytes"), *said]]
    return "\n".join(lines).encode(), said


BENCHMARKS = pd.DataFrame(
    [("it", "IT, Majaj 2015", "higher", "ceiled"), ("top1", "Top 1", "higher", "percent")],
    columns=["benchmark_id", "title", "direction", "unit"],
)
NAME = st.text("abXYé語 ._-", min_size=1, max_size=9).map(str.strip).filter(
    lambda name: name and name[0] not in "-._" and name.casefold() not in {"na", "nan"}
)  # fmt: skip
NUMBERS = st.floats(0, 1).map(lambda x: round(x, 4))


def table_of(draw: Callable, rows: list[list[str]]) -> bytes:
    """A table as spreadsheets write it: its mark, its separator, its line ends."""
    mark, end = draw(st.sampled_from([",", ";", "\t"])), draw(st.sampled_from(["\n", "\r\n", "\r"]))
    lines = [mark.join(f'"{c}"' if mark in c else c for c in row) for row in rows]
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
    return (end.join(lines) + end).encode(encoding)


@st.composite
def scores_file(draw: Callable) -> Case:
    """A long table of scores."""
    names = draw(st.lists(NAME, min_size=1, max_size=4, unique_by=str.casefold))
    said = {(name, b): draw(NUMBERS) for name in names for b in ("it", "top1")}
    rows = [[model, b, f"{score:.6f}"] for (model, b), score in said.items()]
    head = ["model", "benchmark", "score"]
    return table_of(draw, [head, *rows]), {(str.casefold(m), b): s for (m, b), s in said.items()}


def read_scores(content: bytes) -> dict:
    """Each score by model and benchmark."""
    rows = scores.read(content, BENCHMARKS).rows
    keys = zip(map(str.casefold, rows["model"]), rows["benchmark_id"], strict=True)
    return dict(zip(keys, rows["score"], strict=True))


IMAGES = pd.DataFrame(
    [("colour", f"n0{i:02d}_x.png", category) for i, category in enumerate(trials.CATEGORIES)],
    columns=["condition", "image_key", "category"],
)


@st.composite
def trials_file(draw: Callable) -> Case:
    """Answers of some observers to some images."""
    said = draw(st.dictionaries(st.tuples(NAME, st.integers(0, 15)),
                                st.sampled_from([*trials.CATEGORIES, "na"]), min_size=1,
                                max_size=6))  # fmt: skip
    column = draw(st.sampled_from(list(trials.MOST)))
    number = draw(st.one_of(st.integers(0, trials.SLOWEST), st.integers(0, 10**20)))
    most = trials.SLOWEST if column == "rt" else trials.MOST[column]
    rows = [
        [subject, answer, trials.CATEGORIES[i], "cr", f"_{IMAGES['image_key'][i]}", str(number)]
        for (subject, i), answer in said.items()
    ]
    head = [*trials.REQUIRED, column]
    return table_of(draw, [head, *rows]), said if number <= most else REFUSED


def read_trials(content: bytes) -> dict:
    """Each answer by observer and image."""
    rows = trials.read(content, "colour", {"cr": "colour"}, IMAGES).rows
    places = [trials.CATEGORIES.index(category) for category in rows["category"]]
    return dict(zip(zip(rows["subj"], places, strict=True), rows["object_response"], strict=True))


LAB = ["a.png", "b.png", "c.png"]
PAIRS = [("a.png", "b.png"), ("a.png", "c.png"), ("b.png", "c.png")]


@st.composite
def judgements_file(draw: Callable) -> Case:
    """A matrix, or a row per pair, with names that have their ending or not."""
    values = dict(zip(PAIRS, draw(st.lists(NUMBERS, min_size=3, max_size=3)), strict=True))
    names = LAB if draw(st.booleans()) else [name.removesuffix(".png") for name in LAB]
    short = dict(zip(LAB, names, strict=True))
    if draw(st.booleans()):
        rows = [["image_a", "image_b", "dissimilarity"]]
        rows += [[short[a], short[b], f"{x:.6f}"] for (a, b), x in values.items()]
    else:
        both = values | {(b, a): x for (a, b), x in values.items()}
        rows = [["", *names]]
        rows += [[short[a], *(f"{both.get((a, b), 0):.6f}" for b in LAB)] for a in LAB]
    return table_of(draw, rows), values


def read_judgements(content: bytes) -> dict:
    """The dissimilarity of each pair."""
    rows = sets.read(content, LAB).rows
    if rows["person"].nunique() > 1 or rows["target"].nunique() > 1:
        return {}
    pairs = (tuple(sorted(pair)) for pair in zip(rows["image_a"], rows["image_b"], strict=True))
    return dict(zip(pairs, rows["dissimilarity"], strict=True))


# a lab's own folder, pictures, arrays, weights


@functools.cache
def _lab() -> Path:
    from PIL import Image

    folder = FOLDER / "lab"
    (folder / "images").mkdir(parents=True)
    for i, name in enumerate(LAB):
        Image.new("RGB", (4, 4), (i, i, i)).save(folder / "images" / name)
    return folder


def lab(name: str, said: Callable) -> Callable[[bytes], object]:
    """What one table of a lab's folder says, when it is the only one there."""

    def read(content: bytes) -> object:
        from compute.measure.sets.folder import PARTS, read_folder

        for part in PARTS:
            (_lab() / part).unlink(missing_ok=True)
        (_lab() / name).write_bytes(content)
        return said(read_folder(_lab()))

    return read


@st.composite
def labels_file(draw: Callable) -> Case:
    """A class of each image."""
    said = draw(st.lists(NAME, min_size=3, max_size=3))
    lines = ["image,label", *(f"{i},{c}" for i, c in zip(LAB, said, strict=True))]
    return "\n".join(lines).encode(), said


@st.composite
def triplets_file(draw: Callable) -> Case:
    """Who found which of three images the odd one."""
    orders = st.permutations(range(3)).map(list)
    said = draw(st.lists(orders, min_size=1, max_size=5))
    lines = ["person,image_a,image_b,odd"]
    lines += [",".join(["p", *(LAB[i] for i in order)]) for order in said]
    return "\n".join(lines).encode(), said


@st.composite
def matrix_file(draw: Callable) -> Case:
    """Dissimilarities of every pair, by one person."""
    said = draw(st.lists(NUMBERS, min_size=3, max_size=3))
    lines = ["target,person,image_a,image_b,dissimilarity"]
    lines += [f"t,p,{a},{b},{x:.6f}" for (a, b), x in zip(PAIRS, said, strict=True)]
    return "\n".join(lines).encode(), said


@st.composite
def picture_file(draw: Callable) -> Case:
    """A small picture of any format; what is kept without loss is known."""
    from PIL import Image

    height, width = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    pixels = draw(st.binary(min_size=3 * height * width, max_size=3 * height * width))
    array = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
    form = draw(st.sampled_from(["png", "bmp", "tiff", "jpeg", "gif", "webp", "jpeg2000"]))
    sink = io.BytesIO()
    Image.fromarray(array).save(sink, form)
    return sink.getvalue(), _told(array) if form in ("png", "bmp", "tiff") else UNKNOWN


def read_picture(content: bytes) -> tuple:
    """The pixels that a network is shown."""
    from compute.measure.sets.pictures import seen

    return _told(np.asarray(seen(content, "x.png")))


def _array(draw: Callable) -> np.ndarray:
    shape = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3))
    n = int(np.prod(shape))
    return np.frombuffer(draw(st.binary(min_size=n, max_size=n)), np.uint8).reshape(shape)


def _told(array: np.ndarray) -> tuple:
    """Shape and bytes: as lists, two thousand million rows of nothing would fill the memory."""
    return array.shape, array.tobytes()


@st.composite
def npy_file(draw: Callable) -> Case:
    """An array, alone or in an archive."""
    array, sink = _array(draw), io.BytesIO()
    if draw(st.booleans()):
        np.savez_compressed(sink, a=array)
    else:
        np.save(sink, array)
    return sink.getvalue(), _told(array)


def read_npy(path: Path) -> tuple:
    """The array, whatever it is called."""
    from compute.measure.sets.similarity import npy

    held = npy(path)
    return _told(next(iter(held.values()), np.zeros(0)) if isinstance(held, dict) else held)


@st.composite
def idx_file(draw: Callable) -> Case:
    """An array of bytes in MNIST's format."""
    array = _array(draw)
    head = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes(), _told(array)


def read_idx(content: bytes) -> tuple:
    """The array."""
    from compute.measure.sets.classes import idx_array

    return _told(idx_array(content, Path("x.idx")))


@st.composite
def weights_file(draw: Callable) -> Case:
    """Tensors, as safetensors or as torch saves them; or a pickle of something else."""
    import torch
    from safetensors.torch import save

    tensors = {"a": torch.tensor(_array(draw).copy()), "b": torch.zeros(2)}
    said = {name: value.tolist() for name, value in tensors.items()}
    match draw(st.integers(0, 3)):
        case 0 | 1:
            return b"s" + save(tensors), said
        case 2:
            sink = io.BytesIO()
            torch.save(tensors, sink)
            return b"t" + sink.getvalue(), said
    return b"t" + pickle.dumps({"a": Path("x")}), REFUSED


def read_weights(content: bytes) -> dict:
    """The tensors; the first byte says what the file is called."""
    from compute.measure.weights import read_state

    path = FOLDER / f"fuzz.{'safetensors' if content[:1] == b's' else 'pt'}"
    path.write_bytes(content[1:])
    return {name: value.tolist() for name, value in read_state(path).items()}


@st.composite
def shard_file(draw: Callable) -> Case:
    """What was computed here, sealed."""
    from ingest import seal

    name, numbers = draw(TEXT), draw(st.lists(NUMBERS, min_size=1, max_size=4))
    table = pa.table({"image_id": [name, "b"], "embedding": [numbers, numbers]})
    said = table.replace_schema_metadata({"recipe": draw(TEXT), "run": "{}"})
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(seal.sealed(said), sink)
    return sink.getvalue().to_pybytes(), table.to_pylist()


def read_shard(path: Path) -> list:
    """Its rows."""
    from compute.measure.shards import read_whole

    return read_whole(path, "embed").to_pylist()


# the console


@functools.cache
def _warehouse() -> Path:
    path = FOLDER / "toy.duckdb"
    with duckdb.connect(path) as con:
        con.execute("create schema marts")
        con.execute("create table marts.t as select range as i, 'x' || range as s from range(9)")
    return path


EXPRESSION = st.recursive(
    st.sampled_from(["i", "s", "1", "null", "'x'", "1.5", "'nan'::double", "date '2024-01-01'"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "||", "=", "/", "**", "and"]), inner).map(" ".join),
        inner.map("({})".format), inner.map("[{}]".format), inner.map("repeat({}, 99)".format),
        inner.map("cast({} as varchar)".format), inner.map("(select max({}) from t)".format),
    ),
    max_leaves=5,
)  # fmt: skip
STATEMENT = st.one_of(
    EXPRESSION.map("select {} from t".format),
    st.sampled_from([
        "select * from t", "from t a, t b, t c", "copy t to 'x.csv'", "attach 'x.db'", "from 'x'",
        "set memory_limit = '9GB'", "select error('x')", "install httpfs", "describe t", "pragma x",
        "from range(99999999)", "explain select 1", "select getenv('HOME')", "drop table t",
    ]),
)  # fmt: skip


def read_sql(content: bytes) -> object:
    """What the console shows of an answer, and that it is no more than it may be."""
    from warehouse.sandbox import MAX_BYTES, run_sql

    text = content.decode("utf-8", "replace").replace("\ufffd", "?")
    result = run_sql(text, path=_warehouse(), seconds=5, max_rows=100)
    is_bounded = result.table is None or result.table.nbytes <= MAX_BYTES
    assert bool(result.error) != bool(result.table is not None) and is_bounded, result
    return UNKNOWN


READERS: dict[str, Callable[[], Reader]] = {
    "csv": lambda: Reader(csv_file(), lambda c: published(c, "csv"), csv_again),
    "json": lambda: Reader(
        json_file(), lambda c: list(map(_digits, published(c, "json"))), json_again
    ),
    "parquet": lambda: Reader(parquet_file(), lambda c: published(c, "parquet")),
    "yaml": lambda: Reader(
        yaml_file(), read_at(FOLDER / "fuzz.yml", documents.read_yaml), yaml.safe_load
    ),
    "manifest": lambda: Reader(
        FILES.map(manifest_file),
        read_at(FOLDER / "fuzz.csv", lambda p: [tuple(r.values()) for r in read_manifest(p)]),
    ),
    "scores": lambda: Reader(scores_file(), read_scores),
    "trials": lambda: Reader(trials_file(), read_trials),
    "judgements": lambda: Reader(judgements_file(), read_judgements),
    "labels": lambda: Reader(
        labels_file(), lab("labels.csv", lambda s: [s.classes[i] for i in s.labels])
    ),
    "triplets": lambda: Reader(
        triplets_file(), lab("triplets.csv", lambda s: s.triplets.tolist())
    ),
    "matrices": lambda: Reader(
        matrix_file(),
        lab("dissimilarities.csv",
            lambda s: s.judgements[0].rdms[0][np.triu_indices(3, 1)].tolist()),
    ),
    "pictures": lambda: Reader(picture_file(), read_picture),
    "npy": lambda: Reader(npy_file(), read_at(FOLDER / "fuzz.npy", read_npy)),
    "idx": lambda: Reader(idx_file(), read_idx),
    "shards": lambda: Reader(shard_file(), read_at(FOLDER / "fuzz.parquet", read_shard)),
    "weights": lambda: Reader(weights_file(), read_weights),
    "sql": lambda: Reader(st.tuples(STATEMENT.map(str.encode), st.just(UNKNOWN)), read_sql),
}  # fmt: skip
