"""What the runners of JavaScript print of single tests: jest, vitest, mocha, node, ava, Deno and Bun."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.core.ran import TestResult
from bot.core.reports.report import Results
from bot.core.reports.tap import Groups, as_loaded

FAILED, PASSED, SKIPPED = TestResult.FAILED, TestResult.PASSED, TestResult.SKIPPED
NOT_LOADED = TestResult.NOT_LOADED

_TOOK = re.compile(r"\s+\(?\d[\d.]*\s?m?s\)?$")
_FILE = re.compile(r"^\s*(?:PASS|FAIL)\s+(?:\S+\s+)?(\S+\.\w+)(?:\s+\(.*\))?$")
_BULLET = re.compile(r"^  ● (.+)$")
_MARK = re.compile(r"^(\s+)(✓|√|✕|×|✗|✔|○ skipped|✎ todo|↓|○|- ) ?(.+)$")
_MARKS = {"✓": PASSED, "√": PASSED, "✔": PASSED, "✕": FAILED, "×": FAILED, "✗": FAILED}
_NO_SUITE = "Test suite failed to run"


def read_jest(lines: Sequence[str]) -> Results:
    """By file, groups and name: those that failed; with `--verbose`, or where there is one file, all of them."""
    file, groups = "", dict[int, str]()
    for line in lines:
        if started := _FILE.match(line):
            file, groups = started[1], {}
        elif (bullet := _BULLET.match(line)) and file:
            title = bullet[1].strip()
            if title == _NO_SUITE:
                yield file, NOT_LOADED
            elif " › " in title or not title.startswith("Console"):
                yield " > ".join((file, *title.split(" › "))), FAILED
        elif (mark := _MARK.match(line)) and file:
            yield " > ".join((file, *_around(groups, len(mark[1])), _name(mark[3]))), _MARKS.get(mark[2], SKIPPED)
        elif file and re.match(r"^  +\S", line):
            groups[len(line) - len(line.lstrip())] = line.strip()
        elif not line.strip():
            groups = {}


def _around(groups: dict[int, str], indent: int) -> list[str]:
    for inner in [each for each in groups if each >= indent]:
        del groups[inner]
    return [groups[each] for each in sorted(groups)]


def _name(text: str) -> str:
    return _TOOK.sub("", text).strip()


def count_jest(lines: Sequence[str]) -> int | None:
    return _count(lines, r"^Tests: .*?(\d+) total")


_VITEST = re.compile(r"^\s*FAIL\s+(?:\|[^|]*\|\s+)?(\S+\.\w+)(?: \[ .* \])?((?: > .+)?)$")
_VITEST_LINE = re.compile(r"^\s*(✓|×|↓)\s+(?:\|[^|]*\|\s+)?(\S+\.\w+ > .+)$")


def read_vitest(lines: Sequence[str]) -> Results:
    """What failed; with the verbose reporter all of them."""
    for line in lines:
        if failed := _VITEST.match(line):
            yield f"{failed[1]}{failed[2]}", FAILED if failed[2] else NOT_LOADED
        elif each := _VITEST_LINE.match(line):
            yield _name(each[2]), _MARKS.get(each[1], SKIPPED)


def count_vitest(lines: Sequence[str]) -> int | None:
    return _count(lines, r"^\s+Tests  .*\((\d+)\)$")


_MOCHA_SPEC = re.compile(r"^(\s+)(✓|✔|√|\d+\)|-) (.+)$")
_MOCHA_NUMBER = re.compile(r"^  \d+\) (.+)$")
_MOCHA_END = re.compile(r"^\s+\d+ (?:passing|failing)\b")


def read_mocha(lines: Sequence[str]) -> Results:
    """The list of the spec reporter, and the titles of what failed below it."""
    end = next((index for index, line in enumerate(lines) if _MOCHA_END.match(line)), len(lines))
    listed = list(_mocha_list(lines[:end]))
    yield from listed
    if len(listed) < (count_mocha(lines) or 0):  # other reporters list nothing
        known = {name for name, _ in listed}
        yield from ((name, result) for name, result in _mocha_failures(lines[end:]) if name not in known)


def _mocha_failures(lines: Sequence[str]) -> Iterator[tuple[str, TestResult]]:
    title = list[str]()
    for line in lines:
        if number := _MOCHA_NUMBER.match(line):
            title = [number[1].strip()]
        elif title and line.startswith("     ") and line.strip():
            title.append(line.strip())
        else:
            title = []
        if title and title[-1].endswith(":"):
            yield " > ".join(title).removesuffix(":"), FAILED
            title = []


def _mocha_list(lines: Sequence[str]) -> Iterator[tuple[str, TestResult]]:
    groups = dict[int, str]()
    for line in lines:
        if test := _MOCHA_SPEC.match(line):
            result = FAILED if test[2].endswith(")") else SKIPPED if test[2] == "-" else PASSED
            yield " > ".join((*_around(groups, len(test[1])), _name(test[3]))), result
        elif line.startswith("  ") and line.strip():
            indent = len(line) - len(line.lstrip())
            _around(groups, indent)
            groups[indent] = line.strip()


def count_mocha(lines: Sequence[str]) -> int | None:
    counts = [int(found[1]) for line in lines if (found := re.match(r"^\s+(\d+) (?:passing|pending|failing)\b", line))]
    return sum(counts) if counts else None


_SPEC = re.compile(r"^(\s*)([✔✖﹣⚠]) (.+?)(?: \([\d.]+ms\))?(?: # (?:SKIP|TODO|.*))?$")
_SPEC_GROUP = re.compile(r"^(\s*)▶ (.+?)(?: \([\d.]+ms\))?$")


def read_node(lines: Sequence[str]) -> Results:
    """What node's spec reporter lists, up to where it repeats what failed."""
    groups = Groups()
    for line in lines:
        if line.startswith("✖ failing tests:"):
            return
        if group := _SPEC_GROUP.match(line):
            groups.open(len(group[1]), group[2])
        elif test := _SPEC.match(line):
            indent, name = len(test[1]), test[3]
            result = {"✔": PASSED, "✖": FAILED}.get(test[2], SKIPPED)
            result = SKIPPED if re.search(r" # (?:SKIP|TODO)\b", line) else result
            if groups.close(indent, name, result):
                yield groups.name(indent, name), as_loaded(name, result)


