"""Runs commands of a repository in cells: one at a time, under limits, with the end of their output kept."""

from __future__ import annotations

import contextlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.ceilings import Ceilings, CeilingWatch
from bot.adapters.egress import Egress, proxy_variables
from bot.adapters.handover import Handover
from bot.adapters.masking import shown_end
from bot.adapters.process import Child
from bot.adapters.sandbox import Cell, Sandbox
from bot.core.checks import OUTPUT_TAIL, Ran
from bot.core.failures import FailureKind, TaskFailed
from bot.core.untrusted import plain

ShouldStop = Callable[[], FailureKind | None]

_SHELL = ("/bin/bash", "-c", 'exec "$@" 2>&1', "bash", "/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_COLOURS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_KEPT = 64  # chunks of output, of at most 64 KiB each
_READ = 64 << 10  # bytes of its end that are read: enough to find a private key that begins before the shown part


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCommands:
    """Commands that share one checkout. `folder`: the host's own, with all that they can write in it; `environment`:
    all that they inherit; `what`: names them in a failure, as in "while the repository's checks ran"."""

    sandbox: Sandbox
    ceilings: Ceilings
    cell: Cell
    folder: Path
    environment: Mapping[str, str]
    egress: Egress | None
    should_stop: ShouldStop
    what: str

    def run(self, command: str, until: float, variables: Mapping[str, str] | None = None) -> Ran:
        """`until`: when it is stopped, on the monotonic clock. Raises TaskFailed if `should_stop` says so."""
        started = time.monotonic()
        output: deque[bytes] = deque(maxlen=_KEPT)
        with self._started(command, {**self.environment, **(variables or {})}) as child:
            watch = CeilingWatch(self.ceilings, (child.pid,), (self.folder,))
            exceeded = self._watch(child, watch, output, until)
            code = child.wait(max(until - time.monotonic(), 0.0)) if exceeded is None else None
            if exceeded is None and (said := watch.exceeded_at_end()) is not None:
                exceeded, code = f"It took too much: {said}.", None
        tail = tail_of(b"".join(output))
        said = f"{tail}\n{exceeded}".strip() if exceeded else tail
        return Ran(code=code, seconds=round(time.monotonic() - started, 1), output=said)

    @contextlib.contextmanager
    def _started(self, command: str, environment: Mapping[str, str]) -> Iterator[Child]:
        cell, inherited = self.cell, list[int]()
        with (self.folder / "stderr.txt").open("wb") as stderr, contextlib.ExitStack() as opened:
            if self.egress is not None:
                handover = opened.enter_context(Handover(self.egress.serve))
                cell, inherited = replace(cell, handover=handover.descriptor), [handover.descriptor]
                environment = {**environment, **proxy_variables()}
            wrapped = self.sandbox.wrap([*_SHELL, command], cell=cell)
            with Child(wrapped, cwd=self.folder, env=environment, stderr=stderr, keep_open=inherited) as child:
                yield child

    def _watch(self, child: Child, ceilings: CeilingWatch, output: deque[bytes], until: float) -> str | None:
        """Read the output until the command closes it. Returns why the command was stopped, if it was."""
        for chunk in child.chunks():
            if chunk is not None:
                output.append(chunk)
                continue
            if (reason := self.should_stop()) is not None:
                raise TaskFailed(reason, f"while {self.what}")
            now = time.monotonic()
            if now > until:
                return "It was stopped: its time was up."
            if (exceeded := ceilings.exceeded(now)) is not None:
                return f"It was stopped: {exceeded}."
        return None


def tail_of(output: bytes) -> str:
    """The end of the output without colours and secrets."""
    text = plain(_COLOURS.sub("", output[-_READ:].decode(errors="replace").replace("\r\n", "\n")))
    return shown_end(text, OUTPUT_TAIL)
