"""The repository's checks, run by the host in a cell: on the base commit and on the new one, each freshly checked out.

Which commands run is read from the base commit. What they run is code that an agent wrote, so they get what a session
gets and no more: a cell for each command with a private HOME, an environment made from nothing, the registries that
the base commit's lockfiles name, a session's ceilings, time limits for each and for all of them together, and an end
for all their processes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.adapters.ceilings import Ceilings, CeilingWatch
from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.egress import Egress, proxy_variables, way_out
from bot.adapters.git.workspace import remove_tree
from bot.adapters.handover import Handover
from bot.adapters.masking import shown_end
from bot.adapters.process import Child
from bot.adapters.sandbox import Cell, Sandbox
from bot.adapters.store import Baseline, Store
from bot.core.checks import NOT_FOUND, OUTPUT_TAIL, Check, Ran
from bot.core.detection import detected
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.untrusted import plain
from bot.steps.preparation import Preparation, place_submodules

SECONDS = 900.0  # for one command
TOTAL_SECONDS = 3600.0  # for all commands on one commit

ShouldStop = Callable[[], FailureKind | None]

_SHELL = ("bash", "-c", 'exec "$@" 2>&1', "bash", "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_COLOURS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_KEPT = 64  # chunks of output, of at most 64 KiB each
_READ = 64 << 10  # bytes of its end that are read: enough to find a private key that begins before the shown part


@dataclass(slots=True, kw_only=True)
class Checks:
    """`seconds`: the time limit of one command; `total_seconds`: of all of them on one commit."""

    store: Store
    sandbox: Sandbox
    ceilings: Ceilings
    seconds: float = SECONDS
    total_seconds: float = TOTAL_SECONDS

    def run(
        self, issue: IssueRef, prepared: Preparation, head: str, folder: Path, *, should_stop: ShouldStop
    ) -> tuple[Check, ...]:
        """Every check with its result before and after. Raises TaskFailed if `should_stop` says so."""
        commands = commands_of(prepared)
        if not commands:
            return ()
        before = self._baseline(issue, prepared, commands, folder, should_stop)
        after = self._run(prepared, head, commands, folder, should_stop)
        return tuple(
            Check(command=command, before=was, after=now)
            for command, was, now in zip(commands, before, after, strict=True)
        )

    def _baseline(
        self, issue: IssueRef, prepared: Preparation, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> list[Ran]:
        """The results on the base commit, from the ledger if it has them for these commands."""
        digest = hashlib.sha256(json.dumps(list(commands)).encode()).hexdigest()[:32]
        with self.store.read() as ledger:
            known = ledger.baselines.of(issue.repository, digest)
        if known is not None and known.base == prepared.base.commit:
            return [Ran(code=code, seconds=seconds) for code, seconds in known.ran]
        ran = self._run(prepared, prepared.base.commit, commands, folder, should_stop)
        if all(each.code is not None for each in ran):  # a time limit depends on the machine more than on the commit
            took = tuple((each.code, each.seconds) for each in ran if each.code is not None)
            with self.store.transaction() as ledger:
                ledger.baselines.keep(issue.repository, digest, Baseline(base=prepared.base.commit, ran=took))
        return ran

    def _run(
        self, prepared: Preparation, commit: str, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> list[Ran]:
        """Run the commands in turn in one checkout: the second can use what the first installed."""
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=folder))  # a new folder, in which no code of the session has run
        home, shared, memory = place / "home", place / "tmp", place / "shm"
        for each in (home / "tmp", shared, memory):
            each.mkdir(parents=True)
        workspace = prepared.quarantine.open_workspace(place / "workspace", base=commit, branch="check")
        prepared.mirror.fill_lfs(workspace, prepared.quarantine.lfs)
        place_submodules(prepared.submodules, workspace, prepared.quarantine, commit)
        self.sandbox.give(prepared.number, (workspace.path, home, shared, memory))
        cell = Cell(
            start=workspace.path,
            writable=(workspace.path, home),
            readable=prepared.quarantine.readable,
            temporary=shared,
            memory=memory,
            number=prepared.number,
            ceilings=self.ceilings,
        )
        until = time.monotonic() + self.total_seconds
        try:
            with way_out(self.sandbox, prepared.registries) as egress:
                return [self._one(command, cell, egress, until, should_stop) for command in commands]
        finally:
            remove_tree(place)

    def _one(self, command: str, cell: Cell, egress: Egress | None, until: float, should_stop: ShouldStop) -> Ran:
        started = time.monotonic()
        until = min(until, started + self.seconds)
        output: deque[bytes] = deque(maxlen=_KEPT)
        with self._started(command, cell, egress) as child:
            watch = CeilingWatch(self.ceilings, (child.pid,), (cell.temporary.parent,))
            exceeded = self._watch(child, watch, output, until, should_stop)
            code = child.wait(max(until - time.monotonic(), 0.0)) if exceeded is None else None
            if exceeded is None and (said := watch.exceeded_at_end()) is not None:
                exceeded, code = f"It took too much: {said}.", None
        tail = _tail(b"".join(output))
        said = f"{tail}\n{exceeded}".strip() if exceeded else tail
        obstacle = "a program was not found" if code == NOT_FOUND else ""
        return Ran(code=code, seconds=round(time.monotonic() - started, 1), output=said, obstacle=obstacle)

    @contextlib.contextmanager
    def _started(self, command: str, cell: Cell, egress: Egress | None) -> Iterator[Child]:
        home = cell.writable[1]
        with (home.parent / "stderr.txt").open("wb") as stderr, contextlib.ExitStack() as opened:
            environment, inherited = _environment(home), list[int]()
            if egress is not None:
                handover = opened.enter_context(Handover(egress.serve))
                cell, inherited = replace(cell, handover=handover.descriptor), [handover.descriptor]
                environment |= proxy_variables()
            wrapped = self.sandbox.wrap([*_SHELL, command], cell=cell)
            with Child(wrapped, cwd=cell.start, env=environment, stderr=stderr, keep_open=inherited) as child:
                yield child

    def _watch(
        self, child: Child, ceilings: CeilingWatch, output: deque[bytes], until: float, should_stop: ShouldStop
    ) -> str | None:
        """Read the output until the command closes it, and keep its end. Returns why the command was stopped, if it
        was."""
        for chunk in child.chunks():
            if chunk is not None:
                output.append(chunk)
                continue
            if (reason := should_stop()) is not None:
                raise TaskFailed(reason, "while the repository's checks ran")
            now = time.monotonic()
            if now > until:
                return "It was stopped: its time was up."
            if (exceeded := ceilings.exceeded(now)) is not None:
                return f"It was stopped: {exceeded}."
        return None


def commands_of(prepared: Preparation) -> list[str]:
    """The checks of the base commit: those that its settings name, else those that it has by the usual signs."""
    if prepared.settings.verify is not None:
        return list(prepared.settings.verify)

    def read(path: str) -> str | None:
        content = prepared.files.read(path, limit=1_000_000)
        return content.decode(errors="replace") if content is not None else None

    return detected(prepared.files.paths, read)


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": ":".join(USUAL_PATH),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",  # test runners then neither watch files nor ask questions
        "GIT_TERMINAL_PROMPT": "0",
    }


def _tail(output: bytes) -> str:
    """The end of the output without colours and secrets."""
    text = plain(_COLOURS.sub("", output[-_READ:].decode(errors="replace").replace("\r\n", "\n")))
    return shown_end(text, OUTPUT_TAIL)
