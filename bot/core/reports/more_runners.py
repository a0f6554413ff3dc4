"""What runners of Ruby, PHP, .NET, Elixir, C++, Swift and Perl print of single tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from bot.core.ran import TestResult
from bot.core.reports.report import Results
from bot.core.reports.runner import ReportRunner

FAILED, PASSED, SKIPPED = TestResult.FAILED, TestResult.PASSED, TestResult.SKIPPED


def read_rspec(lines: Sequence[str]) -> Results:
    for line in lines:
        if found := re.match(r"^rspec '?(\./[^:\[']+)(?:\[[\d:]+\]|:\d+)'? # (.+)$", line):
            yield f"{found[1]} {found[2]}", FAILED


_MINITEST = {".": PASSED, "S": SKIPPED}


def read_minitest(lines: Sequence[str]) -> Results:
    was_title = False
    for line in lines:
        if verbose := re.match(r"^(\S+#.+?) = [\d.]+ s = ([.FES])$", line):
            yield verbose[1], _MINITEST.get(verbose[2], FAILED)
        elif was_title and (test := re.match(r"^(\S+#.+?)(?: \[.*\])?:?$", line)):
            yield test[1], FAILED
        elif unit := re.match(r"^(?:Failure|Error): (\w+\(.+?\))", line):
            yield unit[1], FAILED
        was_title = re.match(r"^\s*(?:\d+\) )?(?:Failure|Error):$", line) is not None


_PHP_SECTION = re.compile(r"^There (?:was|were) \d+ (?:PHPUnit )?(\w+)")


def read_phpunit(lines: Sequence[str]) -> Results:
    section = ""
    for line in lines:
        if found := _PHP_SECTION.match(line):
            section = found[1].rstrip("s")
        elif (test := re.match(r"^\d+\) (\S+::.+)$", line)) and section in ("failure", "error"):
            yield test[1], FAILED
        elif (test := re.match(r"^\d+\) (\S+::.+)$", line)) and section in ("skipped", "incomplete"):
            yield test[1], SKIPPED


def read_pest(lines: Sequence[str]) -> Results:
    for line in lines:
        if found := re.match(r"^\s+FAILED\s+(\S+ > .+?)(?:\s{2,}.*)?$", line):
            yield found[1], FAILED


def read_mix(lines: Sequence[str]) -> Results:
    for line in lines:
        if found := re.match(r"^\s+\d+\) ((?:test|doctest|property) .+) \((\S+)\)$", line):
            yield f"{found[2]}: {found[1]}", FAILED


_CTEST = re.compile(r"^\s*\d+/\d+ Test +#\d+: (.+?) \.+ *(?:\*\*\*)?(Passed|Skipped|Not Run \(Disabled\)|.+)$")


def read_ctest(lines: Sequence[str]) -> Results:
    for line in lines:
        if found := _CTEST.match(line):
            said = found[2]
            skipped = said.startswith(("Skipped", "Not Run (Disabled)"))
            failed = TestResult.NOT_LOADED if said.startswith("Not Run") else FAILED  # its program was not built
            yield found[1], PASSED if said.startswith("Passed") else SKIPPED if skipped else failed


def read_gtest(lines: Sequence[str]) -> Results:
    results = {"OK": PASSED, "FAILED": FAILED, "SKIPPED": SKIPPED}
    for line in lines:
        if found := re.match(r"^\[ +(OK|FAILED|SKIPPED) +\] (\w[^\s,]*\.\S+?)(?:,.*)? \(\d+ ms\)$", line):
            yield found[2], results[found[1]]


def read_dotnet(lines: Sequence[str]) -> Results:
    results = {"Passed": PASSED, "Failed": FAILED, "Skipped": SKIPPED}
    for line in lines:
        if found := re.match(r"^\s+(Passed|Failed|Skipped) (\S.*?) \[.*\]$", line):
            yield found[2], results[found[1]]


def read_gradle(lines: Sequence[str]) -> Results:
    results = {"PASSED": PASSED, "FAILED": FAILED, "SKIPPED": SKIPPED}
    for line in lines:
        if found := re.match(r"^(\S.* > .+) (PASSED|FAILED|SKIPPED)$", line):
            yield found[1], results[found[2]]


def read_surefire(lines: Sequence[str]) -> Results:
    """Of Maven's summary of what failed: its lines move with the code."""
    for line in lines:
        if found := re.match(r"^\[ERROR\] +((?:[\w$]+\.)+[\w$]+)(?:\[.*?\])?(?::\d+|\(\))?(?:->\S+)? .+$", line):
            yield found[1], FAILED


def read_swift(lines: Sequence[str]) -> Results:
    results = {"passed": PASSED, "failed": FAILED, "skipped": SKIPPED}
    for line in lines:
        if found := re.match(r"^Test Case '(?:-\[)?(.+?)\]?' (passed|failed|skipped) \(", line):
            yield found[1], results[found[2]]


def read_prove(lines: Sequence[str]) -> Results:
    for line in lines:
        if found := re.match(r"^(\S+\.t) \.+ *(ok|skipped|Failed|Dubious|All)\b(.*)$", line):
            passed = found[2] in ("ok", "All")
            yield found[1], PASSED if passed else SKIPPED if found[2] == "skipped" else FAILED


def _all_that_match(pattern: str) -> Callable[[Sequence[str]], int | None]:
    """For runners that print a line for each test: those lines are all there is."""
    compiled = re.compile(pattern)
    return lambda lines: sum(compiled.search(line) is not None for line in lines) or None


def _runner(name: str, sign: str, read: Callable[[Sequence[str]], Results], each: str = "") -> ReportRunner:
    compiled = re.compile(sign)
    return ReportRunner(name=name, sign=compiled, read=read, count=_all_that_match(each) if each else lambda _: None)


RUNNERS = (
    _runner("rspec", r"^\d+ examples?, \d+ failures?", read_rspec),
    _runner("minitest", r"^\d+ (?:runs|tests), \d+ assertions", read_minitest, r"^\S+#.+? = [\d.]+ s = [.FES]$"),
    _runner("phpunit", r"^OK \(\d+ tests?|^Tests: \d+, Assertions: \d+|^OK, but ", read_phpunit),
    _runner("pest", r"^\s+Tests:\s+\d+ (?:passed|failed|skipped)", read_pest),
    _runner("mix", r"^(?:\d+ (?:doctests?|properties), )*\d+ tests?, \d+ failures?", read_mix),
    _runner("ctest", r"^\d+% tests passed, \d+ tests failed out of \d+", read_ctest, _CTEST.pattern),
    _runner("gtest", r"^\[==========\] ", read_gtest, r"^\[ RUN +\] "),
    _runner("dotnet", r"^(?:Passed|Failed)! +- Failed: +\d+|^Total tests: \d+", read_dotnet),
    _runner("gradle", r"^BUILD (?:SUCCESSFUL|FAILED) in ", read_gradle),
    _runner("maven", r"^\[\w+\] Tests run: \d+, Failures: ", read_surefire),
    _runner("swift", r"^\s*Executed \d+ tests?, with ", read_swift, r"^Test Case .* started\b"),
    _runner("prove", r"^Files=\d+, Tests=\d+", read_prove, r"^\S+\.t \.+ "),
)
