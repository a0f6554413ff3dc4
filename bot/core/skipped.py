"""Whether a command that ended with exit 0 ran no test, because each was skipped: such a command verifies nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.core.ran import TestResult

# A runner's count of its tests, and of those that it skipped.
_COUNTS = tuple(
    (re.compile(whole, re.MULTILINE), re.compile(skipped, re.MULTILINE))
    for whole, skipped in (
        (r"^Ran (\d+) tests? in ", r"^OK \(.*\bskipped=(\d+)"),  # unittest
        (r"^(?:ℹ|#) tests (\d+)", r"^(?:ℹ|#) skipped (\d+)"),  # node
        (r"^Tests: +.*?(\d+) total", r"^Tests: +(\d+) skipped, \d+ total"),  # jest
        (r"^\s+Tests  .*\((\d+)\)$", r"^\s+Tests  (\d+) skipped \("),  # vitest
        (r"^(\d+) examples?, 0 failures", r"^\d+ examples?, 0 failures, (\d+) pending"),  # rspec
        (r"^Tests: (\d+), Assertions: ", r"^Tests: \d+, Assertions: 0,.* Skipped: (\d+)"),  # phpunit
        (r"^(\d+) (?:runs|tests), \d+ assertions", r"^\d+ (?:runs|tests), 0 assertions, .* (\d+) skips"),  # minitest
        (r"^(\d+) tests?, 0 failures", r"^\d+ tests?, 0 failures, (\d+) (?:skipped|excluded)"),  # mix
        (r"^(?:\[\w+\] )?Tests run: (\d+), ", r"^(?:\[\w+\] )?Tests run: .*, Skipped: (\d+)"),  # surefire
    )
)
_ALONE = re.compile(
    r"^(?:=+ )?[1-9]\d* skipped(?:, \d+ (?:warnings?|deselected))* in [\d.]+s"  # pytest
    r"|^Skipped! +- Failed: +0, Passed: +0, Skipped: +[1-9]"  # dotnet
    r"|^ok \| 0 passed \| 0 failed \| [1-9]\d* ignored"  # deno
    r"|^ *0 pass$\n^ *[1-9]\d* skip$\n^ *0 fail$"  # bun
    r"|^All tests have been excluded"  # mix
    r"|^test result: ok\. 0 passed; 0 failed; [1-9]\d* ignored",  # cargo
    re.MULTILINE,
)
_PASSED = re.compile(
    r"\b[1-9]\d* (?:passed|passing|pass)\b|^(?:ok[ \t]+\S+[ \t]+[\d.]+s|# pass [1-9]|ℹ pass [1-9])", re.M
)


def skipped_every_test(output: str, tests: Mapping[str, TestResult], *, lists_all: bool) -> bool:
    """By the report, if it lists all tests, else by what the runner prints."""
    if any(result is not TestResult.SKIPPED for result in tests.values()):
        return False
    if lists_all and tests:
        return True
    if _PASSED.search(output):
        return False
    return _ALONE.search(output) is not None or any(_is_equal(output, *counts) for counts in _COUNTS)


def _is_equal(output: str, whole: re.Pattern[str], skipped: re.Pattern[str]) -> bool:
    ran = sum(map(int, whole.findall(output)))
    return ran > 0 and ran == sum(map(int, skipped.findall(output)))
