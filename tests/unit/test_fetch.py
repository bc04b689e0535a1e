"""Finding files, and downloading them from a server on the loopback device."""

import contextlib
import hashlib
import http.server
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from ingest import fetch as fetch_module
from ingest import settings
from ingest.fetch import Fetcher, FetchError
from ingest.locate import ABSENT, DIFFERS, NONE, PRESENT, Located, NoMirror, locate, status_of
from ingest.registry import SourceFile

CONTENT = bytes(range(256)) * 1000


class Server(http.server.ThreadingHTTPServer):
    """Serves ``files``; notes each request as (path, Range header)."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.knows_ranges = True
        self.cut_after: int | None = None
        self.pause = 0.0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    """A file server in miniature."""

    def do_GET(self):
        server: Server = self.server
        asked = self.headers.get("Range")
        server.requests.append((self.path, asked))
        if self.path not in server.files:
            self.send_error(404)
            return
        body = server.files[self.path]
        if asked and server.knows_ranges:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            body = body[start:]
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        body = body if server.cut_after is None else body[: server.cut_after]
        for start in range(0, len(body), 1 << 16):
            self.wfile.write(body[start : start + (1 << 16)])
            time.sleep(server.pause)

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The loopback device needs no proxy, whatever the machine sets."""
    for variable in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server():
    """A running server; its port is free again afterwards."""
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def registered(content: bytes, url: str, path: str = "tiny/file.bin") -> SourceFile:
    """A file as the registry knows it."""
    return SourceFile(path, url, hashlib.sha256(content).hexdigest(), len(content))


@pytest.fixture
def published(server) -> SourceFile:
    """A file that the server sends as registered."""
    server.files["/file.bin"] = CONTENT
    return registered(CONTENT, server.url("/file.bin"))


def part_of(data: Path, content: bytes | None = None) -> Path:
    """Where a download stands until it is whole; made half done where content is given."""
    part = data / "tiny" / "file.bin.part"
    if content is not None:
        part.parent.mkdir()
        part.write_bytes(content)
    return part


HALF = len(CONTENT) // 2


@pytest.mark.parametrize(
    ("part", "knows_ranges", "asked"),
    [
        (None, True, None),
        (CONTENT[:HALF], True, f"bytes={HALF}-"),
        (CONTENT[:HALF], False, f"bytes={HALF}-"),
        (b"x" * len(CONTENT), True, None),
        (b"x" * (len(CONTENT) + 1), True, None),
    ],
    ids=["nothing", "half", "half, no ranges", "as long", "too long"],
)
def test_a_file_is_downloaded_whole(tmp_path, server, published, part, knows_ranges, asked):
    """A half is resumed, or replaced by a server without ranges; what cannot be one goes.

    It lies under its registry path, nothing else does, and every byte was counted.
    """
    server.knows_ranges = knows_ranges
    if part:
        part_of(tmp_path, part)
    seen = []
    located = Fetcher(tmp_path, seen.append).fetch(published)
    assert located.status == PRESENT
    assert located.path == tmp_path / "tiny/file.bin"
    assert located.path.read_bytes() == CONTENT
    assert [p.name for p in (tmp_path / "tiny").iterdir()] == ["file.bin"]
    assert server.requests == [("/file.bin", asked)]
    assert sum(seen) == len(CONTENT)
    assert (seen[0] == HALF) == (knows_ranges and asked is not None)


def test_a_part_of_another_file_is_found_out_and_thrown_away(tmp_path, published):
    """The checksum of the whole decides; the next run succeeds."""
    part_of(tmp_path, b"x" * 100)
    assert Fetcher(tmp_path).fetch(published).status == DIFFERS
    assert list((tmp_path / "tiny").iterdir()) == []
    assert Fetcher(tmp_path).fetch(published).status == PRESENT


def test_a_part_that_no_checksum_could_tell_from_another_is_not_gone_on_from(tmp_path, published):
    """Of some files nobody states one: two halves of different files would be kept as one."""
    part_of(tmp_path, b"x" * 100)
    unstated = replace(published, sha256="", bytes=0)
    assert Fetcher(tmp_path).fetch(unstated).path.read_bytes() == CONTENT


