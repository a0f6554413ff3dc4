"""Runs commands of a repository on one commit, freshly checked out, each in a cell.

They run code that an agent wrote, so they get what a session gets and no more: a private HOME, an environment made from
nothing, the registries that the base commit's lockfiles name, a session's ceilings, time limits for each and for all of
them together, and an end for all their processes.
"""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.adapters.ceilings import Ceilings, CeilingWatch
from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.egress import Egress, proxy_variables, way_out
from bot.adapters.git.workspace import Workspace, remove_tree
from bot.adapters.handover import Handover
from bot.adapters.masking import shown_end
from bot.adapters.process import Child
from bot.adapters.report_files import read_files
from bot.adapters.sandbox import Cell, Sandbox
from bot.adapters.services import starting
from bot.core.checks import OUTPUT_TAIL, Ran
from bot.core.failures import FailureKind, TaskFailed
from bot.core.obstacles import find_obstacle, own_modules
from bot.core.reports.asking import ask, was_refused, without_noise
from bot.core.reports.reading import REPORT_NAME, read_reports
from bot.core.reports.xml_report import LARGEST
from bot.core.services import reason_for_end
from bot.core.untrusted import plain
from bot.steps.preparation import Preparation, place_submodules

ShouldStop = Callable[[], FailureKind | None]

_SHELL = ("bash", "-c", 'exec "$@" 2>&1', "bash", "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
_COLOURS = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
_KEPT = 8 << 20  # bytes of output that are searched for tests
_JUDGED = 300_000  # characters of its end that are searched for what kept it from running
_READ = 64 << 10  # characters of its end that are shown: enough to find a private key that begins before that
_OLDER = 2.0  # seconds by which a file system's clock may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`ran`: one result for each command, in their order. `refused_hosts`: where they tried to connect to in vain."""

    ran: tuple[Ran, ...]
    refused_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRuns:
    """`now`: Unix time, which the files of the tests bear. `minute`: the seconds of one, in all limits."""

    sandbox: Sandbox
    ceilings: Ceilings
    now: Callable[[], float] = time.time
    minute: float = 60.0

    def run(
        self, prepared: Preparation, commit: str, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> Outcome:
        """Run the commands in turn in one checkout: the second can use what the first built. Raises TaskFailed if
        `should_stop` says so."""
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=folder))  # a new folder, in which no code of the session has run
        try:
            workspace = prepared.quarantine.open_workspace(place / "workspace", base=commit, branch="check")
            place_submodules(prepared.submodules, workspace, prepared.quarantine, commit)
            checkout = self._checkout(prepared, workspace, place, len(commands))
            until = time.monotonic() + prepared.settings.limits.checks_minutes * self.minute
            with way_out(self.sandbox, prepared.registries) as egress:
                runs = [
                    _Run(self, prepared, checkout, egress, until, should_stop, number)
                    for number in range(len(commands))
                ]
                ran = tuple(run.run(command) for run, command in zip(runs, commands, strict=True))
                return Outcome(ran=ran, refused_hosts=egress.refused if egress is not None else ())
        finally:
            remove_tree(place)

    def _checkout(self, prepared: Preparation, workspace: Workspace, place: Path, commands: int) -> Cell:
        home, shared, memory, reports = place / "home", place / "tmp", place / "shm", place / "reports"
        for each in (home / "tmp", shared, memory, *(reports / str(number) for number in range(commands))):
            each.mkdir(parents=True)
        self.sandbox.give(prepared.number, (workspace.path, home, shared, memory, reports))
        return Cell(
            start=workspace.path,
            writable=(workspace.path, home, reports),
            readable=prepared.quarantine.readable,
            temporary=shared,
            memory=memory,
            number=prepared.number,
            ceilings=self.ceilings,
        )


