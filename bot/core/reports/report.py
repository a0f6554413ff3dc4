"""One runner's results, by the names of its tests: bounded, and fit to be shown."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from bot.core.ran import TestResult

MOST_TESTS = 20_000
LONGEST_NAME = 300  # characters
_DIGEST = 8
_SPACES = re.compile(r"\s+")
_WEIGHT = {TestResult.NOT_LOADED: 3, TestResult.FAILED: 2, TestResult.PASSED: 1, TestResult.SKIPPED: 0}

Results = Iterable[tuple[str, TestResult]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`lists_all`: every test is named, so that one which is not named is not there. Many runners name only what
    failed."""

    tests: Mapping[str, TestResult] = field(default_factory=dict)
    lists_all: bool = False


def collect(results: Results, *, lists_all: bool, numbered: bool = False) -> Report:
    """Of a name that is reported twice the worse result counts; `numbered`: the second is another test, and gets a
    number. Where there are too many, those that failed stay."""
    tests: dict[str, TestResult] = {}
    for name, result in _number(results) if numbered else results:
        clean = clean_name(name)
        known = tests.get(clean)
        if clean and (known is None or _WEIGHT[known] < _WEIGHT[result]):
            tests[clean] = result
    return _limit(tests, lists_all)


def join(reports: Iterable[Report]) -> Report | None:
    """What several runners of one command report together; None where none does."""
    found = list(reports)
    if not found:
        return None
    pairs = (pair for report in found for pair in report.tests.items())
    return collect(pairs, lists_all=all(report.lists_all for report in found))


def clean_name(name: str) -> str:
    """On one line, without control and invisible characters. A long name keeps a digest, so that two stay two."""
    spaced = _SPACES.sub(" ", name[: 20 * LONGEST_NAME]).strip()
    visible = "".join(char for char in spaced if unicodedata.category(char)[0] != "C")
    if len(visible) <= LONGEST_NAME:
        return visible
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:_DIGEST]
    return f"{visible[: LONGEST_NAME - _DIGEST - 1]}…{digest}"


def _number(results: Results) -> Iterator[tuple[str, TestResult]]:
    seen = Counter[str]()
    for name, result in results:
        seen[name] += 1
        yield name if seen[name] == 1 else f"{name} ({seen[name]})", result


def _limit(tests: dict[str, TestResult], lists_all: bool) -> Report:
    if len(tests) <= MOST_TESTS:
        return Report(tests=tests, lists_all=lists_all)
    worst_first = sorted(tests, key=lambda name: -_WEIGHT[tests[name]])  # stable: in their order
    return Report(tests={name: tests[name] for name in worst_first[:MOST_TESTS]}, lists_all=False)