@pytest.mark.parametrize("is_there", [False, True])
def test_wrong_bytes_are_thrown_away(tmp_path, server, published, is_there):
    """Nothing of what is not the registered file stays; a good file under data/ survives it."""
    other = CONTENT[:-1] + b"!"
    server.files["/file.bin"] = other
    target = tmp_path / "tiny/file.bin"
    if is_there:
        target.parent.mkdir()
        target.write_bytes(CONTENT)
    located = Fetcher(tmp_path).fetch(published)
    assert located == Located(published, DIFFERS, None, hashlib.sha256(other).hexdigest())
    assert [p.read_bytes() for p in (tmp_path / "tiny").iterdir()] == [CONTENT] * is_there


def test_what_is_in_the_way_of_a_file_is_kept(tmp_path, server, published):
    """However often: a damaged download, or a table that somebody corrected by hand."""
    target = tmp_path / "tiny/file.bin"
    target.parent.mkdir()
    for mine in (b"corrected", b"corrected again"):
        target.write_bytes(mine)
        fetcher = Fetcher(tmp_path)
        assert fetcher.fetch(published).path.read_bytes() == CONTENT
        assert fetcher.aside[target].read_bytes() == mine
    assert len(list(target.parent.iterdir())) == 3
    target.unlink()
    target.mkdir()
    server.requests.clear()
    with pytest.raises(FetchError, match=r"file\.bin is no file, .*move it, then aw fetch"):
        Fetcher(tmp_path).fetch(published)
    assert target.is_dir() and not server.requests


def test_not_found_is_an_error_and_leaves_nothing(tmp_path, server, published):
    """A 404 page is not a file; the host stays reachable for the others."""
    gone = registered(b"x", server.url("/gone.bin"), "tiny/gone.bin")
    fetcher = Fetcher(tmp_path)
    with pytest.raises(requests.HTTPError, match="404"):
        fetcher.fetch(gone)
    assert list((tmp_path / "tiny").iterdir()) == []
    assert fetcher.unreachable == {}
    assert fetcher.fetch(published).status == PRESENT


def test_a_connection_cut_in_the_middle_can_be_resumed(tmp_path, server, published):
    """The bytes that came are kept; the next run asks for the rest."""
    server.cut_after = 200_000
    with pytest.raises(requests.RequestException):
        Fetcher(tmp_path).fetch(published)
    have = part_of(tmp_path).stat().st_size
    assert 0 < have <= 200_000
    assert not (tmp_path / "tiny/file.bin").exists()
    server.cut_after = None
    assert Fetcher(tmp_path).fetch(published).status == PRESENT
    assert server.requests[-1] == ("/file.bin", f"bytes={have}-")


def test_a_part_longer_than_the_file_there_starts_again(tmp_path, server, published):
    """A server that knows no such range (416) is asked for all; its bytes decide."""
    server.files["/file.bin"] = CONTENT[:100]
    part_of(tmp_path, CONTENT[:HALF])
    assert Fetcher(tmp_path).fetch(published).status == DIFFERS
    assert server.requests == [("/file.bin", f"bytes={HALF}-"), ("/file.bin", None)]


def test_more_than_the_registered_bytes_are_not_waited_for(tmp_path, server, published):
    """Nor written: the disk would be full before the checksum is known."""
    server.files["/file.bin"] = CONTENT * 20
    with pytest.raises(FetchError, match="more than the 256,000 registered bytes"):
        Fetcher(tmp_path).fetch(published)
    assert part_of(tmp_path).stat().st_size <= len(CONTENT)


def test_a_host_that_sends_too_slowly_is_left(tmp_path, server, published, monkeypatch):
    """However little it sends at a time, which no limit on one answer notices; it is resumed."""
    monkeypatch.setattr(fetch_module, "LONGEST_SECONDS", 0.01)
    monkeypatch.setattr(fetch_module, "SLOWEST", 1e9)
    server.pause = 0.05
    with pytest.raises(FetchError, match="of 256,000 bytes in 0 s; the next run goes on there"):
        Fetcher(tmp_path).fetch(published)
    assert 0 < part_of(tmp_path).stat().st_size < len(CONTENT)


def test_bytes_do_not_follow_a_link(tmp_path, published):
    """What stands where a download is written may be another's doing."""
    elsewhere = tmp_path / "precious"
    elsewhere.write_bytes(b"kept")
    part_of(tmp_path, b"").unlink()
    part_of(tmp_path).symlink_to(elsewhere)
    with pytest.raises(OSError, match=r"file\.bin\.part"):
        Fetcher(tmp_path).fetch(published)
    assert elsewhere.read_bytes() == b"kept"


