"""Results of kernels that are remembered: the same table, never a stale or a broken one."""

import importlib
import os
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest

from ingest import settings
from warehouse import memo


@pytest.fixture
def kernels(tmp_path, monkeypatch):
    """A module of ours with kernels that count their calls, and a memo of its own."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    monkeypatch.setattr(settings, "MEMO", tmp_path / "memo")
    package = tmp_path / "house"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "deep.py").write_text("FACTOR = 2\n")
    (package / "middle.py").write_text("from house import deep\n")
    (package / "kernels.py").write_text(
        "from .middle import deep\n"
        "calls = []\n"
        "def doubled(frame, other=None, *, add=0):\n"
        "    calls.append(1)\n"
        "    return frame.assign(x=frame['x'] * deep.FACTOR + add)\n"
        "def both(frame, other):\n"
        "    return other\n"
        "def same(frame):\n"
        "    calls.append(1)\n"
        "    return frame\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("house.kernels")
    for name in [n for n in sys.modules if n.split(".")[0] == "house"]:
        del sys.modules[name]


FRAME = pd.DataFrame({"x": [1.0, 2.0, np.nan], "name": ["a", None, "c"]})


@pytest.mark.parametrize("same", [FRAME.copy(), FRAME.iloc[::-1]], ids=["copy", "other order"])
def test_a_result_is_computed_once_for_the_same_content(kernels, same):
    """The order of rows is none of it."""
    first = memo.remembered(kernels.doubled, FRAME, add=1)
    again = memo.remembered(kernels.doubled, same, add=1)
    assert len(kernels.calls) == 1
    pd.testing.assert_frame_equal(first, again)
    pd.testing.assert_frame_equal(first, kernels.doubled(FRAME, add=1))


def test_what_is_treated_apart_is_remembered_apart(kernels):
    frame = FRAME.assign(cohort=["b", "a", "b"])
    whole = kernels.doubled(frame.sort_values(["cohort", "x"], ignore_index=True))
    pd.testing.assert_frame_equal(memo.remembered(kernels.doubled, frame, by="cohort"), whole)
    frame.loc[1, "x"] = 7
    again = memo.remembered(kernels.doubled, frame, by="cohort")
    assert again["x"].tolist()[0] == 14 and again[1:].equals(whole[1:])
    assert len(kernels.calls) == 1 + 2 + 1
    assert memo.remembered(kernels.doubled, frame[:0], by="cohort").empty
    # a table without the column is given whole to each
    assert len(memo.remembered(kernels.both, frame, FRAME, by="cohort")) == 2 * len(FRAME)
    with pytest.raises(TypeError):
        memo.remembered(kernels.doubled, frame.assign(cohort=["b", None, "b"]), by="cohort")


def test_of_a_relation_one_part_at_a_time_is_read(kernels, monkeypatch):
    """It is the same as of the frame, and never more than the rows of one value are in memory."""
    frame, read = FRAME.assign(cohort=["b", "a", "b"]), []
    con, whole = duckdb.connect(), duckdb.DuckDBPyRelation.df
    con.register("told", frame)

    def noted(relation):
        read.append(len(whole(relation)))
        return whole(relation)

    monkeypatch.setattr(memo.duckdb.DuckDBPyRelation, "df", noted, raising=True)
    found = memo.remembered(kernels.doubled, con.table("told"), by="cohort")
    assert read == [1, 2]
    pd.testing.assert_frame_equal(found, memo.remembered(kernels.doubled, frame, by="cohort"))
    assert len(kernels.calls) == 2  # nothing of the frame was another content
    other = con.sql("select 1.0 as x")
    assert len(memo.remembered(kernels.both, con.table("told"), other, by="cohort")) == 2
    assert memo.remembered(kernels.doubled, con.table("told").limit(0), by="cohort").empty
    pd.testing.assert_frame_equal(
        memo.remembered(kernels.same, con.table("told")), memo.remembered(kernels.same, frame)
    )


@pytest.mark.parametrize(
    "frame",
    [
        FRAME.assign(x=[1.0, 2.0, 3.0]),
        FRAME.rename(columns={"name": "n"}),
        FRAME.iloc[:2],
        FRAME.astype({"x": "float32"}),
        FRAME[["name", "x"]],
    ],
    ids=["cell", "name", "row less", "type", "order of columns"],
)
def test_another_input_is_another_result(kernels, frame):
    memo.remembered(kernels.doubled, FRAME)
    memo.remembered(kernels.doubled, frame)
    assert len(kernels.calls) == 2


def test_another_parameter_kernel_or_table_is_another_result(kernels):
    memo.remembered(kernels.doubled, FRAME)
    memo.remembered(kernels.doubled, FRAME, add=1)
    memo.remembered(kernels.doubled, FRAME, FRAME)
    memo.remembered(kernels.same, FRAME)
    assert len(kernels.calls) == 4
    with pytest.raises(TypeError):
        memo.remembered(kernels.doubled, FRAME, add=object())


def test_code_that_is_imported_indirectly_counts(kernels):
    """A change two imports away makes another key; a file nobody imports does not."""
    path = settings.ROOT / "house" / "kernels.py"
    before = memo.code_hash(path)
    (settings.ROOT / "house" / "stranger.py").write_text("x = 1\n")
    assert memo.code_hash(path) == before
    (settings.ROOT / "house" / "deep.py").write_text("FACTOR = 3\n")
    assert memo.code_hash(path) != before


@pytest.mark.parametrize("harm", ["flipped", "cut", "empty"])
def test_a_damaged_entry_is_computed_again(kernels, harm):
    first = memo.remembered(kernels.doubled, FRAME)
    (entry,) = settings.MEMO.glob("*.parquet")
    content = entry.read_bytes()
    half = len(content) // 2
    entry.write_bytes(
        {
            "flipped": content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :],
            "cut": content[:half],
            "empty": b"",
        }[harm]
    )
    pd.testing.assert_frame_equal(memo.remembered(kernels.doubled, FRAME), first)
    assert len(kernels.calls) == 2
    memo.remembered(kernels.doubled, FRAME)
    assert len(kernels.calls) == 2, "the whole entry was not kept"


def test_the_entry_used_longest_ago_goes_first(kernels):
    for add in range(3):
        memo.remembered(kernels.doubled, FRAME, add=add)
    entries = sorted(settings.MEMO.glob("*.parquet"), key=lambda p: p.stat().st_mtime_ns)
    for age, entry in enumerate(reversed(entries)):
        os.utime(entry, (1000 - age, 1000 - age))
    memo.remembered(kernels.doubled, FRAME, add=0)  # used again: now the youngest
    memo.trim(2 * max(e.stat().st_size for e in entries))
    assert [e.exists() for e in entries] == [True, False, True]
    assert [p.suffix for p in settings.MEMO.iterdir()] == [".parquet"] * 2, "something is left over"


def test_what_a_killed_build_left_half_written_goes_in_its_turn(kernels):
    part = settings.MEMO / f"{'0a' * 32}.{'f9' * 32}.parquet.1234"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"half")
    memo.trim(0)
    assert not list(settings.MEMO.iterdir())


def test_what_is_no_entry_is_left_alone(kernels):
    """AW_MEMO may name a folder with files of the user's."""
    memo.remembered(kernels.doubled, FRAME)
    (entry,) = settings.MEMO.iterdir()
    key, total, _ = entry.name.split(".")
    names = ["mine.parquet", "notes.parquet.bak", f"{key}.mine.parquet", f"{entry.name}.bak"]
    names += [f"{key}.{total}0.parquet", f"{key}.{total.upper()[:-1]}X.parquet"]
    for name in names:
        (settings.MEMO / name).write_bytes(b"mine")
    entry.write_bytes(b"damaged")
    memo.remembered(kernels.doubled, FRAME)
    memo.trim(0)
    assert {p.name: p.read_bytes() for p in settings.MEMO.iterdir()} == dict.fromkeys(
        names, b"mine"
    )


