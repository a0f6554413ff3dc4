"""What is kept of an attempt's checks, test by test, for the dashboard: the tests by what became of them, and the end
of what each check printed. All of it is bounded, and made of a verdict whose texts are masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bot.core.ran import FAILURES, Result
from bot.core.untrusted import as_dicts, as_float, as_int, as_list, as_str

if TYPE_CHECKING:
    from bot.core.checks import Check
    from bot.core.public_verdict import PublicVerdict

_CHECKS = 30
_TESTS, _NAME = 100, 300  # of one group, and characters of each
_TEXT = 500  # characters of a command, or of how it ended
_OUTPUT = 6000  # characters, of a check that does not pass


@dataclass(frozen=True, slots=True, kw_only=True)
class TestGroup:
    """Tests of which the same is to be said. `more`: how many others there are."""

    __test__ = False  # pytest takes it for a class of tests

    name: str
    tests: tuple[str, ...]
    more: int = 0

    @property
    def count(self) -> int:
        return len(self.tests) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResults:
    """`end`: in words, of both commits together; `before`, `after`: how it ended on each. `ran`: how many tests ran
    with the change, 0 where no runner lists them. `output`: its last lines, empty where it passes."""

    command: str
    end: str
    before: str
    after: str
    seconds: float
    ran: int
    groups: tuple[TestGroup, ...]
    output: str


def list_results(verdict: PublicVerdict) -> tuple[CheckResults, ...]:
    """Checks that count against the change come first."""
    ordered = sorted(verdict.checks, key=lambda check: (not check.newly_failing, check.passes))
    return tuple(_results_of(check) for check in ordered[:_CHECKS])


def describe_end(check: Check) -> str:
    """How a check came out with the change, compared with the base commit."""
    before, after = check.before.result, check.after.result
    if after is Result.PASSES and not check.newly_failing:
        return "passes" if before is Result.PASSES else "passes now"
    if after is Result.COULD_NOT_RUN:
        return "could not run"
    if check.passes:
        return "passes, but flaky"
    if check.newly_failing:
        return "newly fails"
    return "fails as before" if before is Result.FAILS else "fails"


def _results_of(check: Check) -> CheckResults:
    passes = check.after.passed and not check.newly_failing
    return CheckResults(
        command=check.command[:_TEXT],
        end=describe_end(check),
        before=check.before.ending[:_TEXT],
        after=check.after.ending[:_TEXT],
        seconds=check.after.seconds,
        ran=check.after.number_of_tests,
        groups=tuple(_group(name, tests) for name, tests in _list_groups(check) if tests),
        output="" if passes else check.after.output[-_OUTPUT:],
    )


def _list_groups(check: Check) -> Iterator[tuple[str, Sequence[str]]]:
    """The order in which a reader wants them. A test may be in more than one of them."""
    unnamed = ("the command itself, no report says which test",)
    yield "newly failing", check.newly_failing_tests or (unnamed if "" in check.new_failures else ())
    yield "could not be loaded", check.after.not_loaded
    yield "removed", check.removed_tests
    yield "skipped now", check.newly_skipped_tests
    yield "flaky: failed and then passed on the same commit", [name or "the command itself" for name in check.flaky]
    yield "new, and pass on the old code too", check.proves_nothing
    yield "newly passing", check.newly_passing_tests
    yield "new", check.new_tests
    yield "failing as before", sorted(_failing_as_before(check))


def _failing_as_before(check: Check) -> Iterator[str]:
    before = check.before.tests or {}
    for name, result in (check.after.tests or {}).items():
        if result in FAILURES and before.get(name) in FAILURES and name not in check.flaky:
            yield name


def _group(name: str, tests: Sequence[str]) -> TestGroup:
    return TestGroup(name=name, tests=tuple(test[:_NAME] for test in tests[:_TESTS]), more=max(0, len(tests) - _TESTS))


def record_results(results: Iterable[CheckResults]) -> list[dict[str, object]]:
    """As JSON holds them; `read_results` reads it again."""
    return [asdict(each) for each in results]


def read_results(kept: object) -> tuple[CheckResults, ...]:
    return tuple(_read_check(each) for each in islice(as_dicts(kept), _CHECKS))


def _read_check(kept: Mapping[str, object]) -> CheckResults:
    return CheckResults(
        command=as_str(kept.get("command")),
        end=as_str(kept.get("end")),
        before=as_str(kept.get("before")),
        after=as_str(kept.get("after")),
        seconds=as_float(kept.get("seconds")),
        ran=as_int(kept.get("ran")) or 0,
        groups=tuple(map(_read_group, as_dicts(kept.get("groups")))),
        output=as_str(kept.get("output")),
    )


def _read_group(kept: Mapping[str, object]) -> TestGroup:
    tests = tuple(map(as_str, as_list(kept.get("tests"))))
    return TestGroup(name=as_str(kept.get("name")), tests=tests, more=as_int(kept.get("more")) or 0)