def test_an_unreachable_host_is_given_up_after_one_attempt(tmp_path, monkeypatch):
    """The second file of the host is not even tried; another host is."""
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = f"127.0.0.1:{port}"
    first = registered(b"a", f"http://{host}/a", "tiny/a")
    second = registered(b"b", f"http://{host}/b", "tiny/b")
    fetcher = Fetcher(tmp_path)
    attempts = []
    get = fetcher._session.get
    monkeypatch.setattr(fetcher._session, "get", lambda *a, **k: attempts.append(a) or get(*a, **k))
    assert fetcher.fetch(first) == Located(first, ABSENT)
    assert fetcher.fetch(second) == Located(second, ABSENT)
    assert len(attempts) == 1
    assert fetcher.unreachable == {host: "ConnectionError"}


def test_a_host_that_says_nothing_is_given_up(tmp_path, monkeypatch):
    """A server that accepts and never answers must not hold the run for ever."""
    monkeypatch.setattr(fetch_module, "READ_SECONDS", 0.2)
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        fetcher = Fetcher(tmp_path)
        assert fetcher.fetch(registered(b"a", f"http://{host}/a", "tiny/a")).status == ABSENT
    assert fetcher.unreachable == {host: "ReadTimeout"}


# without any network


@pytest.fixture
def two_places(tmp_path):
    """A mirror and a data folder, both empty."""
    for name in ("mirror", "data"):
        (tmp_path / name / "tiny").mkdir(parents=True)
    return tmp_path / "data", tmp_path / "mirror"


FILE = registered(b"right", "http://127.0.0.1:9/file.bin")


@pytest.mark.parametrize(
    ("in_mirror", "in_data", "status", "taken"),
    [
        (b"right", b"right", PRESENT, "mirror"),
        (b"wrong", b"right", PRESENT, "data"),
        (b"wrong", None, DIFFERS, "mirror"),
        (b"wrong", b"wrong", DIFFERS, "mirror"),
        (None, None, ABSENT, None),
    ],
)
def test_the_mirror_is_looked_in_first(two_places, in_mirror, in_data, status, taken):
    """A wrong file there does not hide a right one here, and is else reported as what it is."""
    data, mirror = two_places
    for place, content in ((mirror, in_mirror), (data, in_data)):
        if content is None:
            (place / FILE.path).mkdir()  # a folder of that name is no file
        else:
            (place / FILE.path).write_bytes(content)
    located = locate(FILE, data, mirror)
    assert located.status == status
    assert located.path == (taken and {"mirror": mirror, "data": data}[taken] / FILE.path)
    if status == DIFFERS:
        assert located.found_sha256 == hashlib.sha256(b"wrong").hexdigest()


def test_a_mirror_that_is_no_folder_is_said(tmp_path, monkeypatch):
    """A disk that is not plugged in would look like files that nobody has."""
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "unplugged")
    with pytest.raises(NoMirror, match=r"AW_MIRROR: .*unplugged is not a folder"):
        locate(FILE)


def test_only_results_are_looked_for_in_the_project(two_places, tmp_path, monkeypatch):
    """The project carries what it computed; a source of others never."""
    data, mirror = two_places
    monkeypatch.setattr(settings, "ROOT", tmp_path / "project")
    ours = registered(b"right", "none", "results/tiny.parquet")
    for file in (ours, FILE):
        path = tmp_path / "project" / file.path
        path.parent.mkdir(parents=True)
        path.write_bytes(b"right")
    assert locate(ours, data, mirror).status == PRESENT
    assert locate(FILE, data, mirror).status == ABSENT


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([PRESENT, PRESENT], PRESENT),
        ([PRESENT, ABSENT], ABSENT),
        ([ABSENT, ABSENT], ABSENT),
        ([PRESENT, ABSENT, DIFFERS], DIFFERS),
        ([], NONE),
    ],
)
def test_a_source_is_as_good_as_its_worst_file(statuses, expected):
    """Half a source is absent, a wrong file is worse than a missing one."""
    assert status_of(Located(FILE, s) for s in statuses) == expected
