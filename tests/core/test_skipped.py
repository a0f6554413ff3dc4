"""A command that skipped each of its tests ran none."""

from __future__ import annotations

import pytest

from bot.core.ran import TestResult
from bot.core.skipped import skipped_every_test

PASSED, SKIPPED = TestResult.PASSED, TestResult.SKIPPED

ALL = {
    "unittest": "Ran 2 tests in 0.000s\n\nOK (skipped=2)",
    "unittest, twice": "Ran 2 tests in 0.0s\nOK (skipped=2)\nRan 1 test in 0.0s\nOK (skipped=1)",
    "pytest": "============ 2 skipped in 0.01s ============",
    "pytest, quiet": "2 skipped, 1 warning in 0.01s",
    "node": "ℹ tests 2\nℹ pass 0\nℹ fail 0\nℹ skipped 2",
    "node, tap": "# tests 2\n# pass 0\n# fail 0\n# skipped 2",
    "jest": "Test Suites: 1 skipped, 0 of 1 total\nTests:       2 skipped, 2 total",
    "vitest": " Test Files  1 skipped (1)\n      Tests  2 skipped (2)",
    "rspec": "2 examples, 0 failures, 2 pending",
    "phpunit": "OK, but some tests were skipped!\nTests: 2, Assertions: 0, Skipped: 2.",
    "minitest": "2 runs, 0 assertions, 0 failures, 0 errors, 2 skips",
    "mix": "2 tests, 0 failures, 2 skipped",
    "mix, excluded": "All tests have been excluded.\n\n2 tests, 0 failures (2 excluded)",
    "surefire": "[WARNING] Tests run: 2, Failures: 0, Errors: 0, Skipped: 2",
    "dotnet": "Skipped! - Failed:     0, Passed:     0, Skipped:     2, Total:     2",
    "deno": "ok | 0 passed | 0 failed | 2 ignored (3ms)",
    "bun": " 0 pass\n 2 skip\n 0 fail\nRan 2 tests across 1 file.",
    "cargo": "test result: ok. 0 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out",
}
SOME = {
    "unittest": "Ran 3 tests in 0.000s\n\nOK (skipped=2)",
    "unittest, twice": "Ran 2 tests in 0.0s\nOK (skipped=2)\nRan 1 test in 0.0s\nOK",
    "pytest": "1 passed, 2 skipped in 0.01s",
    "node": "ℹ tests 3\nℹ pass 1\nℹ fail 0\nℹ skipped 2",
    "jest": "Tests:       2 skipped, 1 passed, 3 total",
    "vitest": "      Tests  1 passed | 2 skipped (3)",
    "rspec": "3 examples, 0 failures, 2 pending",
    "phpunit": "Tests: 3, Assertions: 1, Skipped: 2.",
    "surefire": "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 2",
    "cargo": "test result: ok. 0 passed; 0 failed; 2 ignored\ntest result: ok. 4 passed; 0 failed; 0 ignored",
    "a linter": "All checks passed!",
    "nothing": "",
}


@pytest.mark.parametrize("runner", ALL)
def test_what_a_runner_prints_says_that_each_was_skipped(runner: str) -> None:
    assert skipped_every_test(ALL[runner], {}, lists_all=False)


@pytest.mark.parametrize("runner", SOME)
def test_one_test_that_ran_is_enough(runner: str) -> None:
    assert not skipped_every_test(SOME[runner], {}, lists_all=False)


@pytest.mark.parametrize(
    ("tests", "lists_all", "skipped"),
    [
        ({"a": SKIPPED, "b": SKIPPED}, True, True),
        ({"a": SKIPPED, "b": PASSED}, True, False),
        ({"a": SKIPPED}, False, False),
        ({}, True, False),
    ],
)
def test_a_report_that_lists_all_tests_decides(tests: dict[str, TestResult], lists_all: bool, skipped: bool) -> None:
    assert skipped_every_test("", tests, lists_all=lists_all) is skipped
