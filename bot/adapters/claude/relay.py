"""Between a session and the model's API: the session knows a pass that is good for it alone, the credential stays here.

A shell command can read Claude Code's memory, so the credential must not be in it. And since only this relay is
reachable, and puts the operator's credential into each request, no other account can be used to carry data out.
Only what a session's plan needs of the API is let through, and what passes is on record (`relay_log.py`).
"""

from __future__ import annotations

import contextlib
import http.client
import secrets
import select
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.adapters.cell.entry import LOOPBACK
from bot.adapters.claude.bodies import BadBody, parse_body
from bot.adapters.claude.plan import Credential
from bot.adapters.claude.relay_log import RelayLog, SessionTerms
from bot.adapters.claude.relay_record import LARGEST, RelaySeal
from bot.adapters.claude.relay_server import RelayServer
from bot.adapters.sockets import shut
from bot.core.failures import FailureKind
from bot.core.witness import Witness

AT_ONCE = 4
"""Requests of a session that are read or answered at the same time: Claude Code sends one after the other."""
BODY_SECONDS = 30.0
"""In which a request's body has to have come, with the wait for its turn."""
_LOOK_SECONDS = 0.25


@dataclass(slots=True)
class Relay:
    """Serves while the `with` block runs, on a new loopback port or, with `url`, on the listeners that it is
    given (`serve`). `credential`: the operator's, for the API at its `base_url`; `terms`: what the session is for;
    `record`: the file that its record is written to, of at most `largest_record` bytes; `body_seconds`: in which a
    request's body has to have come; `holds`: no request is sent to the API before `pass_on`, because an answer may ask
    for a tool."""

    credential: Credential
    terms: SessionTerms = field(default_factory=SessionTerms)
    record: Path | None = None
    url: str | None = None
    holds: bool = False
    body_seconds: float = BODY_SECONDS
    largest_record: int = LARGEST
    _pass: str = field(default_factory=lambda: f"session-{secrets.token_urlsafe(32)}", repr=False)
    _log: RelayLog = field(init=False)
    _between: dict[socket.socket, socket.socket] = field(default_factory=dict)  # the session's end -> the API's
    _turns: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(AT_ONCE))
    _parsing: threading.Lock = field(default_factory=threading.Lock)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _passes_on: threading.Event = field(default_factory=threading.Event)
    _servers: list[RelayServer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._log = RelayLog(self.terms, self.record, self.largest_record)
        if not self.holds:
            self.pass_on()

    def __enter__(self) -> Self:
        if self.url is None:
            listener = socket.create_server((LOOPBACK, 0), backlog=16)
            self.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
            self.serve(listener)
        threading.Thread(target=self._look, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._over.set()
        self.pass_on()
        servers, self._servers = self._servers, []
        for server in servers:
            server.end()
        with self._lock:
            left = (*self._between.keys(), *self._between.values())
        for end in left:
            shut(end)

    def serve(self, listener: socket.socket) -> None:
        """Accept connections from a listening socket, until the `with` block ends; it is closed then."""
        server = RelayServer(self, listener)
        self._servers.append(server)
        server.start()

    def pass_on(self) -> None:
        """From now on requests are sent to the API, where the relay was made to hold them."""
        self._passes_on.set()

    @property
    def for_session(self) -> Credential:
        """What the session gets instead: of the same kind, since Claude Code treats a key and a subscription unlike."""
        assert self.url is not None, "the relay listens only within its `with` block"  # noqa: S101
        given = replace(self.credential, base_url=self.url)
        if self.credential.api_key:
            return replace(given, api_key=self._pass)
        return replace(given, oauth_token=self._pass) if self.credential.oauth_token else given

    @property
    def stop(self) -> tuple[FailureKind, str] | None:
        """Why the session has to be stopped, if it has to: its budget, a bound, or a request that was refused."""
        return self._log.stop

    @property
    def spent_usd(self) -> float:
        """What the session has cost so far, by the list price."""
        return self._log.spent_usd()

    def close(self) -> tuple[Witness, RelaySeal]:
        """End the record: what was seen of the session, and what its record is verified with."""
        return self._log.close()

    @property
    def said(self) -> tuple[Mapping[str, Any], ...] | None:
        """The conversation as the model was last shown it, for a later session that continues it."""
        return self._log.read_conversation()

    def admits(self, headers: Message) -> bool:
        """Whether a request carries the session's pass: other users of this host can reach the port too."""
        shown = [*headers.get_all("x-api-key", ()), *headers.get_all("authorization", ())]
        given = shown[0].removeprefix("Bearer ") if len(shown) == 1 else ""
        return secrets.compare_digest(given.encode(errors="replace"), self._pass.encode())

    def authorization(self) -> dict[str, str]:
        """The header that the API takes for the credential."""
        if self.credential.api_key:
            return {"x-api-key": self.credential.api_key}
        return {"Authorization": f"Bearer {self.credential.oauth_token}"}

    @contextlib.contextmanager
    def turn(self) -> Iterator[float]:
        """Wait for a place among the requests that are under way. Yields until when the body has to have come."""
        deadline = time.monotonic() + self.body_seconds
        if not self._turns.acquire(timeout=self.body_seconds):
            raise BadBody(f"more than {AT_ONCE} requests at once")
        try:
            yield deadline
        finally:
            self._turns.release()

    def parse(self, body: bytes | bytearray) -> object:
        """The body as an object, one at a time: it takes many times its size. Raises BadBody."""
        with self._parsing:
            return parse_body(body)

    @contextlib.contextmanager
    def watch(self, connection: http.client.HTTPConnection, client: socket.socket) -> Iterator[None]:
        """The connection is cut when the session ends or gives the request up, also while the API is silent."""
        self._passes_on.wait()
        connection.connect()
        with self._lock:
            self._between[client] = connection.sock
        try:
            connection.sock.settimeout(None)  # the session's own time limit ends the wait for a silent model
            yield
        finally:
            with self._lock:
                self._between.pop(client, None)
            connection.close()

    @property
    def log(self) -> RelayLog:
        return self._log

    def _look(self) -> None:
        """Cut what the session no longer waits for."""
        while not self._over.wait(_LOOK_SECONDS):
            with self._lock:
                between = dict(self._between)
            with contextlib.suppress(OSError, ValueError):  # one of them was closed meanwhile: look again
                readable = select.select(list(between), [], [], 0)[0] if between else []
                for client in readable:
                    if not client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                        shut(between[client])
