"""Every block of code in the documents runs, and prints what stands below it.

Blocks of one document run in their order in one folder, which holds ``warehouse.duckdb``. A block
is followed by what it prints where the next block is ``text``; a line ``…`` in it stands for lines
that are left out. A block that is not run says why in a comment before it:
``<!-- not run: downloads 2 GB -->``.
"""

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest import settings
from tests.fixtures import toy
from warehouse import db

ROOT = settings.ROOT
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
RUN = ("sh", "python", "sql")
NOT_CODE = ("", "text", "csv", "yaml", "tex")
N_NOT_RUN = 17
"""Blocks that are not run, in all documents: whoever adds one raises it here."""

_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^>]+) -->\n+)?```(?P<language>\w*)\n(?P<code>.*?)^```\n"
    r"(?:\n```text\n(?P<printed>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """A block of code, what it should print, or why it is not run."""

    where: str
    language: str
    code: str
    printed: str | None
    reason: str | None

    @property
    def is_run(self) -> bool:
        """Whether it is code, and nothing is said against running it."""
        return self.language in RUN and not self.reason


def blocks(path: Path) -> list[Block]:
    """The blocks of a document, with the line that each begins at."""
    text = path.read_text(encoding="utf-8")
    return [
        Block(
            f"{path.name}:{text.count(chr(10), 0, found.start('code'))}",
            *found.group("language", "code", "printed", "reason"),
        )
        for found in _BLOCK.finditer(text)
    ]


def test_every_block_is_run_or_says_why_not():
    """Each block has a language that is known, and those that are not run are counted."""
    every = [block for path in DOCUMENTS for block in blocks(path)]
    unknown = [b.where for b in every if b.language not in (*RUN, *NOT_CODE)]
    assert not unknown, f"neither code that is run ({RUN}) nor text ({NOT_CODE}): {unknown}"
    not_run = [f"{b.where}: {b.reason}" for b in every if b.reason]
    assert len(not_run) == N_NOT_RUN, "\n".join(not_run)


@pytest.fixture(scope="module")
def asked() -> Path:
    """The warehouse that the documents speak of; where there is none, that of made-up files."""
    return settings.WAREHOUSE if settings.WAREHOUSE.is_file() else toy.warehouse("toy")


@pytest.fixture
def folder(tmp_path, asked, monkeypatch) -> Path:
    """Where a reader stands, with ``aw`` on the path."""
    (tmp_path / "warehouse.duckdb").symlink_to(asked)
    command = tmp_path / "bin" / "aw"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m warehouse.cli "$@"\n', "utf-8")
    command.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join((str(command.parent), os.environ["PATH"])))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("AW_WAREHOUSE", str(asked))
    monkeypatch.setenv("AW_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("AW_EXPORTS", str(tmp_path / "exports"))
    return tmp_path


def answer(block: Block, names: dict, asked: Path) -> str:
    """Run a block; what it prints."""
    if block.language == "sh":
        shell = ["bash", "-euo", "pipefail", "-c", block.code]
        done = subprocess.run(shell, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout
    if block.language == "sql":
        with db.connect(asked) as con:
            return str(con.sql(block.code))
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(block.code, block.where, "exec"), names)
    return out.getvalue()


def lines(text: str) -> list[str]:
    """Lines that are not empty, each run of blanks as one."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def is_printed(expected: list[str], found: list[str]) -> bool:
    """Whether lines are those expected; ``…`` stands for any number of them."""
    pattern = "".join("(?:.*\n)*?" if e == "…" else re.escape(e) + "\n" for e in expected)
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in found)) is not None


RUNNABLE = [path for path in DOCUMENTS if any(block.is_run for block in blocks(path))]


@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.name)
def test_blocks_run_and_print_what_stands_below_them(path, folder, asked):
    """Of made-up files the numbers are others, so there it is only seen that each block runs."""
    names: dict = {"__name__": "document"}
    wrong = []
    for block in blocks(path):
        if not block.is_run:
            continue
        try:
            found = answer(block, names, asked)
        except Exception as error:
            wrong.append(f"{block.where} does not run: {error}")
            continue
        if block.printed and asked == settings.WAREHOUSE:
            expected = lines(block.printed)
            if not is_printed(expected, lines(found)):
                wrong.append(f"{block.where} prints\n{found}")
    assert not wrong, "\n\n".join(wrong)
