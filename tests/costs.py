"""What the tests cost a processor: `pytest -p tests.costs`, with or without `-n`, prints a table at the end.

Seconds of the tests' process and of all that it started and waited for, by folder and for the most expensive files.
What the fixture of a module costs counts for the test that asked first, and the collection for none. A machine that is
busy makes each second of work more expensive, but what others do on it does not count.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import PurePosixPath

import pytest

_PROPERTY = "processor_seconds"
_MOST_FILES = 20

Spent = tuple[float, float]  # by the process itself, and by what it started

_since: Spent = (0.0, 0.0)  # the last reading in this process
_by_file: dict[str, list[Spent]] = {}


def read_used() -> Spent:
    now = os.times()
    return now.user + now.system, now.children_user + now.children_system


def pytest_runtest_logstart() -> None:
    global _since  # noqa: PLW0603 - pytest knows the hooks of a module, and no object of it
    _since = read_used()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """After each of a test's three phases. The report travels from the process that ran the test."""
    global _since  # noqa: PLW0603
    report = yield
    now = read_used()
    report.user_properties.append((_PROPERTY, [now[0] - _since[0], now[1] - _since[1]]))
    _since = now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    for name, value in report.user_properties:
        if name == _PROPERTY and isinstance(value, list | tuple):
            _by_file.setdefault(report.nodeid.partition("::")[0], []).append((value[0], value[1]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    files = {file: add_up(spent) for file, spent in _by_file.items()}
    folders: dict[str, list[Spent]] = {}
    for file, spent in files.items():
        folders.setdefault(str(PurePosixPath(file).parent), []).append(spent)
    terminalreporter.section("seconds of a processor")
    for line in render({folder: add_up(spent) for folder, spent in folders.items()}, len(folders)):
        terminalreporter.write_line(line)
    for line in render(files, _MOST_FILES):
        terminalreporter.write_line(line)


def add_up(spent: list[Spent]) -> Spent:
    return sum(own for own, _ in spent), sum(started for _, started in spent)


def render(costs: dict[str, Spent], most: int) -> list[str]:
    """The most expensive first: the sum, what the process itself took, what it started, and the name."""
    ranked = sorted(costs.items(), key=lambda cost: -sum(cost[1]))[:most]
    return [f"{own + started:8.1f} {own:8.1f} {started:8.1f}  {name}" for name, (own, started) in ranked]
