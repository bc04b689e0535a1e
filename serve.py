"""The explorer as a server: made ready before the first visitor, closed to what it needs not serve.

`make app` runs it. `streamlit run app.py` shows the same pages without either.
"""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import net_util
from streamlit.runtime import get_instance
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.session_manager import SessionInfo

from app_pages import _shared

HEADERS = {
    # charts are compiled in the browser; nothing is loaded from anybody else
    "Content-Security-Policy": "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
    "connect-src 'self' ws: wss: data: blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
}
CLOSED = {"/_stcore/metrics"}
"""Numbers about the visitors, which Streamlit tells everybody."""


class Guard:
    """Puts the headers on every answer, and gives none at the closed addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        is_closed = scope["type"] == "http" and scope["path"].rstrip("/") in CLOSED
        answer = PlainTextResponse("not found", 404) if is_closed else self.app
        await answer(scope, receive, send_guarded)


ENDED = 16


class Ended(MemorySessionStorage):
    """The visits that ended last, in case their connection comes back.

    Streamlit itself keeps 128, and lets go of one when Python collects garbage; each has three open
    files, of which many systems grant a process 256. Choices are lost with none: they stand in the
    address.
    """

    def __init__(self) -> None:
        super().__init__(ENDED + 1, math.inf)

    def save(self, session_info: SessionInfo) -> None:
        """Keep a visit, and end the oldest of too many for good."""
        super().save(session_info)
        for oldest in self.list()[:-ENDED]:
            self.delete(oldest.session.id)
            oldest.session.shutdown()


@asynccontextmanager
async def ready(app: st.App) -> AsyncIterator[None]:
    """Load what the first visitors would all wait for."""
    get_instance()._session_mgr._session_storage = Ended()
    await asyncio.to_thread(_shared.load)
    yield


net_util.get_external_ip = lambda: None
"""Opened to others, Streamlit would ask a service outside for the address of this machine."""

app = st.App("app.py", lifespan=ready, middleware=[Middleware(Guard)])
