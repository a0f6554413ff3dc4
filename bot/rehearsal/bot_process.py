"""The real bot as a child process: `python -m bot up`, with an environment built from nothing.

It runs under the supervisor, so none of its processes is left behind, however the rehearsal ends.
"""

from __future__ import annotations

import http.client
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import bot
from bot.adapters.process import TICK, Child
from bot.rehearsal.load import load_factor

READY_SECONDS = 30.0
_GRACE = 40.0  # that the bot may take to put its running tasks back into the queue
_LAST_LINES = 15
_PORTS = range(20_000, 32_000)


class BotNotReady(Exception):
    """The bot ended, or did not answer, before it was ready. The text holds its last lines."""


@dataclass(eq=False)
class BotProcess:
    """The bot while the `with` block runs. `_settings` are those that the rehearsal gives it; `command` is what Python
    is to run."""

    _folder: Path
    _settings: Mapping[str, str] = field(repr=False)
    port: int
    _: KW_ONLY
    command: Sequence[str] = ("-m", "bot", "up")
    _closing: ExitStack = field(default_factory=ExitStack, init=False)

    @property
    def log(self) -> Path:
        return self._folder / "bot.log"

    @cached_property
    def _environment(self) -> dict[str, str]:
        return _environment(self._folder, self._settings)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            log = opened.enter_context(self.log.open("wb", buffering=0))
            command = [sys.executable, *self.command]
            self._child = opened.enter_context(
                Child(command, cwd=self._folder, env=self._environment, stderr=log, grace=_GRACE)
            )
            self._reader = threading.Thread(target=_copy_output, args=(self._child, log), daemon=True)
            self._reader.start()
            self._closing = opened.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()
        self._closing.close()

    @property
    def alive(self) -> bool:
        """Whether it still holds its end of the pipe, which closes when it ends."""
        return self._reader.is_alive()

    @property
    def webhook_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhook"

    def wait_until_ready(self, seconds: float = READY_SECONDS) -> None:
        """Return once /readyz answers 200. Raises BotNotReady."""
        deadline = time.monotonic() + seconds * load_factor()
        while not _answers(self.port):
            if not self.alive:
                raise BotNotReady(f"the bot ended with code {self.stop()} before it was ready:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                raise BotNotReady(f"the bot was not ready after {seconds:.0f} s:\n{self.last_lines()}")
            time.sleep(TICK / 2)

    def run(self, *arguments: str) -> int:
        """A command beside the bot, with its settings. Its output goes into the same log. Returns the exit code."""
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "bot", *arguments]
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=READY_SECONDS * load_factor(),
                check=False,
            )
        return done.returncode

    def stop(self) -> int:
        """Ask it to end and wait for it. Returns its exit code."""
        code = self._child.stop()
        self._reader.join(_GRACE)
        return code

    def find_tracebacks(self) -> list[str]:
        """A sentence if the log holds a traceback: programming errors are logged, and do not end the bot."""
        text = self.log.read_text(errors="replace")
        return [f"the bot logged a traceback: see {self.log}"] if "Traceback (most recent" in text else []

    def last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-_LAST_LINES:])


def free_port() -> int:
    """A port that was free a moment ago: the bot's port is a setting, so it cannot choose one itself.

    Not one of the ephemeral ports: while the bot restarts, the system could give it to another program.
    """
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _environment(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    home = folder / "home"
    home.mkdir(mode=0o700)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    source = str(Path(bot.__file__).parents[1])
    return {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "PYTHONPATH": source, **settings}


def _copy_output(child: Child, log: IO[bytes]) -> None:
    for line in child.lines():
        if line:
            log.write(line)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