def count_node(lines: Sequence[str]) -> int | None:
    return _count(lines, r"^ℹ tests (\d+)$")


_AVA = re.compile(r"^  (?:✔ (?:\[expected fail\] )?|(?:✘|✖|×) \[(fail)\]: |- \[(skip|todo)\] )(.+)$")
_AVA_CRASH = re.compile(
    r"^  (?:✘|✖|×) (\S+\.[cm]?[jt]sx?) (?:exited|failed to|timed)\b"
    r"|^  (?:Uncaught exception|Unhandled rejection) in (\S+)$"
)
_AVA_REASON = re.compile(r" (?:\S*Error\b.*|Test failed via `t\.fail\(\)`|Rejected promise .*)$")
_AVA_COUNT = re.compile(r"^\s+(\d+) (?:tests? (?:passed|failed|skipped|todo)|known failures?)$")


def read_ava(lines: Sequence[str]) -> Results:
    for line in lines:
        if crashed := _AVA_CRASH.match(line):
            yield crashed[1] or crashed[2], NOT_LOADED
        elif test := _AVA.match(line):
            name = _AVA_REASON.sub("", test[3]) if test[1] else _name(test[3])
            yield name, FAILED if test[1] else SKIPPED if test[2] else PASSED


def count_ava(lines: Sequence[str]) -> int | None:
    counts = [int(found[1]) for line in lines if (found := _AVA_COUNT.match(line))]
    return sum(counts) if counts else None


_DENO = re.compile(r"^(\s*)(.+?) \.\.\. (?:.*\b)?(ok|FAILED|ignored)\b(?: \(.*\))?$")


_DENO_CRASH = re.compile(r"^(?:Uncaught error from (\S+) FAILED|(\S+) \(uncaught error\)(?: \.\.\. FAILED.*)?)$")


def read_deno(lines: Sequence[str]) -> Results:
    file = ""
    for line in lines:
        if found := re.match(r"^running \d+ tests? from (\S+)", line):
            file = found[1]
        elif crashed := _DENO_CRASH.match(line):
            yield crashed[1] or crashed[2], NOT_LOADED
        elif (test := _DENO.match(line)) and not test[1]:
            result = {"ok": PASSED, "FAILED": FAILED}.get(test[3], SKIPPED)
            yield f"{file} > {test[2]}" if file else test[2], result


def count_deno(lines: Sequence[str]) -> int | None:
    found = [int(match[1]) for line in lines if (match := re.match(r"^running (\d+) tests? from", line))]
    return sum(found) if found else None


_BUN = re.compile(r"^(?:\((pass|fail|skip|todo)\)|([✓✗»✎])) (.+?)(?: \[[\d.]+m?s\])?$")
_BUN_RESULTS = {"pass": PASSED, "✓": PASSED, "fail": FAILED, "✗": FAILED}


def read_bun(lines: Sequence[str]) -> Results:
    file = ""
    for line in lines:
        if found := re.match(r"^(\S+\.[cm]?[jt]sx?):$", line):
            file = found[1]
        elif line.startswith("# Unhandled error between tests"):
            yield file or "a file of tests", NOT_LOADED
        elif test := _BUN.match(line):
            name = f"{file} > {test[3]}" if file else test[3]
            yield name, _BUN_RESULTS.get(test[1] or test[2], SKIPPED)


def count_bun(lines: Sequence[str]) -> int | None:
    return _count(lines, r"^Ran (\d+) tests? across")


def _count(lines: Sequence[str], pattern: str) -> int | None:
    compiled = re.compile(pattern)
    found = [int(match[1]) for line in lines if (match := compiled.search(line))]
    return sum(found) if found else None
