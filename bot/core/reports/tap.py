"""The Test Anything Protocol, with the subtests of node and node-tap, and with the tests of tape.

The points of tape have the names of assertions, which many tests share: the comment above them names the test.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.core.ran import TestResult

_SIGN = re.compile(r"^TAP version \d+\s*$|^1\.\.\d+(?:\s+#.*)?$")
_SUBTEST = re.compile(r"^(\s*)# Subtest: (.*)$")
_POINT = re.compile(
    r"^(\s*)(not )?ok\b(?:\s+\d+)?(?:\s+-)?\s*(.*?)(?:\s+#\s*(skip|todo)\b.*|\s+#\s*time=.*)?\s*\{?$", re.I
)
_VERSION = re.compile(r"^TAP version \d+\s*$")
_PLAN = re.compile(r"^1\.\.\d+\b")
_HEADER = re.compile(r"^# (?!Subtest:|TAP results for )(SKIP |TODO )?(.*\S)")
_FILE = re.compile(r"\S+\.[cm]?[jt]sx?")
_YAML_END = re.compile(r"^\s*\.\.\.\s*$")
_YAML_START = re.compile(r"^\s*---\s*$")


def is_tap(lines: Sequence[str]) -> bool:
    return any(_SIGN.match(line) for line in lines)


def read_tap(lines: Sequence[str]) -> Iterator[tuple[str, TestResult]]:
    """Each test of each output that begins with a version."""
    starts = [0, *(index for index, line in enumerate(lines) if index and _VERSION.match(line)), len(lines)]
    for start, end in itertools.pairwise(starts):
        part = lines[start:end]
        yield from _by_header(part) if _has_headers(part) else _by_point(part)


TAP_SPEC = r"^  total: +\d+$"
_SPEC_POINT = re.compile(r"^    (✔|✖|-) \S")
_SPEC_TITLE = re.compile(r"^  (\S.*)$")
_SPEC_RESULTS = {"✔": TestResult.PASSED, "✖": TestResult.FAILED}


def read_tap_spec(lines: Sequence[str]) -> Iterator[tuple[str, TestResult]]:
    """What tap-spec makes of tape's output, up to where it repeats what failed."""
    name, results = "", list[TestResult]()
    for line in (*lines, "  total:"):
        title = _SPEC_TITLE.match(line)
        if title and results:
            yield name, _worst(results)
        if title:
            name, results = title[1], []
        elif point := _SPEC_POINT.match(line):
            results.append(_SPEC_RESULTS.get(point[1], TestResult.SKIPPED))
        if name.startswith(("Failed Tests: ", "total:")):
            return


def _has_headers(lines: Sequence[str]) -> bool:
    """Whether comments name the tests: then one comes before the first point. Elsewhere they follow what failed, or are
    what the tests printed, and node names its tests in another form."""
    if any(map(_SUBTEST.match, lines)):
        return False
    first = next((line for line in lines if _HEADER.match(line) or _SUBTEST.match(line) or _POINT.match(line)), "")
    return any(map(_VERSION.match, lines)) and _HEADER.match(first) is not None


def _by_header(lines: Sequence[str]) -> Iterator[tuple[str, TestResult]]:
    """A test fails with one of its points. An exception ends the process in the midst of a test, before the plan."""
    name, results = "", list[TestResult]()
    for line in _without_details(lines):
        if header := _HEADER.match(line):
            if results:
                yield name, _worst(results)
            name, results = header[2], [TestResult.SKIPPED] if header[1] == "SKIP " else []
        elif name and (point := _POINT.match(line)) and not point[1]:
            results.append(_result(point))
    if not any(map(_PLAN.match, lines)):
        yield name, TestResult.FAILED
    elif results:
        yield name, _worst(results)


def as_loaded(name: str, result: TestResult) -> TestResult:
    """A file that fails as a whole, as node and node-tap name it, ended before its first test."""
    failed = result is TestResult.FAILED
    return TestResult.NOT_LOADED if failed and _FILE.fullmatch(name) else result


def _worst(results: Sequence[TestResult]) -> TestResult:
    return next(each for each in (TestResult.FAILED, TestResult.PASSED, TestResult.SKIPPED) if each in results)


def _by_point(lines: Sequence[str]) -> Iterator[tuple[str, TestResult]]:
    """Each test by the names of those around it. What only holds others is none, unless it alone failed."""
    groups = Groups()
    for line in _without_details(lines):
        if subtest := _SUBTEST.match(line):
            groups.open(len(subtest[1]), subtest[2].strip())
        elif (point := _POINT.match(line)) and (name := point[3].removesuffix("{").strip()):
            indent, result = len(point[1]), _result(point)
            if groups.close(indent, name, result):
                yield groups.name(indent, name), as_loaded(name, result)


@dataclass(slots=True)
class Groups:
    """The subtests that are open, by their indentation, with whether anything was in them and whether that failed."""

    _names: dict[int, str] = field(default_factory=dict)
    _held: dict[int, bool] = field(default_factory=dict)

    def open(self, indent: int, name: str) -> None:
        for inner in [each for each in self._names if each >= indent]:
            del self._names[inner]
            self._held.pop(inner, None)
        self._names[indent] = name

    def close(self, indent: int, name: str, result: TestResult) -> bool:
        """Whether the point is a test that counts."""
        held = self._held.pop(indent, None) if self._names.get(indent) == name else None
        failed = result is TestResult.FAILED
        counts = held is None or (failed and not held)
        for outer in (each for each in self._names if each < indent):
            self._held[outer] = self._held.get(outer, False) or failed
        return counts

    def name(self, indent: int, name: str) -> str:
        around = (self._names[outer] for outer in sorted(self._names) if outer < indent)
        return " > ".join((*around, name))


def _result(point: re.Match[str]) -> TestResult:
    if point[4]:
        return TestResult.SKIPPED
    return TestResult.FAILED if point[2] else TestResult.PASSED


def _without_details(lines: Sequence[str]) -> Iterator[str]:
    """Without the YAML below a point, which may quote the output of another test."""
    inside = False
    for line in lines:
        if not inside and _YAML_START.match(line):
            inside = True
        elif inside:
            inside = not _YAML_END.match(line)
        else:
            yield line
