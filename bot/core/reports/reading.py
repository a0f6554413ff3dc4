"""All that is known of the tests of one run: from report files where there are some, else from what was printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.core.ran import TestResult
from bot.core.reports.arguments import JEST_FILE, PHPUNIT_FILE, VITEST_FILE
from bot.core.reports.asking import PYTEST_FILE, RSPEC_FILE
from bot.core.reports.exunit import EXUNIT_FILE, read_exunit
from bot.core.reports.json_report import read_jest_json
from bot.core.reports.printed import read_printed
from bot.core.reports.report import Report, collect, join
from bot.core.reports.xml_report import LARGEST, read_xml
from bot.core.untrusted import as_dict, as_dicts, as_str

REPORT_NAME = re.compile(
    r"TEST-.+\.xml|.*\.trx|(?:.*[_-])?junit(?:[_.-].*)?\.xml|test-?(?:results?|reports?)\.xml|rspec\.xml", re.IGNORECASE
)
"""What runners call the files that they write without being asked."""

_RUNNERS = {PYTEST_FILE: "pytest", RSPEC_FILE: "rspec", JEST_FILE: "jest", VITEST_FILE: "vitest", EXUNIT_FILE: "mix"}
_ALSO = {PHPUNIT_FILE: {"phpunit", "pest"}}  # runners that write the same file
_SUMMARIES = {
    JEST_FILE: re.compile(r"^Test Suites: .*total", re.MULTILINE),
    VITEST_FILE: re.compile(r"^ *Test Files  ", re.MULTILINE),
}
_RSPEC_RESULTS = {"passed": TestResult.PASSED, "pending": TestResult.SKIPPED}
# Runners whose usual report files say what they print as well.
_ALSO_FILES = frozenset(
    {"jest", "vitest", "mocha", "maven", "gradle", "dotnet", "phpunit", "pest", "ctest", "gtest", "mix"}
)


def read_reports(
    asked: Mapping[str, bytes], usual: Mapping[str, bytes], output: str, *, whole: bool = True, root: str = ""
) -> Report | None:
    """`asked`: the files that runners were asked for, by their names; `usual`: those that they write anyway. `root`:
    the checkout. None: no runner is known to have run."""
    without = set[str]()
    reports = list[Report]()
    for name, content in asked.items():
        report = _read_asked(name, content, root)
        if report is not None and _ran_once(name, output):
            reports.append(report)
            without |= _ALSO.get(name, {_RUNNERS.get(name, "dotnet")})
        elif report is not None:
            reports.append(replace(report, lists_all=False))
    found = [report for _, content in sorted(usual.items()) if (report := read_xml(content)) is not None]
    if found:
        without |= _ALSO_FILES
    # node names a file as it finds it: by its whole path, which is another one in each checkout.
    printed = output.replace(f"{root.rstrip('/')}/", "") if root.rstrip("/") else output
    return join((*reports, *found, *read_printed(printed, without=without, whole=whole)))


def _ran_once(name: str, output: str) -> bool:
    """`jest && jest -c e2e.json` hands its arguments to the second: of the first only the output tells."""
    summary = _SUMMARIES.get(name)
    return summary is None or len(summary.findall(output)) <= 1


def _read_asked(name: str, content: bytes, root: str) -> Report | None:
    if name in (JEST_FILE, VITEST_FILE):
        return read_jest_json(content, root)
    if name == EXUNIT_FILE:
        return read_exunit(content)
    return _read_rspec(content) if name == RSPEC_FILE else read_xml(content)


def _read_rspec(content: bytes) -> Report | None:
    try:
        read = as_dict(json.loads(content[:LARGEST]))
    except (ValueError, RecursionError):
        return None
    return collect(_rspec_examples(read), lists_all=True, numbered=True) if "examples" in read else None


def _rspec_examples(read: dict[str, object]) -> Iterator[tuple[str, TestResult]]:
    for example in as_dicts(read.get("examples")):
        name = f"{as_str(example.get('file_path'))} {as_str(example.get('full_description'))}"
        yield name, _RSPEC_RESULTS.get(as_str(example.get("status")), TestResult.FAILED)