@dataclass(slots=True)
class _Run:
    """One command in a checkout."""

    runs: CheckRuns
    prepared: Preparation
    cell: Cell
    egress: Egress | None
    until: float
    should_stop: ShouldStop
    number: int

    @property
    def _reports(self) -> Path:
        return self.cell.writable[2] / str(self.number)

    def run(self, command: str) -> Ran:
        if services := self._obstacle():
            return Ran(code=None, seconds=0, obstacle=services)
        variables = environment(self.cell.writable[1], self.prepared)
        started, since = time.monotonic(), self.runs.now() - _OLDER
        code, output, stopped = self._execute(command, ask(str(self._reports), variables))
        text = output.text()
        if code and was_refused(text[-_READ:], str(self._reports)):
            code, output, stopped = self._execute(command, variables)
            text = output.text()
        ran = self._judge(code, text, output.is_whole, stopped, since)
        return replace(ran, seconds=round(time.monotonic() - started, 1))

    def _obstacle(self) -> str:
        """Why no command can run here as the repository needs it; empty if they can."""
        services = self.prepared.services
        if services.found and not self.runs.sandbox.confines:
            return "`services:` run in cells only, and SANDBOX is off"
        return services.obstacle

    def _judge(self, code: int | None, text: str, whole: bool, stopped: str, since: float) -> Ran:
        asked = read_files(self._reports, since=since, largest=LARGEST)
        usual = read_files(
            self.cell.start,
            since=since,
            largest=LARGEST,
            is_wanted=lambda name: REPORT_NAME.fullmatch(name) is not None,
        )
        report = read_reports(asked, usual, text, whole=whole)
        obstacle = stopped
        if code is not None:
            ran_tests = report is not None and bool(report.tests)
            own = own_modules(self.prepared.files.paths)
            obstacle = reason_for_end(code, text[-_READ:])
            obstacle = obstacle or find_obstacle(code, text[-_JUDGED:], ran_tests=ran_tests, own=own)
        return Ran(
            code=code,
            seconds=0,
            output="\n".join(part for part in (_tail(text), stopped and f"It was stopped: {stopped}.") if part),
            obstacle=obstacle,
            tests=None if report is None else report.tests,
            lists_all=report is not None and report.lists_all,
        )

    def _execute(self, command: str, variables: Mapping[str, str]) -> tuple[int | None, _Output, str]:
        """The exit code, the output, and why it was stopped, if it was: then there is no code."""
        minutes = self.prepared.settings.limits.check_minutes
        until, output = min(self.until, time.monotonic() + minutes * self.runs.minute), _Output()
        with self._started(command, variables) as child:
            watch = CeilingWatch(self.runs.ceilings, (child.pid,), (self.cell.temporary.parent,))
            stopped = self._watch(child, watch, output, until)
            code = child.wait(max(until - time.monotonic(), 0.0)) if not stopped else None
            if not stopped and (said := watch.exceeded_at_end()) is not None:
                stopped, code = said, None
        return code, output, stopped

    @contextlib.contextmanager
    def _started(self, command: str, variables: Mapping[str, str]) -> Iterator[Child]:
        cell, sandbox = self.cell, self.runs.sandbox
        with (cell.temporary.parent / "stderr.txt").open("wb") as stderr, contextlib.ExitStack() as opened:
            given, inherited = dict(variables), list[int]()
            if self.egress is not None:
                handover = opened.enter_context(Handover(self.egress.serve))
                cell, inherited = replace(cell, handover=handover.descriptor), [handover.descriptor]
                given |= proxy_variables()
            before = starting(self.prepared.services, self.cell.writable[1], Path(sys.executable).resolve())
            wrapped = sandbox.wrap([*before, *_SHELL, command], cell=cell)
            with Child(wrapped, cwd=cell.start, env=given, stderr=stderr, keep_open=inherited) as child:
                yield child

    def _watch(self, child: Child, ceilings: CeilingWatch, output: _Output, until: float) -> str:
        """Read the output until the command closes it. Returns why the command was stopped, if it was."""
        for chunk in child.chunks():
            if chunk is not None:
                output.add(chunk)
                continue
            if (reason := self.should_stop()) is not None:
                raise TaskFailed(reason, "while the repository's checks ran")
            now = time.monotonic()
            if now > until:
                return f"its time was up ({self._limit(until)})"
            if (exceeded := ceilings.exceeded(now)) is not None:
                return exceeded
        return ""

    def _limit(self, until: float) -> str:
        limits = self.prepared.settings.limits
        if until == self.until:
            return f"{limits.checks_minutes:g} minutes for all checks"
        return f"{limits.check_minutes:g} minutes for a check"


@dataclass(slots=True)
class _Output:
    """The end of what a command prints."""

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
        """Without colours, with line ends of Unix."""
        return _COLOURS.sub("", b"".join(self._chunks).decode(errors="replace").replace("\r\n", "\n"))


def environment(home: Path, prepared: Preparation) -> dict[str, str]:
    return {
        **prepared.tools.variables,
        **prepared.services.variables,
        "PATH": ":".join((*prepared.tools.path, *USUAL_PATH)),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",  # test runners then neither watch files nor ask questions
        "GIT_TERMINAL_PROMPT": "0",
    }


def _tail(text: str) -> str:
    """The end of the output, without secrets."""
    return shown_end(plain("\n".join(without_noise(text[-_READ:].split("\n")))), OUTPUT_TAIL)
