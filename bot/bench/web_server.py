"""The web server under load: signed deliveries into the real gunicorn, over a new ledger that a drain empties.

A bare Flask endpoint is served in the same way and gets the same load, before and after: it is the limit of what the
web server itself can do here.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import secrets
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.adapters.own_environment import child_environment
from bot.bench.load import Load, Request, Sent, measure_most
from bot.bench.resources import Used, watched
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.webhooks import signature
from bot.rehearsal.load import load_factor
from bot.webhooks import GUNICORN

_REPOSITORY = "octo/clock"
_ISSUE_TEXT = "The clock goes wrong when the hour changes.\n\n- [ ] a test for it\n- [ ] the fix\n" * 45
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0
_ACCEPTED = 202
_PATH = "/webhook"
_MOST = 2000  # requests of the measurement under full load
_MOST_RATIO, _LEAST_SHARE = 3.0, 0.6  # what the web server aims at beside bare Flask
_BARE_SHARE = 0.2  # of the web server's time, half of it before and half after
_GUNICORN = (sys.executable, "-m", "gunicorn", "--log-level", "warning", "--no-control-socket")
_NOWHERE = "http://127.0.0.1:9/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Milliseconds from the moment a delivery was due to its answer."""

    sent: int
    accepted: int
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    late_p99_ms: float  # the generator's own lag, which is part of the times

    @classmethod
    def of(cls, sent: Sequence[Sent]) -> Answers:
        times = statistics.quantiles([each.seconds * 1000 for each in sent], n=100)
        late = statistics.quantiles([each.late * 1000 for each in sent], n=100)
        return cls(
            sent=len(sent),
            accepted=sum(each.status == _ACCEPTED for each in sent),
            p50_ms=round(times[49], 2),
            p90_ms=round(times[89], 2),
            p99_ms=round(times[98], 2),
            max_ms=round(max(each.seconds for each in sent) * 1000, 2),
            late_p99_ms=round(late[98], 2),
        )

    def as_json(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFigures:
    """`lost` deliveries were answered with 202 and are not in the ledger; `waiting` were not drained at the end."""

    rate: float
    seconds: float
    payload_bytes: int
    nightshift: Answers
    bare: Answers
    stored: int
    lost: int
    waiting: int
    used: Used
    most: float  # deliveries a second, as many as it takes, while none is worked on
    bare_most: float

    @property
    def share(self) -> float:
        return round(self.most / self.bare_most, 2)

    @property
    def ratio(self) -> float:
        return round(self.nightshift.p99_ms / self.bare.p99_ms, 2)

    def as_json(self) -> dict[str, Any]:
        return {
            "rate": self.rate,
            "seconds": self.seconds,
            "payload_bytes": self.payload_bytes,
            "nightshift": self.nightshift.as_json(),
            "bare_flask": self.bare.as_json(),
            "p99_ratio": self.ratio,
            "most_a_second": round(self.most, 1),
            "bare_most_a_second": round(self.bare_most, 1),
            "share_of_bare": self.share,
            "stored": self.stored,
            "lost": self.lost,
            "waiting": self.waiting,
            "gunicorn": self.used.as_json(),
        }

    def bars(self) -> dict[str, float]:
        return {
            f"{name}, {what}": value
            for name, found in (("Nightshift", self.nightshift), ("bare Flask", self.bare))
            for what, value in (("p50", found.p50_ms), ("p99", found.p99_ms))
        }

    def lines(self) -> Iterator[str]:
        used = self.used.as_json()
        yield f"{self.rate:g} deliveries a second for {self.seconds:g} s, {self.payload_bytes} bytes each"
        for name, found in (("Nightshift", self.nightshift), ("bare Flask", self.bare)):
            yield (
                f"{name:11} p50 {found.p50_ms:7.2f} ms  p90 {found.p90_ms:7.2f}  p99 {found.p99_ms:7.2f}"
                f"  max {found.max_ms:8.2f}  ({found.accepted} of {found.sent} answered 202,"
                f" sent up to {found.late_p99_ms:.2f} ms late)"
            )
        yield f"p99 is {self.ratio} times that of bare Flask (aim: at most {_MOST_RATIO:g})"
        yield (
            f"under full load {self.most:.0f} a second, bare Flask {self.bare_most:.0f}: {self.share:.0%} of it"
            f" (aim: {_LEAST_SHARE:.0%})"
        )
        yield f"{self.stored} stored, {self.lost} lost, {self.waiting} still waiting after the last turn of the drain"
        yield (
            f"gunicorn: {used['memory_mb_warm']} MB once warm, {used['memory_mb_middle']} in the middle, "
            f"{used['memory_mb_end']} at the end; {used['cpu_percent']} % of one core"
        )


@dataclass(slots=True)
class _Deliveries:
    """Deliveries of one body, as GitHub signs it, each with a new GUID."""

    secret: str
    body: bytes
    guids: dict[int, str] = field(default_factory=dict)

    def request(self, number: int) -> Request:
        guid = self.guids[number] = str(uuid.uuid4())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/bench",
            "X-GitHub-Event": "issues",
            "X-GitHub-Delivery": guid,
            "X-Hub-Signature-256": signature(self.secret, self.body),
        }
        return headers, self.body


