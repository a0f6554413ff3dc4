"""What every test may ask for. A test that needs what only root can install names it: `@pytest.mark.needs("bwrap")`.

Where the tool is missing such a test is skipped, by name; with `--all-tools`, as on the way to main, it fails.
"""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.accepting import find_left_threads
from tests.patience import within

# How long an example takes says more about the machine than about the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-tools", action="store_true", help="fail, instead of skipping, where a needed tool is missing"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """The limit for one test (pytest-timeout), too, is that of an idle machine."""
    if config.option.timeout is None:
        config.option.timeout = within(float(config.getini("timeout")))


NIGHTLY = Path(__file__).parent / "nightly.txt"


def read_nightly() -> list[str]:
    return [line for line in NIGHTLY.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    nightly = set(read_nightly())
    for item in items:
        if nightly & {item.nodeid, item.nodeid.partition("[")[0]}:
            item.add_marker("nightly")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        (tool,) = marker.args
        if shutil.which(tool) is None:
            say = pytest.fail if item.config.getoption("--all-tools") else pytest.skip
            say(f"needs {tool}, which is not on PATH")


def pytest_sessionfinish() -> None:
    if (module := sys.modules.get("tests.postgres_server")) is not None:
        module.stop_shared_server()


@pytest.fixture(autouse=True)
def own_threads_end() -> Iterator[None]:
    """A thread that a test leaves behind answers what a later one asks (`tests/accepting.py`)."""
    before = set(threading.enumerate())
    yield
    for thread in find_left_threads(before):
        thread.join(within(5))
    left = [each.name for each in find_left_threads(before)]
    assert not left, f"the test has left threads behind: {', '.join(left)}"