def ask(sql: str) -> pd.DataFrame:
    with duckdb.connect() as con:
        return con.execute(sql).df()


TABLES = {
    "plain": ask("select 1::bigint as i, 2::integer as j, true as b, 'a' as s, 0.5::double as x"),
    "nulls": ask("select * from (values (1, 'a', 0.5), (null, null, null)) t (i, s, x)"),
    "null flags": ask("select * from (values (true, date '2020-01-01'), (null, null)) t (b, d)"),
    "others": ask("select [1.0] as l, timestamp '2020-01-01 10:00:00' as t, null::varchar as n"),
    "empty": ask("select 1::bigint as i, 'a' as s, true as b, 0.5::double as x limit 0"),
    "odd": ask("select 'nan'::double x, 'inf'::double y, 1::hugeint h, 1.25::decimal(5, 2) d"),
    # what kernels build in Python
    "objects": pd.DataFrame({"o": np.array(["a", None], object), "n": [None, None]}),
    "categories": pd.DataFrame({"c": pd.Categorical(["b", "a", None])}, index=[7, 7, 3]),
    "columns alone": pd.DataFrame(columns=["a", "b"], dtype=float),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_same_by_way_of_parquet(kernels, name):
    """Types, NULLs and cells of the table that DuckDB makes of a result."""

    def described(frame):
        with duckdb.connect() as con:
            con.register("made", frame)
            return repr([con.execute(f"{how} from made").fetchall() for how in ("describe", "")])

    frame = TABLES[name]
    plain = described(frame)
    for _ in range(2):
        assert described(memo.remembered(kernels.same, frame)) == plain
    assert len(kernels.calls) == 1