def web_server_under_load(*, rate: float, seconds: float) -> WebFigures:
    secret = secrets.token_hex(16)
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name, ExitStack() as opened:
        folder = Path(name)
        deliveries = _Deliveries(secret, labelled_issue(folder / "github", secret))
        ledger = folder / "ledger.sqlite"
        server, port = opened.enter_context(_nightshift(folder, ledger, secret))
        _, bare_port = opened.enter_context(_bare(folder))
        bare_count = max(int(rate * seconds * _BARE_SHARE / 2), int(rate))
        before = Load(bare_port, _PATH, rate, bare_count, _Deliveries(secret, deliveries.body).request).run()
        with _draining(folder, ledger), watched(server.pid) as used:
            sent = Load(port, _PATH, rate, int(rate * seconds), deliveries.request).run()
        stored, waiting = _read_stored(ledger)
        after = Load(bare_port, _PATH, rate, bare_count, _Deliveries(secret, deliveries.body).request).run()
        others = _Deliveries(secret, deliveries.body).request
        bare_most, most = (measure_most(each, _PATH, _MOST, others) for each in (bare_port, port))
    accepted = {deliveries.guids[each.number] for each in sent if each.status == _ACCEPTED}
    return WebFigures(
        rate=rate,
        seconds=seconds,
        payload_bytes=len(deliveries.body),
        nightshift=Answers.of(sent),
        bare=Answers.of([*before, *after]),
        stored=len(stored),
        lost=len(accepted - stored),
        waiting=waiting,
        used=used,
        most=most,
        bare_most=bare_most,
    )


def labelled_issue(folder: Path, secret: str) -> bytes:
    """The body of a delivery as the simulated GitHub makes it: an issue with a text of some length was labelled."""
    folder.mkdir(parents=True)
    with SimulatedGitHub(folder) as github:
        github.add_user("ada")
        github.add_repository(_REPOSITORY)
        github.set_role(_REPOSITORY, "ada", "maintain")
        github.add_webhook(_NOWHERE, secret)
        issue = github.open_issue(_REPOSITORY, title="The clock is wrong", body=_ISSUE_TEXT, author="ada", labels=())
        github.label_issue(_REPOSITORY, issue.number, "auto", by="ada")
        github.webhooks.wait_delivered()
        return next(each.body for each in github.deliveries if each.action == "labeled")


@contextmanager
def _nightshift(folder: Path, ledger: Path, secret: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    settings = {
        "GITHUB_TOKEN": "ghp_bench",
        "REPOSITORIES": _REPOSITORY,
        "ANTHROPIC_API_KEY": "sk-bench",
        "WEBHOOK_SECRET": secret,
        "DATA_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{ledger}",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "LOG_LEVEL": "warning",
    }
    with _serving([sys.executable, "-m", "bot", "web"], folder, settings, port) as server:
        yield server, port


@contextmanager
def _bare(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    served = [word for name, value in GUNICORN.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [*_GUNICORN, "bot.bench.bare:create_app()", *served, "--bind", f"127.0.0.1:{port}"]
    with _serving(command, folder, {}, port) as server:
        yield server, port


@contextmanager
def _serving(
    command: list[str], folder: Path, settings: Mapping[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    server = subprocess.Popen(command, cwd=folder, env={**_plain_environment(), **settings})
    try:
        _wait_until_ready(port, server)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@contextmanager
def _draining(folder: Path, ledger: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "bot.bench.drain", f"sqlite:///{ledger}"]
    drain = subprocess.Popen(command, cwd=folder, env=_plain_environment(), stdin=subprocess.PIPE)
    try:
        yield
    finally:
        drain.communicate(timeout=_STOP_SECONDS)
    if drain.returncode != 0:
        raise RuntimeError("the drain failed beside the web server")


def _plain_environment() -> dict[str, str]:
    """Nothing of the settings that this very machine may run Nightshift with."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in child_environment(os.environ)}


def _wait_until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS * load_factor()
    while server.poll() is None and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/readyz")
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not come up")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _read_stored(ledger: Path) -> tuple[set[str], int]:
    """Every GUID in the ledger, and how many of them still wait."""
    with contextlib.closing(sqlite3.connect(f"{ledger.as_uri()}?mode=ro", uri=True)) as connection:
        rows = connection.execute("SELECT guid, done_at IS NULL FROM deliveries").fetchall()
    return {guid for guid, _ in rows}, sum(waiting for _, waiting in rows)
