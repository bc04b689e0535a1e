"""Find each published file in a mirror or under data/, and trust it only by its sha256."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ingest import Explained, settings
from ingest.files import refuse_endless
from ingest.registry import Source, SourceFile

PRESENT, ABSENT, DIFFERS, NONE = "present", "absent", "checksum differs", "none"
SUMS = "SHA256SUMS"
"""Stands beside what was added, exported or released, as sha256sum writes it."""
HERE = "this machine"


class NoMirror(Explained):
    """What is named as a mirror is no folder."""


@dataclass(frozen=True)
class Located:
    """Where a file was found, and whether it is the published one.

    ``status`` is ``present`` (``path`` has the expected sha256), ``checksum differs`` (``path``
    exists and has another one, ``found_sha256``) or ``absent``.
    """

    file: SourceFile
    status: str
    path: Path | None = None
    found_sha256: str | None = None

    @property
    def difference(self) -> str:
        """What to say of a file that is not the published one."""
        return (
            f"{self.path} is not the registered file (sha256 {self.found_sha256[:12]}…, "
            f"expected {self.file.sha256[:12]}…)"
        )


def sha256_of(path: Path) -> str:
    """Hex sha256 of a file."""
    refuse_endless(path)
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sums_of(folder: Path) -> dict[str, str]:
    """Checksums of the files of a folder by their path in it, where they were noted."""
    path = folder / SUMS
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    return {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}


def note_sums(folder: Path) -> None:
    """Note the checksum of every file of a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = {path.relative_to(folder).as_posix(): sha256_of(path) for path in files}
    (folder / SUMS).write_text(sums_text(sums), "utf-8")


def sums_text(sums: Mapping[str, str]) -> str:
    """Checksums by path, as :func:`sums_of` reads them."""
    return "".join(f"{checksum}  {path}\n" for path, checksum in sums.items())


def places(file: SourceFile, data: Path | None = None, mirror: Path | None = None) -> list[Path]:
    """The paths a file may stand at: in the mirror first, then under data/, then in the project.

    The project itself carries only what it computed (``results/``).

    Raises
    ------
    NoMirror
        The mirror that is named is no folder: nothing would be found in it, and nothing said.
    """
    if settings.MIRROR and not settings.MIRROR.is_dir():
        raise NoMirror(
            f"AW_MIRROR: {settings.MIRROR} is not a folder; name one with the layout of data/, "
            "or leave the variable out"
        )
    roots = [mirror or settings.MIRROR, data or settings.DATA]
    if file.path.startswith("results/"):
        roots.append(settings.ROOT)
    return [root / file.path for root in roots if root]


def locate(file: SourceFile, data: Path | None = None, mirror: Path | None = None) -> Located:
    """Look for a file without any network.

    One that nobody vouches for is taken as it is; ``file`` of the result says what it is.
    """
    wrong: Located | None = None
    for path in places(file, data, mirror):
        if not path.is_file():
            continue
        found = sha256_of(path)
        if found == file.sha256:
            return Located(file, PRESENT, path, found)
        if not file.sha256:
            seen = replace(file, sha256=found, bytes=path.stat().st_size)
            return Located(seen, PRESENT, path, found)
        wrong = wrong or Located(file, DIFFERS, path, found)
    return wrong or Located(file, ABSENT)


def status_of(located: Iterable[Located]) -> str:
    """The status of a source: the worst of its files; ``absent`` also when only some are there.

    ``none`` without a file, as the own results of a machine that has made none.
    """
    found = {item.status for item in located}
    if not found:
        return NONE
    return DIFFERS if DIFFERS in found else ABSENT if ABSENT in found else PRESENT


def locate_source(source: Source, data: Path | None = None) -> list[Located]:
    """Look for every file of a source without any network, what was made here included."""
    data = data or settings.DATA
    found = [locate(file, data) for file in source.files]
    for table in source.tables:
        paths = sorted(data.glob(table.local_files)) if table.local_files else ()
        found += [_made_here(path, data) for path in paths]
    return found


def _made_here(path: Path, data: Path) -> Located:
    """Nobody published it: what was added has its checksum beside it, what was computed inside."""
    name, found = path.relative_to(data).as_posix(), sha256_of(path)
    kept = found if path.suffix == ".parquet" else sums_of(path.parent).get(path.name, "")
    file = SourceFile(name, HERE, kept, path.stat().st_size)
    return Located(file, PRESENT if found == kept else DIFFERS, path, found)
