"""The repository's checks before and after a change: what they say of each test.

Which commands run is read from the base commit. What newly fails runs twice more before it counts, and new tests run on
the old code too.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from bot.adapters.claude.plan import USUAL_PATH
from bot.adapters.store import Baseline, Store
from bot.core.changes import FileChange
from bot.core.checks import Check
from bot.core.detection import DetectedCheck, ReadText, detect_checks
from bot.core.failures import TaskFailed
from bot.core.new_tests import changes_only_tests, files_of_tests, files_with_new_tests
from bot.core.ran import FAILURES, TIME_WAS_UP, Ran, Result, TestResult
from bot.core.references import IssueRef
from bot.core.repository_settings import FILE
from bot.core.selection import select_files, select_tests
from bot.steps.cell_commands import ShouldStop
from bot.steps.commit_reader import reader
from bot.steps.defined_tests import describe_unrun
from bot.steps.opening import Preparation
from bot.steps.prepared_commit import PreparedCommit
from bot.steps.run_checks import CheckRunner, Outcome

RERUNS = 2
PAUSE_SECONDS = 30.0  # before the last run: much of what makes a test flaky has passed by then
_LARGEST = 1_000_000  # bytes of a file that the detection reads
_NAMING = 3  # counts up when tests get other names: results with the old ones cannot be compared
_REMEMBERED = 50  # baselines that reached a time limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """`refused_hosts`: where the checks tried to connect to in vain, before or after the change. `only_tests`: the
    change touches nothing but tests. `few_tests`: that checks which were detected ran a few of many tests."""

    checks: tuple[Check, ...] = ()
    refused_hosts: tuple[str, ...] = ()
    only_tests: bool = False
    few_tests: str = ""


@dataclass(slots=True, kw_only=True)
class Checks:
    """`pause_seconds`: before the last of the runs that show whether a test is flaky. `sleep`: for so many seconds."""

    store: Store
    runs: CheckRunner
    clock: Callable[[], datetime]
    pause_seconds: float = PAUSE_SECONDS
    sleep: Callable[[float], None] = time.sleep
    _stopped: dict[tuple[str, str, str], tuple[Ran, ...]] = field(default_factory=dict)

    def run(
        self,
        issue: IssueRef,
        prepared: Preparation,
        head: str,
        folder: Path,
        *,
        changes: Sequence[FileChange] = (),
        should_stop: ShouldStop,
    ) -> Checked:
        """Every check with its result before and after. Raises TaskFailed if `should_stop` says so."""
        changed = [path for change in changes for path in change.paths]
        read = reader(prepared.files, limit=_LARGEST) if prepared.settings.verify is None else None
        commands = [check.command for check in checks_of(prepared, changed, read)]
        if not commands:
            return Checked()
        before = self._baseline(issue, prepared, commands, folder, should_stop)
        after = self.runs.run(prepared, head, commands, folder, should_stop)
        compared = [
            Check(command=command, before=was, after=now)
            for command, was, now in zip(commands, before.ran, after.ran, strict=True)
        ]
        steps = _Steps(self, issue, prepared, head, folder, should_stop)
        judged = steps.without_flaky(compared)
        if not any(check.newly_failing for check in judged):
            judged = steps.with_tests_on_old_code(judged, changes)
        hosts = dict.fromkeys((*before.refused_hosts, *after.refused_hosts))
        return Checked(
            checks=tuple(judged),
            refused_hosts=tuple(hosts),
            only_tests=changes_only_tests(changes),
            few_tests=describe_unrun(prepared.files, after.ran) if _are_meant_as_all(prepared, commands, read) else "",
        )

    def find_broken(
        self, issue: IssueRef, prepared: Preparation, folder: Path, *, other: str, should_stop: ShouldStop
    ) -> tuple[str, ...]:
        """The checks that fail on the base commit and not on the commit `other`. That one is checked only if any fails
        on the base; what the base comes to is kept for what is made on it."""
        read = reader(prepared.files, limit=_LARGEST) if prepared.settings.verify is None else None
        commands = [check.command for check in checks_of(prepared, (), read)]
        if not commands:
            return ()
        made = self._baseline(issue, prepared, commands, folder, should_stop)
        if all(each.passed for each in made.ran):
            return ()
        before = self.runs.run(prepared, other, commands, folder, should_stop)
        compared = [
            Check(command=command, before=was, after=now)
            for command, was, now in zip(commands, before.ran, made.ran, strict=True)
        ]
        steps = _Steps(self, issue, prepared, prepared.base.commit, folder, should_stop)
        return tuple(check.command for check in steps.without_flaky(compared) if check.newly_failing)

    def _baseline(
        self, issue: IssueRef, prepared: Preparation, commands: Sequence[str], folder: Path, should_stop: ShouldStop
    ) -> Outcome:
        """The results on the base commit. They are kept in the ledger for these commands in this environment, if all
        of them could run. What reached its time limit is remembered as long as this process runs."""
        base, digest = prepared.base.commit, _digest(prepared, commands)
        with self.store.read() as ledger:
            known = ledger.baselines.of(issue.repository, digest)
        if known is not None and known.base == base:
            return Outcome(ran=known.ran)
        place = (issue.repository, digest, base)
        if place in self._stopped:
            return Outcome(ran=self._stopped[place])
        outcome = self.runs.run(prepared, base, commands, folder, should_stop)
        if all(each.ended for each in outcome.ran):
            kept = Baseline(base=base, ran=tuple(replace(each, output="") for each in outcome.ran))
            with self.store.transaction() as ledger:
                ledger.baselines.keep(issue.repository, digest, kept, self.clock())
        elif any(each.obstacle.startswith(TIME_WAS_UP) for each in outcome.ran):
            self._remember(place, outcome.ran)
        return outcome

    def _remember(self, place: tuple[str, str, str], ran: tuple[Ran, ...]) -> None:
        while len(self._stopped) >= _REMEMBERED:
            del self._stopped[next(iter(self._stopped))]
        self._stopped[place] = ran


@dataclass(slots=True)
class _Steps:
    """What follows once the checks ran on both commits."""

    checks: Checks
    issue: IssueRef
    prepared: Preparation
    head: str
    folder: Path
    should_stop: ShouldStop

    def without_flaky(self, compared: list[Check]) -> list[Check]:
        """The checks with their flaky tests: what newly fails runs twice more, in fresh checkouts. A test that is known
        to be flaky does not count, though it fails each time."""
        suspected = {number: check.new_failures for number, check in enumerate(compared) if check.new_failures}
        if not suspected:
            return compared
        passed = self._rerun(compared, suspected)
        with self.checks.store.transaction() as ledger:
            known = ledger.flaky_tests.of(self.issue.repository)
            seen = {name for names in passed.values() for name in names if name}
            ledger.flaky_tests.keep(self.issue.repository, sorted(seen), self.checks.clock())
        flaky = {number: passed.get(number, frozenset()) | (names & known) for number, names in suspected.items()}
        return [replace(check, flaky=tuple(sorted(flaky.get(number, ())))) for number, check in enumerate(compared)]

    def _rerun(self, compared: Sequence[Check], suspected: Mapping[int, frozenset[str]]) -> dict[int, frozenset[str]]:
        """What passes at least once, by the number of its check."""
        passed = dict.fromkeys(suspected, frozenset[str]())
        for count in range(RERUNS):
            left = {number: names - passed[number] for number, names in suspected.items() if names - passed[number]}
            if not left:
                break
            if count:
                self._pause()
            commands = [
                select_tests(check.command, left[number]) if number in left else check.command
                for number, check in enumerate(compared[: max(left) + 1])
            ]
            ran = self.checks.runs.run(self.prepared, self.head, commands, self.folder, self.should_stop).ran
            for number, names in left.items():
                passed[number] |= _select_passed(ran[number], names)
        return passed

    def _pause(self) -> None:
        left = self.checks.pause_seconds
        while left > 0:
            if (reason := self.should_stop()) is not None:
                raise TaskFailed(reason, "stopped while the repository's checks ran")
            self.checks.sleep(min(left, 1.0))
            left -= 1.0

    def with_tests_on_old_code(self, judged: list[Check], changes: Sequence[FileChange]) -> list[Check]:
        """The checks with those of their new tests that pass without the change as well."""
        defined, files = files_with_new_tests(changes), files_of_tests(changes)
        wanted = [number for number, check in enumerate(judged) if _new(check) or (defined and not _lists_all(check))]
        if not files or not wanted:
            return judged
        if changes_only_tests(changes):  # the code is the old code: each new test that passes proves nothing
            passing = {number: _new(judged[number]) or tuple(defined) for number in wanted if judged[number].passes}
            return [replace(check, proves_nothing=passing.get(number, ())) for number, check in enumerate(judged)]
        old = self.prepared.quarantine.graft(self.prepared.base.commit, self.head, files)
        tests = [path for path in files if path in defined]
        commands = [
            select_files(check.command, tests) if number in wanted else check.command
            for number, check in enumerate(judged[: wanted[-1] + 1])
        ]
        ran = self.checks.runs.run(self.prepared, old, commands, self.folder, self.should_stop).ran
        found = {number: _proves_nothing(judged[number], ran[number], defined) for number in wanted}
        return [replace(check, proves_nothing=found.get(number, ())) for number, check in enumerate(judged)]


def checks_of(
    prepared: PreparedCommit, changed: Sequence[str] = (), read: ReadText | None = None
) -> list[DetectedCheck]:
    """The checks of the base commit: those that its settings name, else those that it has by the usual signs.
    `changed`: the paths of a change, which say what part of a monorepo is checked; `read`: reads the commit's files."""
    if prepared.settings.verify is not None:
        return [DetectedCheck(command, f"verify in {FILE}") for command in prepared.settings.verify]
    return detect_checks(prepared.files.paths, read or reader(prepared.files, limit=_LARGEST), changed)


