"""The pages of the dashboard over a ledger with many tasks in every state, beside an empty page of Flask."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask

from bot.adapters.store import Store, url_of
from bot.bench.bare import create_app as create_bare_app
from bot.bench.full_ledger import fill, repository
from bot.core.tasks import Attempt
from bot.dashboard.sources import Sources
from bot.dashboard.viewer import Viewer
from bot.steps.queue import Queue
from bot.webhooks import create_app
from bot.wiring import utc_now

AIM_MS = 100
EMPTY = "an empty page of Flask"
_OPERATOR = Viewer(name="the operator", reads=None, writes=None, form_token="")
_READER = Viewer(name="ada", reads=frozenset(map(repository, range(20))), writes=frozenset(), form_token="")
_ENDED = {"done": 12, "in_review": 13, "failed": 14, "closed": 15, "no_change": 16, "cancelled": 17}
"""Of each twenty tasks those with these numbers; the others wait."""
_PAGES = (
    *("/", "/queue", "/queue?page=60", "/tasks?state=done", "/tasks?state=failed&page=5", "/graph", "/figures"),
    *("/outbox", "/outbox?show=failed", "/deliveries", "/doctor", "/live"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageTiming:
    """Milliseconds. `who`: reads everything, or twenty of fifty repositories."""

    page: str
    who: str
    median_ms: float
    p90_ms: float
    kilobytes: float

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}

    def line(self) -> str:
        aim = "met" if self.median_ms < AIM_MS else "missed"
        return (
            f"{self.median_ms:7.1f} ms  p90 {self.p90_ms:7.1f}  {self.kilobytes:7.1f} kB  {self.page} ({self.who})"
            f"  (aim: {AIM_MS} ms, {aim})"
        )


def page_figures(size: int, rounds: int) -> list[PageTiming]:
    """So many tasks in fifty repositories; the empty page is asked in turn with the others."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
        path, now = Path(name) / "pages.sqlite", utc_now()
        with closing(Store.open(url_of(path))) as store:
            fill(store, url_of(path), size)
            _add_history(store, path, size, now)
            task = f"/tasks/{repository(12)}/12"
            served = {viewer: _serve(store, Path(name), viewer, now) for viewer in (_OPERATOR, _READER)}
            bare = create_bare_app()
            asked: dict[tuple[str, str], Callable[[], int]] = {(EMPTY, ""): lambda: _ask(bare, "/readyz")}
            for viewer, app in served.items():
                for page in (*_PAGES, task, f"{task}/attempts/1"):
                    asked[page, viewer.name] = lambda app=app, page=page: _ask(app, page)  # type: ignore[misc]
            return _measure(asked, rounds)


def _serve(store: Store, data: Path, viewer: Viewer, now: datetime) -> Flask:
    sources = Sources(
        store=store,
        queue=Queue(),
        clock=lambda: now,
        data=data,
        web_url="https://github.com",
        find_viewer=lambda: viewer,
    )
    return create_app(store, None, clock=lambda: now, sources=sources)


def _ask(app: Flask, page: str) -> int:
    answer = app.test_client().get(page)
    if answer.status_code != 200:  # noqa: PLR2004
        raise RuntimeError(f"{page} is answered with {answer.status_code}")
    return len(answer.data)


def _measure(asked: Mapping[tuple[str, str], Callable[[], int]], rounds: int) -> list[PageTiming]:
    """All in turn, so that what the machine does besides is in each. The first round loads modules and templates."""
    sizes = {which: ask() for which, ask in asked.items()}
    taken: dict[tuple[str, str], list[float]] = {which: [] for which in asked}
    for _ in range(rounds):
        for which, ask in asked.items():
            begun = time.perf_counter()
            ask()
            taken[which].append((time.perf_counter() - begun) * 1000)
    return [
        PageTiming(
            page=page,
            who=who,
            median_ms=statistics.median(times),
            p90_ms=sorted(times)[int(len(times) * 0.9)],
            kilobytes=sizes[page, who] / 1000,
        )
        for (page, who), times in taken.items()
    ]


def _add_history(store: Store, path: Path, size: int, now: datetime) -> None:
    """Ends of tasks in the last thirty days, each with an attempt; as many deliveries and messages as tasks."""
    with store.transaction() as ledger:
        ended = now - timedelta(minutes=5)
        ledger.attempts.finish(
            Attempt(task_id=12, number=1, started_at=ended, finished_at=ended, turns=9, cost_usd=0.5, seconds=300)
        )
        ledger.outbox.post("status:0", kind="status", payload={"issue": f"{repository(1)}#1"}, now=ended)
        ledger.outbox.give_up("status:0", 1, note="403: GitHub refused it")
        ledger.deliveries.record(guid="g-0", event="issues", payload=b"{}", now=ended)
        ledger.deliveries.finish("g-0", now=ended)
    with closing(sqlite3.connect(path)) as file, file:
        for state, number in _ENDED.items():
            _end(file, state, number, now)
        _copy(file, "attempts", {"task_id": "n", "finished_at": _some_time("n", now)}, size, of_ended=True)
        _copy(file, "outbox", {"id": "n + 1", "key": "'status:' || n"}, size)
        _copy(file, "deliveries", {"id": "n + 1", "guid": "'g-' || n"}, size)
        file.execute("ANALYZE")


def _end(file: sqlite3.Connection, state: str, number: int, now: datetime) -> None:
    which = f"number % 20 = {number}"
    failure = ", failure = 'stalled'" if state == "failed" else ""
    file.execute(f"DELETE FROM blockers WHERE task_id IN (SELECT id FROM tasks WHERE {which})")  # noqa: S608 - our words
    changed = f"state = '{state}', blocked_by = 0, updated_at = {_some_time('number', now)}, pull_request = number"
    file.execute(f"UPDATE tasks SET {changed}{failure} WHERE {which}")  # noqa: S608
    names = [name for _, name, *_ in file.execute("PRAGMA table_info(task_events)") if name != "id"]
    other = {"task_id": "tasks.id", "kind": "'moved'", "target": f"'{state}'", "at": "tasks.updated_at"}
    values = ", ".join(other.get(name, f"task_events.{name}") for name in names)
    moved = f"SELECT {values} FROM tasks, task_events WHERE {which} AND task_events.id = 1"  # noqa: S608
    file.execute(f"INSERT INTO task_events ({', '.join(names)}) {moved}")


def _some_time(number: str, now: datetime) -> str:
    """Within the last thirty days, in the form of the ledger: microseconds since 1970."""
    return f"{int(now.timestamp() * 1_000_000)} - {number} * 997 % (30 * 86400) * 1000000"


def _copy(file: sqlite3.Connection, table: str, other: Mapping[str, str], size: int, *, of_ended: bool = False) -> None:
    """The only row of the table again, for each number up to `size`."""
    names = [name for _, name, *_ in file.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(other.get(name, f"{table}.{name}") for name in names)
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
    which = f" WHERE n % 20 IN ({', '.join(map(str, _ENDED.values()))}) AND n <> 12" if of_ended else ""
    chosen = f"SELECT {values} FROM numbers, (SELECT * FROM {table} LIMIT 1) AS {table}{which}"  # noqa: S608 - our words
    file.execute(f"INSERT INTO {table} ({', '.join(names)}) {numbers} {chosen}", (size,))
