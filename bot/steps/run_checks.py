"""Runs the checks of a repository on one commit, freshly checked out, each in a cell.

They run code that an agent wrote, so they get what a session gets and no more: a private HOME, an environment made from
nothing but what set-up made, the registries that the base commit names, a session's ceilings, time limits for each and
for all of them together, and an end for all their processes. Where the set-up runs again for a change, its commands
read besides the files and repositories that the base commit names.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from bot.adapters.ceilings import Ceilings
from bot.adapters.egress import Egress, way_out
from bot.adapters.git import CommitFiles
from bot.adapters.git.workspace import remove_tree
from bot.adapters.known_secrets import NONE_KNOWN, KnownSecrets
from bot.adapters.outside import DIRECTLY, Outside
from bot.adapters.report_files import read_files
from bot.adapters.sandbox import Cell, Sandbox
from bot.adapters.services import starting
from bot.core.obstacles import find_obstacle, own_modules
from bot.core.ran import ALL_SKIPPED, TIME_WAS_UP, Ran, TestResult
from bot.core.reports.arguments import arguments_for, prepare_report
from bot.core.reports.asking import ask, was_refused, without_noise
from bot.core.reports.reading import REPORT_NAME, read_reports
from bot.core.reports.report import Report
from bot.core.reports.xml_report import LARGEST
from bot.core.services import reason_for_end
from bot.core.skipped import skipped_every_test
from bot.steps.cell_commands import CellCommands, EndedCommand, ShouldStop, shown_of
from bot.steps.checked_environment import check_commit, variables
from bot.steps.cooldown import with_cooldown, with_downloads
from bot.steps.host_tools import explain_missing
from bot.steps.prepared_commit import PreparedCommit
from bot.steps.progress import SILENT, Progress
from bot.steps.submodules import place_submodules

_JUDGED = 300_000  # characters of the output's end that are searched for what kept it from running
_MANIFEST = 1_000_000  # bytes of a package.json
_OLDER = 2.0  # seconds by which a file system's clock may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`ran`: one result for each command, in their order. `refused_hosts`: where they tried to connect to in vain."""

    ran: tuple[Ran, ...]
    refused_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunner:
    """`outside`: how the host gets to the network. `now`: Unix time, which the files of the tests bear. `minute`: the
    seconds of one, in all limits. `progress`: sees each command. `known`: secrets that are hidden in what they print.
    `remove`: removes a checkout, possibly later."""

    sandbox: Sandbox
    ceilings: Ceilings
    outside: Outside = DIRECTLY
    now: Callable[[], float] = time.time
    minute: float = 60.0
    progress: Progress = SILENT
    known: KnownSecrets = NONE_KNOWN
    remove: Callable[[Path], object] = remove_tree

    def run(
        self, prepared: PreparedCommit, commit: str, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> Outcome:
        """Run the commands in turn in one checkout: the second can use what the first built. Raises TaskFailed if
        `should_stop` says so."""
        now = datetime.fromtimestamp(self.now(), UTC)
        runs = replace(self, outside=with_cooldown(self.outside, prepared.files, prepared.settings, now))
        return runs._run_in_cells(prepared, commit, commands, folder, should_stop)

    def _run_in_cells(
        self, prepared: PreparedCommit, commit: str, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> Outcome:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(dir=folder))  # a new folder, in which no code of the session has run
        try:
            cell = self._checkout(prepared, commit, place)
            with self._ways_out(prepared) as (egress, of_set_up):
                run = self._in_checkout(prepared, commit, cell, egress, should_stop)
                again = run.reaching(of_set_up, self._of_set_up(prepared))
                ran = check_commit(commands, prepared, commit, run.run, again.run, texts=place / "texts")
                refused = [host for each in (egress, of_set_up) if each is not None for host in each.refused]
                return Outcome(ran=tuple(ran), refused_hosts=tuple(dict.fromkeys(refused)))
        finally:
            self.remove(place)

    def _of_set_up(self, prepared: PreparedCommit) -> Outside:
        """What a set-up reads is the base commit's choice, also where it runs for a change."""
        return with_downloads(self.outside, prepared.files, prepared.settings)

    @contextmanager
    def _ways_out(self, prepared: PreparedCommit) -> Iterator[tuple[Egress | None, Egress | None]]:
        """The filter of the checks, and that of a set-up that runs again."""
        more = self._of_set_up(prepared)
        with (
            way_out(self.sandbox, prepared.registries, self.outside) as egress,
            way_out(self.sandbox, prepared.registries | more.destinations, more) as of_set_up,
        ):
            yield egress, of_set_up

    def _checkout(self, prepared: PreparedCommit, commit: str, place: Path) -> Cell:
        """A checkout with what set-up made, and the cell of its commands."""
        workspace = prepared.quarantine.open_workspace(place / "workspace", base=commit, branch="check")
        prepared.mirror.large_files.fill(workspace, prepared.quarantine.lfs)
        place_submodules(prepared.submodules, workspace, prepared.quarantine, commit)
        names = ("home/tmp", "tmp", "shm", "reports", "python", "texts")
        for name in names:
            (place / name).mkdir(parents=True)
        home, python, reports = place / "home", place / "python", place / "reports"
        environment = prepared.environment
        environment.fill(checkout=workspace.path, home=home, python=python)
        given = (workspace.path, home, place / "tmp", place / "shm", reports, python)
        self.sandbox.give(prepared.number, given)
        cell = Cell(
            start=workspace.path,
            writable=(workspace.path, reports, home),
            readable=(*prepared.quarantine.readable, *self._of_set_up(prepared).readable),
            temporary=place / "tmp",
            memory=place / "shm",
            number=prepared.number,
            ceilings=self.ceilings,
        )
        return environment.in_cell(cell, checkout=workspace.path, home=home, python=python, texts=place / "texts")

    def _in_checkout(
        self, prepared: PreparedCommit, commit: str, cell: Cell, egress: Egress | None, should_stop: ShouldStop
    ) -> _InCheckout:
        place = cell.start.parent
        home = place / "home"
        given = {**environment(home), **variables(prepared, self.outside)}
        commands = CellCommands(
            sandbox=self.sandbox,
            ceilings=self.ceilings,
            cell=cell,
            folder=place,
            environment=given,
            before=tuple(starting(prepared.services, home, Path(sys.executable).resolve())),
            egress=egress,
            should_stop=should_stop,
            what="the repository's checks ran",
        )
        until = time.monotonic() + prepared.settings.limits.checks_minutes * self.minute
        files = cache(partial(prepared.quarantine.files, commit))
        return _InCheckout(runs=self, prepared=prepared, commands=commands, files=files, until=until)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InCheckout:
    """Commands in one checkout. `files`: of its commit. `until`: when all of them have to end, on the monotonic
    clock."""

    runs: CheckRunner
    prepared: PreparedCommit
    commands: CellCommands
    files: Callable[[], CommitFiles]
    until: float
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def reaching(self, egress: Egress | None, outside: Outside) -> _InCheckout:
        """The same checkout, with another filter."""
        given = {**self.commands.environment, **outside.variables()}
        return replace(self, commands=replace(self.commands, egress=egress, environment=given))

    def run(self, command: str) -> Ran:
        return self.runs.progress.follow(command, lambda: self._run(command))

    def _run(self, command: str) -> Ran:
        if obstacle := self._obstacle():
            return Ran(code=None, seconds=0, obstacle=obstacle)
        reports = self.commands.folder / "reports" / str(next(self._numbers))
        since, known = self.runs.now() - _OLDER, len(self._refused)
        added = arguments_for(command, str(reports), lambda: self.files().paths, self._read)
        made = prepare_report(added, str(reports))
        ended = self._execute(f"{made}{command}{added}", ask(str(reports), self.commands.environment))
        if ended.code and was_refused(ended.output.text(), str(reports)):
            ended = self._execute(command, {})
        return self._judge(ended, reports, since, self._refused[known:])

    def _read(self, path: str) -> str | None:
        content = self.files().read(path, limit=_MANIFEST)
        return content.decode("utf-8", "replace") if content is not None else None

    @property
    def _refused(self) -> tuple[str, ...]:
        """The hosts that were asked for in vain in this checkout."""
        return self.commands.egress.refused if self.commands.egress is not None else ()

    def _obstacle(self) -> str:
        """Why no command can run here as the repository needs it; empty if they can."""
        services = self.prepared.services
        if services.found and not self.runs.sandbox.confines:
            return "`services:` run in cells only, and SANDBOX is off"
        # A quick command would end before it is stopped.
        return services.obstacle or (self._limit_of_all if time.monotonic() > self.until else "")

    @property
    def _limit_of_all(self) -> str:
        return f"{TIME_WAS_UP} ({self.prepared.settings.limits.checks_minutes:g} minutes for all checks)"

    def _execute(self, command: str, asked: Mapping[str, str]) -> EndedCommand:
        minutes = self.prepared.settings.limits.check_minutes
        return self.commands.execute(command, min(self.until, time.monotonic() + minutes * self.runs.minute), asked)

    def _judge(self, ended: EndedCommand, reports: Path, since: float, refused: tuple[str, ...]) -> Ran:
        asked = read_files(reports, since=since, largest=LARGEST)
        usual = read_files(self.commands.cell.start, since=since, largest=LARGEST, is_wanted=_is_report)
        text, root = ended.output.text(), str(self.commands.cell.start)
        report = read_reports(asked, usual, text, whole=ended.output.is_whole, root=root)
        results = list(report.tests.values()) if report is not None else []
        not_loaded = results.count(TestResult.NOT_LOADED)
        obstacle = self._reason(ended)
        if ended.code is not None:
            own = own_modules(self.prepared.files.paths)
            obstacle = reason_for_end(ended.code, text[-_JUDGED:])
            obstacle = obstacle or find_obstacle(
                ended.code,
                text[-_JUDGED:],
                ran_tests=len(results) > not_loaded,
                not_loaded=not_loaded,
                own=own,
                refused=refused,
            )
            obstacle = obstacle or _find_skipped(ended.code, text[-_JUDGED:], report)
        said = without_noise(text[-_JUDGED:].split("\n"), str(reports))
        return Ran(
            code=ended.code,
            seconds=ended.seconds,
            output=shown_of("\n".join(said), ended.stopped, self.runs.known),
            obstacle=explain_missing(obstacle, self.prepared.tools),
            tests=None if report is None else report.tests,
            lists_all=report is not None and report.lists_all,
        )

    def _reason(self, ended: EndedCommand) -> str:
        """Why it was stopped, with the limit."""
        limits = self.prepared.settings.limits
        if ended.stopped != TIME_WAS_UP:
            return ended.stopped
        if time.monotonic() > self.until:
            return self._limit_of_all
        return f"{ended.stopped} ({limits.check_minutes:g} minutes for a check)"


def environment(home: Path) -> dict[str, str]:
    """What commands inherit besides what set-up made."""
    return {
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CI": "true",  # test runners then neither watch files nor ask questions
        "GIT_TERMINAL_PROMPT": "0",
    }


def _find_skipped(code: int, output: str, report: Report | None) -> str:
    tests = {} if report is None else report.tests
    lists_all = report is not None and report.lists_all
    return ALL_SKIPPED if code == 0 and skipped_every_test(output, tests, lists_all=lists_all) else ""


def _is_report(name: str) -> bool:
    return REPORT_NAME.fullmatch(name) is not None
