"""The server itself: what it keeps of visitors who left."""

import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import websockets
from browser import serving
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ingest import settings


@pytest.mark.skipif(sys.platform != "linux", reason="limits another process by prlimit")
def test_visits_that_ended_keep_no_files_open(toy_warehouse, tmp_path):
    """Streamlit keeps 128 of them with three files each; here a process may open 256."""
    with serving(toy_warehouse, tmp_path / "log.txt", n_files=256) as url:
        address = url.replace("http", "ws") + "/_stcore/stream"
        with ThreadPoolExecutor(1) as other:  # the browser of other tests has a loop in this thread
            other.submit(asyncio.run, _visit(address, 140)).result()
    assert "Too many open files" not in (tmp_path / "log.txt").read_text(encoding="utf-8")


def test_nobody_outside_is_asked_for_the_address_of_this_machine():
    """Streamlit would, as soon as the explorer is opened to others: make app HOST=0.0.0.0."""
    asks = "from streamlit import net_util; net_util._make_blocking_http_get = None; import serve; "
    asks += "assert net_util.get_external_ip() is None"
    subprocess.run([sys.executable, "-c", asks], cwd=settings.ROOT, check=True)


async def _visit(address: str, times: int) -> None:
    """Look at a page of the explorer, and leave; again and again."""
    request = BackMsg()
    request.rerun_script.page_name = "sql"
    how = {"subprotocols": ["streamlit"], "max_size": None, "close_timeout": 0.1}
    for _ in range(times):
        async with websockets.connect(address, **how) as socket:
            await socket.send(request.SerializeToString())
            kind = ""
            while kind != "script_finished":
                told = await asyncio.wait_for(socket.recv(), 60)
                kind = ForwardMsg.FromString(told).WhichOneof("type")
