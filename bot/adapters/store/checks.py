"""What is remembered of a repository's checks: results on a base commit, and which of its tests are flaky."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import BASELINES, FLAKY_TESTS
from bot.adapters.store.values import Baseline
from bot.core.ran import Ran, TestResult
from bot.core.untrusted import as_dict, as_float, as_int, as_list, as_str

_MOST_FLAKY = 1000  # of one repository


class Baselines(Part):
    """How a repository's checks ended on its base commit; `commands`: a digest of the commands and of what they run
    in."""

    def of(self, repository: str, commands: str) -> Baseline | None:
        its = (BASELINES.c.repository == repository) & (BASELINES.c.commands == commands)
        row = self._connection.execute(select(BASELINES).where(its)).one_or_none()
        return None if row is None else Baseline(base=row.base, ran=tuple(map(_ran, as_list(row.ran))))

    def keep(self, repository: str, commands: str, baseline: Baseline, now: datetime) -> None:
        values = {"base": baseline.base, "ran": [_pack(each) for each in baseline.ran], "kept_at": now}
        self._put(BASELINES, {"repository": repository, "commands": commands}, values)

    def learn(self, repository: str, row: Mapping[str, Any], now: datetime) -> None:
        """One that an attempt on another host kept, as it lies there."""
        base, commands = as_str(row.get("base")), as_str(row.get("commands"))
        if base and commands:
            self.keep(repository, commands, Baseline(base=base, ran=tuple(map(_ran, as_list(row.get("ran"))))), now)


class FlakyTests(Part):
    """Tests that failed and then passed on the same commit."""

    def of(self, repository: str) -> frozenset[str]:
        found = select(FLAKY_TESTS.c.test).where(FLAKY_TESTS.c.repository == repository)
        newest_first = found.order_by(FLAKY_TESTS.c.last_at.desc()).limit(_MOST_FLAKY)
        return frozenset(self._connection.scalars(newest_first))

    def keep(self, repository: str, tests: Iterable[str], now: datetime) -> None:
        for test in tests:
            key = {"repository": repository, "test": test}
            row = self._insert(FLAKY_TESTS).values(key | {"times": 1, "last_at": now})
            again = {"times": FLAKY_TESTS.c.times + 1, "last_at": now}
            self._connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=again))


def _pack(ran: Ran) -> dict[str, object]:
    """Names by their result: a name is longer than a result."""
    by_result = {
        result.value: [name for name, was in (ran.tests or {}).items() if was is result] for result in TestResult
    }
    tests = None if ran.tests is None else by_result
    return {
        "code": ran.code,
        "seconds": ran.seconds,
        "obstacle": ran.obstacle,
        "tests": tests,
        "lists_all": ran.lists_all,
    }


def _ran(kept: Any) -> Ran:
    if isinstance(kept, list):  # of a version that kept the exit code and the seconds alone
        return Ran(code=as_int(kept[0]), seconds=as_float(kept[1]))
    row = as_dict(kept)
    tests = row.get("tests")
    named = {as_str(name): result for result in TestResult for name in as_list(as_dict(tests).get(result.value))}
    return Ran(
        code=as_int(row.get("code")),
        seconds=as_float(row.get("seconds")),
        obstacle=as_str(row.get("obstacle")),
        tests=None if tests is None else named,
        lists_all=row.get("lists_all") is True,
    )
