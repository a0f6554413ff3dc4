"""The results of a repository's checks before and after a change, and what they mean.

Which commands run is read from the base commit alone. What they run then is the repository's code with the change in
it: whatever a change does to the files that steer them is named (`bot/core/steering.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bot.core.changes import Note
from bot.core.obstacles import find_obstacle
from bot.core.ran import ALL_SKIPPED, FAILURES, NO_TESTS, SET_UP_FAILED, Ran, Result, TestResult

OUTPUT_TAIL = 6000  # characters of a failing check's output that Claude and people see
_NAMED = 20


class CheckStanding(StrEnum):
    """What may be said of a change. VERIFIED: there are checks, and all of them ran and pass. FAILS_AS_BEFORE: all of
    them ran, and what fails also failed on the base commit. NOT_VERIFIED: the checks do not say enough about it."""

    VERIFIED = "verified"
    FAILS_AS_BEFORE = "fails as before"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One command on the base commit and on the new one. `flaky`: tests that failed and then passed on the same commit,
    also earlier ones; an empty name is the command itself. `proves_nothing`: new tests that pass on the old code as
    well, or the files of those that no report names."""

    command: str
    before: Ran
    after: Ran
    flaky: tuple[str, ...] = ()
    proves_nothing: tuple[str, ...] = ()

    @property
    def newly_failing_tests(self) -> tuple[str, ...]:
        """Tests that fail after the change and did not fail before it, without the flaky ones."""
        return tuple(sorted(name for name in self.new_failures if name))

    @property
    def newly_passing_tests(self) -> tuple[str, ...]:
        """Tests that failed before the change and pass after it, without the flaky ones."""
        before, after = self._tests
        passing = (name for name, was in before.items() if was is TestResult.FAILED and self._passes(name, after))
        return tuple(name for name in passing if name not in self.flaky)

    @property
    def newly_skipped_tests(self) -> tuple[str, ...]:
        """Tests that ran before the change and are skipped after it."""
        before, after = self._tests
        ran = (TestResult.PASSED, TestResult.FAILED)
        return tuple(name for name, now in after.items() if now is TestResult.SKIPPED and before.get(name) in ran)

    @property
    def removed_tests(self) -> tuple[str, ...]:
        """Tests that are there before the change, and not after it. Empty where the check did not get to its end, or a
        report does not list all tests."""
        before, after = self._tests
        if not self._comparable or not self.after.ended:
            return ()
        return tuple(name for name in before if name not in after and not _is_within(name, self.after.not_loaded))

    @property
    def new_tests(self) -> tuple[str, ...]:
        """Tests that are there after the change, and were not before it. Empty where the check did not get to its end
        on the base commit, or a report does not list all tests."""
        before, after = self._tests
        if not self._comparable or not self.before.ended:
            return ()
        within = (*self.before.not_loaded, *self.after.not_loaded)
        return tuple(name for name in after if name not in before and not _is_within(name, within))

    @property
    def hidden(self) -> tuple[str, ...]:
        """What could not be loaded on either commit: whatever the change breaks there does not show."""
        return tuple(name for name in self.after.not_loaded if name in self.before.not_loaded)

    @property
    def checks_less(self) -> bool:
        """Whether tests that ran before are skipped or gone, or something fails that the exit code does not show."""
        return bool(self.newly_skipped_tests or self.removed_tests or self.tolerated_failures)

    @property
    def _comparable(self) -> bool:
        return self.before.lists_all and self.after.lists_all

    def _passes(self, name: str, after: Mapping[str, TestResult]) -> bool:
        """What a list of failures does not name has passed, if the check got to its end."""
        if self.after.lists_all:
            return after.get(name) is TestResult.PASSED
        return self.after.ended and name not in after

    @property
    def _tests(self) -> tuple[Mapping[str, TestResult], Mapping[str, TestResult]]:
        """Both empty where only one of the commits has results by test: then nothing can be compared."""
        before, after = self.before.tests, self.after.tests
        return ({}, {}) if before is None or after is None else (before, after)

    @property
    def new_failures(self) -> frozenset[str]:
        """What counts against the change: tests, and "" for the command itself. Without a report of the base commit
        nothing says what failed there, and all of it may have. A test that passed before and fails after counts
        whatever the exit code: a pipeline, `|| true` or a setting of the runner may hide it."""
        if self.before.result is Result.COULD_NOT_RUN:
            ran_none = self.before.obstacle in (NO_TESTS, ALL_SKIPPED)
            return self.after.failing - set(self.flaky) if ran_none else frozenset()
        if self.before.result is Result.FAILS and self.before.tests is None:
            return frozenset()
        return (self.after.failing | self._broken) - self.before.failing - set(self.flaky)

    @property
    def _broken(self) -> frozenset[str]:
        """What failed in a command that ended with exit 0, and did not on the base commit."""
        before, after = self._tests
        if not self.after.passed or not self.before.ended:
            return frozenset()
        return frozenset(name for name in self._failures_within(after) if self._passed_before(name, before, after))

    def _passed_before(self, name: str, before: Mapping[str, TestResult], after: Mapping[str, TestResult]) -> bool:
        if name in before:
            return before[name] in (TestResult.PASSED, TestResult.SKIPPED)
        return after[name] is TestResult.NOT_LOADED or not self.before.lists_all

    def _failures_within(self, tests: Mapping[str, TestResult]) -> list[str]:
        return [name for name, result in tests.items() if result in FAILURES]

    @property
    def tolerated_failures(self) -> tuple[str, ...]:
        """What fails though the command ends with exit 0, and does not count against the change: it failed before, or
        is new."""
        named = self._failures_within(self.after.tests or {}) if self.after.passed else []
        return tuple(name for name in named if name not in self.new_failures and name not in self.flaky)

    @property
    def passes(self) -> bool:
        """Whether nothing fails after the change but flaky tests."""
        if self.new_failures:
            return False
        return self.after.passed or (self.after.ended and not self.after.failing - set(self.flaky))

    @property
    def newly_failing(self) -> bool:
        """A check that could run before and cannot run after the change counts against it as well, unless its set-up
        ran again and did not reach what the base commit's set-up may reach."""
        if self.after.result is Result.COULD_NOT_RUN:
            return self.before.ended and not self.after.lacked_set_up
        return bool(self.new_failures)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSetUp:
    """A command of the set-up that failed, so that checks could not run. `reason`: the file for which it ran;
    `refused`: hosts that set-up asked for in vain."""

    command: str
    reason: str
    ran: Ran
    refused: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """What its output says of why; empty where that says nothing."""
        if self.ran.code is None:
            return ""
        return find_obstacle(self.ran.code, self.ran.output, ran_tests=False, refused=self.refused)

    @property
    def obstacle(self) -> str:
        """The cause first: a long command is cut where there is little space."""
        named = f"`{self.command}` ({self.reason})"
        return (
            f"{SET_UP_FAILED}{cause}, at {named}"
            if (cause := self.cause)
            else f"{SET_UP_FAILED}{named}: {self.ran.ending}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """A set-up that was tried first and failed. `origin`: what said so, as people read it."""

    origin: str
    failed: FailedSetUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the broker found in a change that may be published. `checks` is empty where the repository has none;
    `flags`: what people should look at before anything else; `notes`: what the reviewer should look at. `only_tests`:
    the change touches nothing but tests. `few_tests`: that the checks ran a few of many tests.
    `packages`: `name==version` of what set-up installed without a lockfile."""

    checks: tuple[Check, ...] = ()
    flags: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    refused_hosts: tuple[str, ...] = field(default=())
    failed_set_up: FailedSetUp | None = None
    only_tests: bool = False
    few_tests: str = ""
    packages: tuple[str, ...] = ()

    @property
    def newly_failing(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.newly_failing)

    @property
    def could_not_run(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.after.ended)

    @property
    def standing(self) -> CheckStanding:
        """One check that could not run is enough to say nothing, whatever the others say: no rule tells a check that
        matters from one that does not. What fails, and could not run on the base commit, fails as nothing before."""
        ran = [check for check in self.checks if check.after.ended]
        is_unknown = any(not check.passes and not check.before.ended for check in ran)
        if not ran or self.could_not_run or is_unknown:
            return CheckStanding.NOT_VERIFIED
        return CheckStanding.VERIFIED if all(check.passes for check in self.checks) else CheckStanding.FAILS_AS_BEFORE


def describe_failing(checks: Sequence[Check], limit: int = 5000) -> str:
    """The failing checks with the end of what each said, together about `limit` characters: a comment
    shows the first 6,000 characters of a failure's evidence, and an output says most at its end."""
    share = max(500, limit // max(1, len(checks)))
    return "\n\n".join(
        f"$ {check.command}\n({check.after.ending}; on the base commit: {check.before.ending})\n"
        f"{_name(check)}{check.after.output[-share:]}".rstrip()
        for check in checks
    )


def _is_within(name: str, groups: Sequence[str]) -> bool:
    """Whether one of them is a file, class or package of the test, or the test itself. Runners put its name first."""
    return any(name.startswith(group) for group in groups)


def _name(check: Check) -> str:
    """Which tests to look at: one that failed before fails in the same output."""
    names = check.newly_failing_tests
    more = [f"and {len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return "".join(f"{line}\n" for line in ("Newly failing:", *names[:_NAMED], *more)) + "\n" if names else ""
