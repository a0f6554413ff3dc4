"""What test runners print of single tests: one table of runners, each with the line that shows that it ran.

Most name only what failed, unless they were asked (`bot/core/reports/asking.py`). A reader says itself whether it saw
every test.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bot.core.reports import javascript, more_runners, python_go_rust
from bot.core.reports.report import Report, collect
from bot.core.reports.runner import ReportRunner
from bot.core.reports.tap import TAP_SPEC, is_tap, read_tap, read_tap_spec

_LONGEST_LINE = 600  # of what is matched: names are shorter
_MOST_LINES = 200_000


RUNNERS = (
    ReportRunner(name="pytest", sign=re.compile(python_go_rust.PYTEST), read=python_go_rust.read_pytest),
    ReportRunner(
        name="unittest",
        sign=re.compile(r"^Ran \d+ tests? in "),
        read=python_go_rust.read_unittest,
        count=python_go_rust.count_unittest,
    ),
    ReportRunner(
        name="go", sign=re.compile(python_go_rust.GO), read=python_go_rust.read_go, count=python_go_rust.count_go
    ),
    ReportRunner(
        name="cargo",
        sign=re.compile(r"^running \d+ tests?$"),
        read=python_go_rust.read_cargo,
        count=python_go_rust.count_cargo,
        numbered=True,
    ),
    ReportRunner(
        name="nextest",
        sign=re.compile(r"^\s*Starting \d+ tests? across "),
        read=python_go_rust.read_nextest,
        count=python_go_rust.count_nextest,
    ),
    ReportRunner(
        name="jest", sign=re.compile(r"^Test Suites: .*total"), read=javascript.read_jest, count=javascript.count_jest
    ),
    ReportRunner(
        name="vitest", sign=re.compile(r"^\s*Test Files  "), read=javascript.read_vitest, count=javascript.count_vitest
    ),
    ReportRunner(
        name="mocha",
        sign=re.compile(r"^\s+\d+ (?:passing|failing)\b"),
        read=javascript.read_mocha,
        count=javascript.count_mocha,
        numbered=True,
    ),
    ReportRunner(
        name="node",
        sign=re.compile(r"^ℹ tests \d+$"),
        read=javascript.read_node,
        count=javascript.count_node,
        numbered=True,
    ),
    ReportRunner(
        name="ava",
        sign=re.compile(
            r"^\s+\d+ (?:tests? (?:passed|failed|skipped|todo)|known failures?"
            r"|uncaught exceptions?|unhandled rejections?)$"
        ),
        read=javascript.read_ava,
        count=javascript.count_ava,
    ),
    ReportRunner(
        name="deno",
        sign=re.compile(r"^(?:ok|FAILED) \| \d+ passed"),
        read=javascript.read_deno,
        count=javascript.count_deno,
    ),
    ReportRunner(
        name="bun",
        sign=re.compile(r"^Ran \d+ tests? across \d+ files?"),
        read=javascript.read_bun,
        count=javascript.count_bun,
    ),
    ReportRunner(name="tap-spec", sign=re.compile(TAP_SPEC), read=read_tap_spec),
    *more_runners.RUNNERS,
)


def read_printed(output: str, *, without: Collection[str] = (), whole: bool = True) -> list[Report]:
    """One report for each runner that shows. `without`: names of runners whose report files were read. `whole`: nothing
    of the output is missing."""
    lines = [line[:_LONGEST_LINE].rstrip() for line in output.splitlines()]
    whole = whole and len(lines) <= _MOST_LINES
    lines = lines[-_MOST_LINES:]
    found = [
        _report(runner, lines, whole) for runner in RUNNERS if runner.name not in without and _shows(runner, lines)
    ]
    if is_tap(lines) and "tap" not in without:
        found.append(collect(read_tap(lines), lists_all=whole, numbered=True))
    return found


def _shows(runner: ReportRunner, lines: Sequence[str]) -> bool:
    return any(runner.sign.search(line) for line in lines)


def _report(runner: ReportRunner, lines: Sequence[str], whole: bool) -> Report:
    report = collect(runner.read(lines), lists_all=False, numbered=runner.numbered)
    said = runner.count(lines)
    return Report(tests=report.tests, lists_all=whole and said is not None and 0 < said <= len(report.tests))
