"""What is kept of checks names each test by what became of it, holds no secret, and is bounded."""

from __future__ import annotations

import json
import re

from bot.core.checks import Check, Verdict
from bot.core.public_verdict import make_public
from bot.core.ran import Ran, TestResult
from bot.core.results_by_test import CheckResults, list_results, read_results, record_results

FAILED, PASSED, SKIPPED, BROKEN = TestResult.FAILED, TestResult.PASSED, TestResult.SKIPPED, TestResult.NOT_LOADED
BEFORE = {"breaks": PASSED, "mended": FAILED, "skips": PASSED, "goes": PASSED, "old": FAILED, "flaky": PASSED}
AFTER = {"breaks": FAILED, "mended": PASSED, "skips": SKIPPED, "comes": PASSED, "old": FAILED, "flaky": FAILED}


def results(check: Check) -> CheckResults:
    (found,) = list_results(make_public(Verdict(checks=(check,)), lambda text: re.sub(r"key\d+", "***", text)))
    return found


def ran(code: int | None, tests: dict[str, TestResult] | None = None, output: str = "", obstacle: str = "") -> Ran:
    return Ran(code=code, seconds=1.5, tests=tests, output=output, obstacle=obstacle)


def test_each_test_is_named_by_what_became_of_it() -> None:
    after = ran(1, {**AFTER, "tests/broken.py": BROKEN}, output="E  assert key1\n")
    found = results(Check(command="make", before=ran(1, BEFORE), after=after, flaky=("flaky",)))

    assert {group.name: group.tests for group in found.groups} == {
        "newly failing": ("breaks", "tests/broken.py"),
        "could not be loaded": ("tests/broken.py",),
        "removed": ("goes",),
        "skipped now": ("skips",),
        "flaky: failed and then passed on the same commit": ("flaky",),
        "newly passing": ("mended",),
        "new": ("comes",),
        "failing as before": ("old",),
    }
    assert (found.end, found.before, found.after) == ("newly fails", "exit 1", "exit 1")
    assert found.output == "E  assert ***\n"


def test_a_check_without_names_of_tests_says_what_failed() -> None:
    (newly,) = results(Check(command="make", before=ran(0), after=ran(2, output="no rule"))).groups
    assert newly.name == "newly failing"
    assert newly.tests == ("the command itself, no report says which test",)

    unable = results(Check(command="tox", before=ran(0), after=ran(127, obstacle="tox: command not found")))
    assert (unable.end, unable.after) == ("could not run", "could not run: tox: command not found")
    assert results(Check(command="ok", before=ran(0), after=ran(0, output="all good"))).output == ""


def test_what_counts_against_the_change_comes_first() -> None:
    good = Check(command="good", before=ran(0), after=ran(0))
    bad = Check(command="bad", before=ran(0), after=ran(1))
    shown = list_results(make_public(Verdict(checks=(good, bad)), str))

    assert [each.command for each in shown] == ["bad", "good"]


def test_thousands_of_tests_are_counted_and_some_are_named() -> None:
    tests = {f"test {'x' * 999} {number}": FAILED for number in range(5000)}
    check = Check(command="y" * 9999, before=ran(0, {}), after=ran(1, tests, output="z" * 99999))
    kept = results(check)

    assert kept.groups[0].count == 5000
    assert len(json.dumps(record_results([kept]))) < 100_000


def test_what_is_kept_is_read_again_and_what_is_damaged_is_nothing() -> None:
    kept = results(Check(command="make", before=ran(1, BEFORE), after=ran(1, AFTER)))

    assert read_results(json.loads(json.dumps(record_results([kept])))) == (kept,)
    assert read_results({"a": 1}) == read_results(None) == read_results([3, "x"]) == ()
    assert read_results([{"groups": [{"tests": 3}, 4]}])[0].groups[0].tests == ()
