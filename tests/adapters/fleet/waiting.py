"""Wait for what an executor says and for what a host does."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.core.execution import Beat, Ended
from bot.steps.executor import Executor
from tests.adapters.fleet.servers import Hosts
from tests.patience import eventually, within


def wait_for_end(executor: Executor, name: str, seconds: float = 60) -> Ended:
    until = time.monotonic() + within(seconds)
    while time.monotonic() < until:
        for each in executor.watch():
            if isinstance(each, Ended) and each.name == name:
                return each
        time.sleep(0.05)
    raise AssertionError(f"{name} did not end in time")


def wait_for_beat(executor: Executor, name: str, is_wanted: Callable[[Beat], bool]) -> Beat:
    until = time.monotonic() + within(60)
    while time.monotonic() < until:
        for each in executor.watch():
            if isinstance(each, Beat) and each.name == name and is_wanted(each):
                return each
        time.sleep(0.05)
    raise AssertionError(f"{name} was not heard of in time")


def wait_for_run(hosts: Hosts, name: str, runs: int = 1) -> list[int]:
    eventually(lambda: len(hosts.runs_of(name)) >= runs, 60)
    return hosts.runs_of(name)
