"""A real Temporal server on loopback, which can be killed and restarted, and hosts as real processes."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from temporalio.client import Client

from bot.adapters.executors.connection import Place
from tests.patience import eventually, within

ROOT = Path(__file__).parents[3]
KEY = b"k" * 32
_TEMPORAL = Path(sys.executable).with_name("temporal")
_ATTEMPT = Path(__file__).with_name("attempt.py")


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class TemporalServer:
    """What it knows survives a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        options = ("--headless", "--ip", "127.0.0.1", "--port", str(self._port), "--log-level", "error")
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [_TEMPORAL, "server", "start-dev", *options, "--db-filename", self._folder / "temporal.sqlite"],
                stdout=log,
                stderr=log,
            )
        eventually(lambda: asyncio.run(self._answers()), 30)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def _answers(self) -> bool:
        """It takes connections before it is healthy."""
        try:
            await Client.connect(self.address)
        except RuntimeError:
            return False
        return True


@dataclass
class Hosts:
    """`folder`: of what the stand-in for `nightshift attempt` leaves behind."""

    place: Place
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, **settings: str) -> None:
        """Its log is in FOLDER/NAME.log."""
        given = {
            "TEMPORAL_ADDRESS": self.place.address,
            "TEMPORAL_QUEUE": self.place.queue,
            "PAYLOAD_KEY": base64.b64encode(KEY).decode(),
            "ATTEMPT_COMMAND": f"{sys.executable} -SE {_ATTEMPT} {self.folder}",
            "DATA_DIR": str(self.folder / name),
            "DRAIN_SECONDS": "60",
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
        }
        with self.log_of(name).open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "bot", "executor"], cwd=self.folder, env={**given, **settings}, stderr=log
            )

    def signal(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)

    def wait(self, name: str) -> int:
        return self.processes[name].wait(within(60))

    def log_of(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def runs_of(self, order: str) -> list[int]:
        """The processes that carried it out, those that are over too, in no order."""
        return [int(each.suffix[1:]) for each in self.folder.glob(f"{order}.*") if each.suffix[1:].isdigit()]

    def let(self, order: str) -> None:
        (self.folder / f"{order}.go").touch()

    def end_all(self) -> None:
        for each in self.processes.values():
            each.kill()
            each.wait()


@contextmanager
def hosts_of(place: Place, folder: Path) -> Iterator[Hosts]:
    hosts = Hosts(place, folder)
    try:
        yield hosts
    finally:
        hosts.end_all()


def is_alive(pid: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
