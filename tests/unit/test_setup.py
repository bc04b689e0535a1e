"""``make setup`` with stand-ins for Python: which environments are kept, and which made anew."""

import hashlib
import os
import re
import shutil
import subprocess

import pytest

import requirements
from ingest import settings

STUB = r"""#!/bin/sh
case "$*" in
*version_info*) echo {version} ;;
"-m venv "*)
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$0" "$3/bin/uv"
  echo "{version} command = $0 -m venv $PWD/$3" >"$3/pyvenv.cfg" ;;
esac
"""
"""A Python that knows its version and makes environments in which every command succeeds."""


@pytest.fixture
def make(tmp_path):
    """Run make in a checkout, with nothing but stand-ins on the path; the output and the code."""
    (tmp_path / "bin").mkdir()
    for name, version in (("python3", "3.10.13"), ("python3.12", "3.12.1"), ("new", "3.13.0")):
        stub = tmp_path / "bin" / name
        stub.write_text(STUB.format(version=version), encoding="utf-8")
        stub.chmod(0o755)
    checkout = tmp_path / "it's a checkout"
    checkout.mkdir()
    for name in ("Makefile", "pyproject.toml", "requirements.lock", "requirements.py"):
        shutil.copy(settings.ROOT / name, checkout)

    def run(*arguments: str, folder=checkout) -> tuple[int, str, str | None]:
        environment = {"PATH": f"{tmp_path / 'bin'}:{os.defpath}"}
        command = ["make", "--no-print-directory", *arguments]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True)
        made = folder / ".venv" / "pyvenv.cfg"
        version = made.read_text(encoding="utf-8").split()[0] if made.exists() else None
        return done.returncode, (done.stdout + done.stderr).decode(), version

    run.checkout = checkout
    return run


def test_an_old_python_is_refused_before_anything_is_made(make):
    """In one line, with the way out; and the way out works."""
    code, said, version = make("setup")
    assert (code, version) == (2, None)
    first, *rest = said.splitlines()
    assert first == "python3 is 3.10.13; 3.11 or later is needed: make setup PYTHON=python3.12"
    assert all(line.startswith("make: ***") for line in rest)
    assert not (make.checkout / ".venv").exists()
    assert make("setup", "PYTHON=python3.99")[0] == 2
    assert make("setup", "PYTHON=python3.12")[0::2] == (0, "3.12.1")


@pytest.mark.parametrize(
    ("named", "version", "is_kept"),
    [
        ((), "3.12.1", True),
        (("PYTHON=python3.12",), "3.12.1", True),
        (("PYTHON=new",), "3.13.0", False),
    ],
)
def test_another_python_makes_another_environment(make, named, version, is_kept):
    """Only one that is named: an environment that works does not go for the system's python3."""
    make("setup", "PYTHON=python3.12")
    mark = make.checkout / ".venv" / "mark"
    mark.touch()
    assert make("setup", "PYTHON=python3")[0] == 2  # an older one that is named: nothing is lost
    assert make("setup", *named)[0::2] == (0, version)
    assert mark.exists() == is_kept


@pytest.mark.parametrize("fault", ["moved", "copied", "without its python"])
def test_an_environment_that_cannot_work_is_made_anew(make, tmp_path, fault):
    """Scripts hold the place they were made for, and need the Python they were made with."""
    make("setup", "PYTHON=python3.12")
    there = tmp_path / "elsewhere"
    if fault == "moved":
        make.checkout.rename(there)
    elif fault == "copied":
        shutil.copytree(make.checkout, there)
    else:
        there = make.checkout
        (there / ".venv" / "bin" / "python").unlink()
    (there / ".venv" / "mark").touch()
    assert make("compute", "PYTHON=python3.12", folder=there)[0::2] == (0, "3.12.1")
    assert not (there / ".venv" / "mark").exists()
    assert str(there) in (there / ".venv" / "pyvenv.cfg").read_text(encoding="utf-8")


def test_every_file_has_a_checksum_one_that_was_built_here_its_own(tmp_path, monkeypatch):
    """The lock holds those of the registry; a folder that somebody names holds what they made."""
    for tool in ("PIP", "UV"):
        monkeypatch.delenv(f"{tool}_FIND_LINKS", raising=False)
    lock = settings.ROOT / "requirements.lock"
    published = requirements.locked(lock)
    assert len(published) > 200
    assert all("--hash=sha256:" in one for of in published.values() for one in of)
    (version,) = re.findall(r"^torch==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    (tmp_path / f"torch-{version}+cpu-cp311-cp311-linux_x86_64.whl").write_bytes(b"mine")
    (tmp_path / "torch-0.1-py3-none-any.whl").write_bytes(b"old")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    found = requirements.locked(lock)
    mine = hashlib.sha256(b"mine").hexdigest()
    assert found["torch"] == [f"{published['torch'][0]} \\\n    --hash=sha256:{mine}"]
    assert found | {"torch": published["torch"]} == published


def test_clean_leaves_what_was_fetched_and_exported(make):
    """Figures are edited where they were exported, and releases lie there."""
    stays, goes = ("data", "exports"), ("build", ".venv")
    for name in (*stays, *goes):
        (make.checkout / name).mkdir()
    assert make("clean")[0] == 0
    assert [name for name in (*stays, *goes) if (make.checkout / name).exists()] == [*stays]
