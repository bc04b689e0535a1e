"""Download published files from their URLs, resumable, and keep what has the expected sha256."""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import requests

from ingest import settings
from ingest.locate import ABSENT, DIFFERS, PRESENT, Located, sha256_of
from ingest.registry import SourceFile

CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
CHUNK = 1 << 16


class Fetcher:
    """Downloads files, resuming half-done ones, and gives an unreachable host up for the run.

    Parameters
    ----------
    data : Path
        Where files are written, under their registry path.
    on_bytes : callable, optional
        Called with the number of bytes each time some arrive (for a progress bar).
    """

    def __init__(self, data: Path | None = None, on_bytes: Callable[[int], None] | None = None):
        self.data = data or settings.DATA
        self.on_bytes = on_bytes or (lambda n: None)
        self.unreachable: dict[str, str] = {}
        self._session = requests.Session()

    def fetch(self, file: SourceFile) -> Located:
        """Download one file and verify it.

        The bytes go to ``<path>.part`` first and are renamed into place only when the sha256 is
        the expected one, so a file under data/ is whole or not there.

        Raises
        ------
        requests.RequestException
            The host answered with an error, or could not be reached.
        """
        host = urlsplit(file.url).netloc
        if host in self.unreachable:
            return Located(file, ABSENT)
        target = self.data / file.path
        part = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        have = part.stat().st_size if part.exists() else 0
        if file.bytes and have >= file.bytes:
            part.unlink()  # cannot be a beginning of this file
            have = 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        try:
            answer = self._session.get(
                file.url, headers=headers, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)
            )
        except (requests.ConnectionError, requests.Timeout) as error:
            self.unreachable[host] = type(error).__name__
            return Located(file, ABSENT)
        with answer:
            answer.raise_for_status()
            mode = "ab" if answer.status_code == 206 else "wb"
            self.on_bytes(have if mode == "ab" else 0)
            with part.open(mode) as handle:
                for chunk in answer.iter_content(CHUNK):
                    handle.write(chunk)
                    self.on_bytes(len(chunk))
                handle.flush()
                os.fsync(handle.fileno())
        found = sha256_of(part)
        if file.sha256 and found != file.sha256:  # of some files nobody states one
            part.unlink()
            return Located(file, DIFFERS, None, found)
        part.replace(target)
        return Located(file, PRESENT, target, found)