def _are_meant_as_all(prepared: PreparedCommit, commands: Sequence[str], read: ReadText | None) -> bool:
    """Whether these checks were detected, and are those of the whole repository: what people name, or a change of one
    package asks for, is meant to be a part."""
    return read is not None and commands == [each.command for each in checks_of(prepared, (), read)]


def _digest(prepared: Preparation, commands: Sequence[str]) -> str:
    """Of all that decides how the commands end, but for the commit."""
    limits = prepared.settings.limits
    decides = [
        _NAMING,
        list(commands),
        [*prepared.environment.path, *prepared.tools.path, *USUAL_PATH],
        sorted(prepared.environment.inputs.items()),
        sorted(prepared.tools.variables.items()),
        list(prepared.settings.services),
        sorted(map(str, prepared.registries)),
        [limits.check_minutes, limits.checks_minutes],
    ]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:32]


def _select_passed(ran: Ran, names: frozenset[str]) -> frozenset[str]:
    """Which of these pass in a run of them."""
    tests = ran.tests or {}
    if ran.passed:  # though a report may show failures
        return frozenset(name for name in names if tests.get(name) not in FAILURES)
    if ran.result is not Result.FAILS or ran.tests is None:
        return frozenset()
    return frozenset(
        name
        for name in names
        if name and (tests.get(name) is TestResult.PASSED or (not ran.lists_all and ran.failing and name not in tests))
    )


def _lists_all(check: Check) -> bool:
    return check.before.tests is not None and check.after.tests is not None and check.after.lists_all


def _new(check: Check) -> tuple[str, ...]:
    passed = check.after.tests or {}
    return tuple(name for name in check.new_tests if passed.get(name) is TestResult.PASSED)


def _proves_nothing(check: Check, old: Ran, defined: Sequence[str]) -> tuple[str, ...]:
    """New tests that pass on the old code; their files, where no report names them and nothing fails there newly."""
    if _new(check):
        return tuple(name for name in _new(check) if (old.tests or {}).get(name) is TestResult.PASSED)
    return tuple(defined) if old.ended and old.failing <= check.before.failing else ()
