"""How a command of the repository ended, and each test in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NO_TESTS = "no test was found"
ALL_SKIPPED = "each test was skipped"
NETWORK = "the network could not be reached"
SET_UP_FAILED = "set-up failed: "
TIME_WAS_UP = "its time was up"  # what the obstacle of a command begins with that reached its time limit
UNNAMED = frozenset({""})  # the one thing that fails where a report names no test


class Result(StrEnum):
    """How a check came out. COULD_NOT_RUN says nothing about the code: a program, a module or the network was missing,
    no test was found, or a limit was reached."""

    PASSES = "passes"
    FAILS = "fails"
    COULD_NOT_RUN = "could not run"


class TestResult(StrEnum):
    """How one test of a check came out, as its runner reported. NOT_LOADED: no test, but what holds some, such as a
    file, which could not be loaded or set up. None of its tests ran, and no report says which they are."""

    __test__ = False  # pytest takes it for a class of tests

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_LOADED = "not loaded"


FAILURES = frozenset({TestResult.FAILED, TestResult.NOT_LOADED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended. `code` None: it was stopped at a limit, of time or of what it took: the `output`, which is
    the end of what it said, tells which. `obstacle`: why it could not run, for example "tox: command not found"; empty
    if it ran. `tests`: the result of each test by its name, None where the runner reports none; without `lists_all`
    only of some of them, for most runners those that failed."""

    code: int | None
    seconds: float
    output: str = ""
    obstacle: str = ""
    tests: Mapping[str, TestResult] | None = None
    lists_all: bool = True

    @property
    def result(self) -> Result:
        if self.obstacle or self.code is None:
            return Result.COULD_NOT_RUN
        return Result.PASSES if self.code == 0 else Result.FAILS

    @property
    def passed(self) -> bool:
        return self.result is Result.PASSES

    @property
    def ended(self) -> bool:
        """Whether it ran to its end, so that a test which it does not report is not there."""
        return self.result is not Result.COULD_NOT_RUN

    @property
    def failing(self) -> frozenset[str]:
        """The tests that failed; UNNAMED where it fails and no report says why. None where it ended with exit 0: what
        its report shows all the same is compared test by test (`Check.new_failures`)."""
        if self.result is not Result.FAILS:
            return frozenset()
        return frozenset(name for name, result in (self.tests or {}).items() if result in FAILURES) or UNNAMED

    @property
    def not_loaded(self) -> tuple[str, ...]:
        """What holds tests, and could not be loaded."""
        return tuple(name for name, result in (self.tests or {}).items() if result is TestResult.NOT_LOADED)

    @property
    def passes_none(self) -> bool:
        """Whether its runner reports every test, and none of them passes."""
        return bool(self.tests) and self.lists_all and TestResult.PASSED not in (self.tests or {}).values()

    @property
    def number_of_tests(self) -> int:
        """How many of the tests that are reported ran."""
        return sum(result in (TestResult.PASSED, TestResult.FAILED) for result in (self.tests or {}).values())

    @property
    def lacked_set_up(self) -> bool:
        """Whether the set-up before it failed for want of the network."""
        return self.obstacle.startswith(SET_UP_FAILED) and NETWORK in self.obstacle

    @property
    def ending(self) -> str:
        if self.obstacle:
            return f"could not run: {self.obstacle}"
        return "stopped at a limit" if self.code is None else f"exit {self.code}"
