"""Runs commands of a repository in cells: one at a time, under limits, with the end of their output kept."""

from __future__ import annotations

import contextlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.adapters.ceilings import Ceilings, CeilingWatch
from bot.adapters.egress import Egress, proxy_variables
from bot.adapters.handover import Handover
from bot.adapters.known_secrets import NONE_KNOWN, KnownSecrets
from bot.adapters.masking import shown_end
from bot.adapters.process import Child
from bot.adapters.sandbox import Cell, Sandbox
from bot.core.checks import OUTPUT_TAIL
from bot.core.failures import FailureKind, TaskFailed
from bot.core.ran import TIME_WAS_UP, Ran
from bot.core.untrusted import plain

ShouldStop = Callable[[], FailureKind | None]

_SHELL = ("/bin/bash", "-c", 'exec "$@" 2>&1', "bash", "/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_COLOURS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_KEPT = 8 << 20  # bytes of output: single tests are looked for in it
_READ = 64 << 10  # characters of its end that are shown: enough to find a private key that begins before that


@dataclass(slots=True)
class Output:
    """The end of what a command prints. `is_whole`: nothing is missing."""

    is_whole: bool = True
    _chunks: deque[bytes] = field(default_factory=deque)
    _size: int = 0

    def add(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._size += len(chunk)
        while self._size > _KEPT:
            self._size -= len(self._chunks.popleft())
            self.is_whole = False

    def text(self) -> str:
        """Without colours, with line ends of Unix. It may hold secrets."""
        return _COLOURS.sub("", b"".join(self._chunks).decode(errors="replace").replace("\r\n", "\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedCommand:
    """How a command ended. `code` None: it was stopped, for the reason `stopped`."""

    code: int | None
    output: Output
    stopped: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCommands:
    """Commands that share one checkout. `folder`: the host's own, with all that they can write in it; `environment`:
    all that they inherit; `before`: goes before each, and starts what it needs beside it; `what`: names them in a
    failure, as in "stopped while the repository's checks ran"; `known`: hidden in what is kept of their output."""

    sandbox: Sandbox
    ceilings: Ceilings
    cell: Cell
    folder: Path
    environment: Mapping[str, str]
    egress: Egress | None
    should_stop: ShouldStop
    what: str
    before: tuple[str, ...] = ()
    known: KnownSecrets = NONE_KNOWN

    def run(self, command: str, until: float, variables: Mapping[str, str] | None = None) -> Ran:
        """`until`: when it is stopped, on the monotonic clock. Raises TaskFailed if `should_stop` says so."""
        ended = self.execute(command, until, variables)
        return Ran(
            code=ended.code, seconds=ended.seconds, output=shown_of(ended.output.text(), ended.stopped, self.known)
        )

    def execute(self, command: str, until: float, variables: Mapping[str, str] | None = None) -> EndedCommand:
        """As `run`, with all of the output that is kept."""
        started, output = time.monotonic(), Output()
        with self._start(command, {**self.environment, **(variables or {})}) as child:
            watch = CeilingWatch(self.ceilings, (child.pid,), (self.folder,))
            stopped = self._watch(child, watch, output, until)
            code = child.wait(max(until - time.monotonic(), 0.0)) if not stopped else None
            if not stopped and (said := watch.exceeded_at_end()) is not None:
                stopped, code = said, None
        return EndedCommand(code=code, output=output, stopped=stopped, seconds=round(time.monotonic() - started, 1))

    @contextlib.contextmanager
    def _start(self, command: str, environment: Mapping[str, str]) -> Iterator[Child]:
        cell, inherited = self.cell, list[int]()
        with (self.folder / "stderr.txt").open("wb") as stderr, contextlib.ExitStack() as opened:
            if self.egress is not None:
                handover = opened.enter_context(Handover(self.egress.serve))
                cell, inherited = replace(cell, handover=handover.descriptor), [handover.descriptor]
                environment = {**environment, **proxy_variables(self.egress.outside)}
            wrapped = self.sandbox.wrap([*self.before, *_SHELL, command], cell=cell)
            place = self.folder if self.sandbox.confines else cell.start  # a cell's start may be in the cell alone
            with Child(wrapped, cwd=place, env=environment, stderr=stderr, keep_open=inherited) as child:
                yield child

    def _watch(self, child: Child, ceilings: CeilingWatch, output: Output, until: float) -> str:
        """Read the output until the command closes it. Returns why the command was stopped, if it was."""
        for chunk in child.chunks():
            if chunk is not None:
                output.add(chunk)
                continue
            if (reason := self.should_stop()) is not None:
                raise TaskFailed(reason, f"while {self.what}")
            now = time.monotonic()
            if now > until:
                return TIME_WAS_UP
            if (exceeded := ceilings.find_exceeded(now)) is not None:
                return exceeded
        return ""


def shown_of(text: str, stopped: str = "", known: KnownSecrets = NONE_KNOWN) -> str:
    """The end of an output without secrets, and why the command was stopped."""
    return "\n".join(part for part in (_tail(text, known), stopped and f"It was stopped: {stopped}.") if part)


def _tail(text: str, known: KnownSecrets) -> str:
    return shown_end(plain(text[-_READ:]), OUTPUT_TAIL, known)
