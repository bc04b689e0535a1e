"""Forty visitors at once: each turns pages and changes choices over a websocket of its own.

Every visitor speaks the protocol of Streamlit's browser client, so that the server does all it does
for a browser, and the browsers do not take the cores from it. A visitor waits a few seconds between
interactions, as a reader does. Timed is from the request until the script has finished and every
message has arrived. An exception on a page counts as an error, and so does a lost connection.
"""

import argparse
import asyncio
import random
import time
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.explorer_speed import PAGES, serving
from benchmarks.measure import publish
from ingest import settings

VIEWS = [address for address, _ in PAGES.values()] + [
    "agreement?cohort=brainscore_2025_core50",
    "agreement?cohort=wichmann_2020",
    "agreement?tab=what-it-depends-on&method=kendall",
    "ranking?cohort=brainscore_2025_complete",
    "ranking?cohort=brainscore_2020&family=resnet",
    "ranking?tab=averaging&cohort=scaling_all",
    "trials?tab=shape-bias",
    "missing?tab=what-to-measure-next",
    "worth?tab=theory",
]
TOO_LATE = 60


@dataclass
class Seen:
    """What the visitors met: seconds by page, and errors."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)


async def visitor(url: str, until: float, pause: float, seed: int, seen: Seen) -> None:
    """One session: a page, a pause, another page."""
    chance = random.Random(seed)
    await asyncio.sleep(chance.uniform(0, pause))
    address = url.replace("http", "ws") + "/_stcore/stream"
    async with websockets.connect(address, subprotocols=["streamlit"], max_size=None) as socket:
        while time.monotonic() < until:
            page, _, query = chance.choice(VIEWS).partition("?")
            request = BackMsg()
            request.rerun_script.page_name = page
            request.rerun_script.query_string = query
            start = time.perf_counter()
            await socket.send(request.SerializeToString())
            try:
                errors = await asyncio.wait_for(_answer(socket), TOO_LATE)
            except (TimeoutError, websockets.ConnectionClosed) as error:
                seen.errors.append(f"{page}: {type(error).__name__}")
                return
            seen.seconds[page or "start"].append(time.perf_counter() - start)
            seen.errors += [f"{page}: {e}" for e in errors]
            await asyncio.sleep(chance.expovariate(1 / pause))


async def _answer(socket: websockets.ClientConnection) -> list[str]:
    """Read until the script has finished; give the exceptions that it showed."""
    errors = []
    while True:
        message = ForwardMsg.FromString(await socket.recv())
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "exception":
            errors.append(message.delta.new_element.exception.message)
        if kind == "page_not_found":
            errors.append("page not found")
        if kind == "script_finished":
            if message.script_finished != ForwardMsg.FINISHED_SUCCESSFULLY:
                errors.append(ForwardMsg.ScriptFinishedStatus.Name(message.script_finished))
            return errors


async def crowd(url: str, n: int, seconds: float, pause: float) -> Seen:
    """Let n visitors in at once, ten seconds after the one who started the server and looked."""
    await visitor(url, time.monotonic() + 1, 0.1, 0, Seen())
    await asyncio.sleep(10)
    seen = Seen()
    until = time.monotonic() + seconds
    await asyncio.gather(*(visitor(url, until, pause, i, seen) for i in range(1, n + 1)))
    return seen


def report(seen: Seen, n: int, seconds: float, pause: float) -> list[str]:
    """The table, as Markdown."""
    everything = np.concatenate(list(seen.seconds.values()))
    lines = [
        "# Many visitors at once",
        "",
        f"`python -m benchmarks.explorer_load`: {n} websocket sessions for {seconds:g} s on two "
        f"cores, {pause:g} s between the interactions of each on average, warehouse of "
        f"{settings.WAREHOUSE.stat().st_size / 1e6:.0f} MB. One visitor looked for a second after "
        "the start and the others come ten seconds later: most pages are then in no cache. "
        f"**{len(everything):,} interactions ({len(everything) / seconds:.1f} a second), "
        f"{len(seen.errors)} errors, p95 {np.quantile(everything, 0.95):.2f} s** (goal 3), median "
        f"{np.median(everything):.2f} s.",
        "",
        "| page | interactions | median s | p95 s | slowest s |",
        "|---|---:|---:|---:|---:|",
    ]
    for page, values in sorted(seen.seconds.items()):
        lines.append(
            f"| {page} | {len(values)} | {np.median(values):.2f} | "
            f"{np.quantile(values, 0.95):.2f} | {max(values):.2f} |"
        )
    lines += [f"- {e}" for e in sorted(set(seen.errors))]
    return lines


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=40)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--pause", type=float, default=5, help="mean seconds between interactions")
    arguments = parser.parse_args()
    chosen = (arguments.visitors, arguments.seconds, arguments.pause)
    with serving() as url:
        seen = asyncio.run(crowd(url, *chosen))
    publish("explorer_load", report(seen, *chosen))


if __name__ == "__main__":
    main()
