"""Download published files from their URLs, resumable, and keep what has the expected sha256."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import requests

from ingest import Explained, settings
from ingest.locate import ABSENT, DIFFERS, PRESENT, Located, sha256_of
from ingest.registry import SourceFile

CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
CHUNK = 1 << 16
LONGEST_SECONDS, SLOWEST = 60.0, 20_000
"""A file has a minute, and a second more for each 20 kB."""


class FetchError(Explained):
    """What a host sends is not worth waiting for, or cannot be kept; the message says why."""


class Fetcher:
    """Downloads files, resuming half-done ones, and gives an unreachable host up for the run.

    Parameters
    ----------
    data : Path
        Where files are written, under their registry path.
    on_bytes : callable, optional
        Called with the number of bytes each time some arrive (for a progress bar).

    Attributes
    ----------
    unreachable : dict
        Why each host was given up.
    aside : dict of Path to Path
        Where a file that was in the way of a fetched one is now: it may be somebody's work.
    """

    def __init__(self, data: Path | None = None, on_bytes: Callable[[int], None] | None = None):
        self.data = data or settings.DATA
        self.on_bytes = on_bytes or (lambda n: None)
        self.unreachable: dict[str, str] = {}
        self.aside: dict[Path, Path] = {}
        self._session = requests.Session()

    def fetch(self, file: SourceFile) -> Located:
        """Download one file and verify it.

        The bytes go to ``<path>.part`` first and are renamed into place only when the sha256 is
        the expected one, so a file under data/ is whole or not there.

        Raises
        ------
        requests.RequestException
            The host answered with an error, or could not be reached.
        FetchError
            It sends more than the registered bytes, or too slowly; what came slowly is kept, and
            the next run goes on from there. Or what stands in the file's place is no file.
        OSError
            The disk takes no more, or a link stands where the bytes are to be written.
        """
        host = urlsplit(file.url).netloc
        if host in self.unreachable:
            return Located(file, ABSENT)
        target = self.data / file.path
        if os.path.lexists(target) and not target.is_file():
            raise FetchError(f"{target} is no file, and in the way of one; move it, then aw fetch")
        part = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
        if have and (not file.sha256 or (file.bytes and have >= file.bytes)):
            part.unlink()  # no beginning of this file, or of one that could not be told from it
            have = 0
        try:
            answer = self._ask(file.url, have)
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                have = 0  # the file there is shorter than this part: it is no part of it
                answer = self._ask(file.url, have)
        except (requests.ConnectionError, requests.Timeout) as error:
            self.unreachable[host] = type(error).__name__
            return Located(file, ABSENT)
        with answer:
            answer.raise_for_status()
            sent = answer.headers.get("Content-Range", "")
            if answer.status_code != 206 or not sent.startswith(f"bytes {have}-"):
                have = 0
            self.on_bytes(have)
            with open(part, "ab" if have else "wb", opener=_no_link) as handle:
                for chunk in self._chunks(answer, file, have):
                    handle.write(chunk)
                    self.on_bytes(len(chunk))
                handle.flush()
                os.fsync(handle.fileno())
        found = sha256_of(part)
        if file.sha256 and found != file.sha256:  # of some files nobody states one
            part.unlink()
            return Located(file, DIFFERS, None, found)
        if target.exists() and (other := sha256_of(target)) != found:
            # by its content, so that it never takes the place of an earlier one
            self.aside[target] = target.with_name(f"{target.name}.was-{other[:12]}")
            target.rename(self.aside[target])
        part.replace(target)
        return Located(file, PRESENT, target, found)

    def _ask(self, url: str, have: int) -> requests.Response:
        headers = {"Range": f"bytes={have}-"} if have else {}
        return self._session.get(
            url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
        )

    def _chunks(self, answer: requests.Response, file: SourceFile, have: int) -> Iterator[bytes]:
        """What the host sends, as long as it can be the registered file and comes in time."""
        seconds = LONGEST_SECONDS + file.bytes / SLOWEST
        until = time.monotonic() + seconds
        for chunk in answer.iter_content(CHUNK):
            have += len(chunk)
            if file.bytes and have > file.bytes:
                raise FetchError(
                    f"{file.url} sends more than the {file.bytes:,} registered bytes; is its "
                    "publisher's file a new one?"
                )
            yield chunk
            if time.monotonic() > until and have < file.bytes:
                raise FetchError(
                    f"{file.url} sent {have:,} of {file.bytes:,} bytes in {seconds:,.0f} s; the "
                    "next run goes on there"
                )


def _no_link(path: str, flags: int) -> int:
    """Open for writing what is a file of its own: a link would lead the bytes elsewhere."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)
