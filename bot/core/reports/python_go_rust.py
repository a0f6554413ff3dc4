"""What pytest, unittest, go and cargo print of single tests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.core.ran import TestResult
from bot.core.reports.report import Results
from bot.core.untrusted import as_str, parse_object

FAILED, PASSED, SKIPPED = TestResult.FAILED, TestResult.PASSED, TestResult.SKIPPED
NOT_LOADED = TestResult.NOT_LOADED

PYTEST = (
    r"^=+ short test summary info =+$|^(?:=+ )?(?:\d+ (?:failed|passed|skipped|error)s?\b.*|no tests ran) in [\d.]+s"
)
_NODE = r"([^\s:]+\.\w+(?:::[^\[\s]+)?(?:\[.*?\](?= - | |$))?)"
_SUMMARY = re.compile(rf"^(FAILED|ERROR|SUBFAIL(?:ED)?\S*) {_NODE}(?: - .*)?$")
_VERBOSE = re.compile(rf"^(?:\[gw\d+\] (?:\[ *\d+%\] )?(\w+) )?{_NODE}(?: (\w+))?(?: +\[ *\d+%\])?$")
_WORDS = {"PASSED": PASSED, "FAILED": FAILED, "ERROR": FAILED, "SKIPPED": SKIPPED, "XFAIL": SKIPPED, "XPASS": PASSED}


def read_pytest(lines: Sequence[str]) -> Results:
    for line in lines:
        if summary := _SUMMARY.match(line):
            # An error of a test is one of its set-up; that of a file is one of loading it.
            yield summary[2], NOT_LOADED if summary[1] == "ERROR" and "::" not in summary[2] else FAILED
        elif (verbose := _VERBOSE.match(line)) and (result := _WORDS.get(verbose[1] or verbose[3] or "")):
            yield verbose[2], result


_TITLE = re.compile(r"^(?:FAIL|ERROR): ([\w.]+) \((\S+?)\)((?: [\[(].*[\])])?)$")
_TEST = re.compile(r"^([\w.]+) \(([\w.<>]+)\)(?: ?\.\.\. ?(.*))?$")
_STATUS = re.compile(r"(?:^|\.\.\. )(ok|FAIL|ERROR|skipped .*|skipped|expected failure|unexpected success)$")
_NO_TEST = re.compile(r"unittest\.loader\._FailedTest\.([\w.]+)|([\w.]+)\.(?:setUpClass|setUpModule)")
_STATUSES = {"ok": PASSED, "FAIL": FAILED, "ERROR": FAILED, "expected failure": SKIPPED, "unexpected success": FAILED}


def read_unittest(lines: Sequence[str]) -> Results:
    """The titles of what failed; with `-v` every test, where a docstring stands between its name and its result."""
    yield from (_load(name, result) for name, result in _read_unittest(lines))


def _load(name: str, result: TestResult) -> tuple[str, TestResult]:
    """unittest counts a module that it could not load as a test of its loader, and names a class or module whose set-up
    failed as if it were a test."""
    if found := _NO_TEST.fullmatch(name):
        return next(group for group in found.groups() if group), result if result is SKIPPED else NOT_LOADED
    return name, result


def _read_unittest(lines: Sequence[str]) -> Results:
    name, was_rule = "", False
    for line in lines:
        if was_rule and (title := _TITLE.match(line)):
            yield f"{_full(title[1], title[2])}{title[3]}", FAILED
        elif test := _TEST.match(line):
            name = _full(test[1], test[2])
        if name and (status := _STATUS.search(line)):
            yield name, _STATUSES.get(status[1], SKIPPED)
            name = ""
        was_rule = line.startswith("=" * 20)


def _full(method: str, group: str) -> str:
    """Before Python 3.11 the class alone stood in parentheses."""
    return group if group.endswith(f".{method}") else f"{group}.{method}"


def count_unittest(lines: Sequence[str]) -> int | None:
    return _total(lines, r"^Ran (\d+) tests? in ")


GO = r"^(?:ok|FAIL|\?) +\t\S+\t|^(?:ok|FAIL) *\t\S+|^\s*--- (?:PASS|FAIL|SKIP): \S+ \(|^\{\"Time\":.*\"Action\":"
_GO_TEST = re.compile(r"^\s*--- (PASS|FAIL|SKIP): (\S+) \(")
_GO_PACKAGE = re.compile(r"^(ok|FAIL)\s+([\w.~/-]+)(?:\s+(?:[\d.]+s|\(cached\)|\[.*\]))")
_GO_RESULTS = {"PASS": PASSED, "FAIL": FAILED, "SKIP": SKIPPED}


def read_go(lines: Sequence[str]) -> Results:
    """By package and name. A package that fails without a test that does, failed to build or panicked."""
    waiting, failed = list[tuple[str, TestResult]](), set[str]()
    for line in lines:
        if line.startswith('{"'):
            yield from _go_event(line, failed)
        elif test := _GO_TEST.match(line):
            waiting.append((test[2], _GO_RESULTS[test[1]]))
        elif package := _GO_PACKAGE.match(line):
            yield from ((f"{package[2]}.{name}", result) for name, result in waiting)
            if package[1] == "FAIL" and all(result is not FAILED for _, result in waiting):
                yield package[2], NOT_LOADED
            waiting = []


def _go_event(line: str, failed: set[str]) -> Results:
    """`failed`: packages of which a test failed."""
    event = parse_object(line) or {}
    package, test = as_str(event.get("Package")), as_str(event.get("Test"))
    result = _GO_RESULTS.get(as_str(event.get("Action")).upper())
    if package and test and result is not None:
        failed.update({package} if result is FAILED else ())
        yield f"{package}.{test}", result
    elif package and result is FAILED and package not in failed:
        yield package, NOT_LOADED


def count_go(lines: Sequence[str]) -> int | None:
    """With `-v` or `-json` every test is named."""
    ran = sum(line.startswith("=== RUN") or ('"Action":"run"' in line and line.startswith("{")) for line in lines)
    return ran or None


_RUNNING = re.compile(r"^\s+Running (?:unittests )?(\S+)(?: \(.*\))?$|^\s+Doc-tests (\S+)$")
_CARGO_TEST = re.compile(r"^test (.+?)(?: - should panic| - compile(?: fail)?)? \.\.\. (?:.*\b)?(ok|FAILED|ignored)\b")
_CARGO_QUIET = re.compile(r"^(\S+(?: - \S+ \(line \d+\))?) --- FAILED$")
_CARGO_RESULTS = {"ok": PASSED, "FAILED": FAILED, "ignored": SKIPPED}
_LINE = re.compile(r" \(line \d+\)")


def read_cargo(lines: Sequence[str]) -> Results:
    """By the file of the tests and their name. The lines of doctests move with the code above them."""
    target = ""
    for line in lines:
        if running := _RUNNING.match(line):
            target = f"{running[1] or running[2]}: "
        elif test := _CARGO_TEST.match(line):
            yield target + _LINE.sub("", test[1]), _CARGO_RESULTS[test[2]]
        elif quiet := _CARGO_QUIET.match(line):
            yield target + _LINE.sub("", quiet[1]), FAILED


def count_cargo(lines: Sequence[str]) -> int | None:
    return _total(lines, r"^running (\d+) tests?$")


_NEXTEST = re.compile(
    r"^\s+(PASS|FAIL|SKIP|LEAK|TIMEOUT|ABORT|SIG\w+|TRY \d+ (?:PASS|FAIL)) \[ *[>\d.]+s\] +(?:\( *\d+/\d+\) +)?(\S.*)$"
)


def read_nextest(lines: Sequence[str]) -> Results:
    for line in lines:
        if found := _NEXTEST.match(line):
            word = found[1].split()[-1]
            yield found[2], {"PASS": PASSED, "LEAK": PASSED, "SKIP": SKIPPED}.get(word, FAILED)


def count_nextest(lines: Sequence[str]) -> int | None:
    return _total(lines, r"^\s*Starting (\d+) tests? across ")


def _total(lines: Sequence[str], pattern: str) -> int | None:
    found = [int(match[1]) for match in _matches(lines, pattern)]
    return sum(found) if found else None


def _matches(lines: Sequence[str], pattern: str) -> Iterator[re.Match[str]]:
    compiled = re.compile(pattern)
    yield from (match for line in lines if (match := compiled.search(line)))
