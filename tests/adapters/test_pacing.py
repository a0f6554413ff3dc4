"""GitHub's limits are kept in advance: however fast is asked, no minute and no hour lets too much through."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path

import pytest

from bot.adapters.github import A_MINUTE, AN_HOUR, GitHubFailed, Pacer
from bot.adapters.store import Store

# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
CONTENT_A_MINUTE, CONTENT_AN_HOUR, POINTS_A_MINUTE = 80, 500, 900
MINUTE, HOUR = 60.0, 3600.0
READ, WRITE, PAGES = 1, 5, 10
START = datetime(2026, 3, 1, 22, tzinfo=UTC)


class Traffic:
    """Requests as fast as they are let through: time passes only for who waits, as long as GitHub asks."""

    def __init__(self, store: Store) -> None:
        self.seconds = 0.0
        self.sent: list[tuple[float, int]] = []  # when, and for how many points
        self._store = store

    def pacer(self) -> Pacer:
        return Pacer(self._reserve, sleep=self.wait, monotonic=lambda: self.seconds)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def send(self, pacer: Pacer, points: int) -> None:
        """A read, a write, or a listing of so many pages, each a read."""
        if points == PAGES:
            for _ in range(PAGES):
                self.send(pacer, READ)
            return
        before = len(self.sent)
        while len(self.sent) == before:
            try:
                with pacer.write() if points == WRITE else pacer.read():
                    self.sent.append((self.seconds, points))
            except GitHubFailed as held:
                self.wait(held.retry_after or 0)

    def most(self, span: float, worth: Callable[[int], int]) -> int:
        """What was sent within any such span, at the most."""
        within, now, most = deque[tuple[float, int]](), 0, 0
        for at, points in self.sent:
            within.append((at, worth(points)))
            now += worth(points)
            while within[0][0] <= at - span:
                now -= within.popleft()[1]
            most = max(most, now)
        return most

    def _reserve(self, reads: int) -> float:
        now = START + timedelta(seconds=self.seconds)
        with self._store.transaction() as ledger:
            return ledger.writes.reserve(now, reads=reads, a_minute=A_MINUTE, an_hour=AN_HOUR)


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Traffic]:
    with closing(Store.open(f"sqlite:///{tmp_path}/ledger.db")) as store:
        yield Traffic(store)


def points(each: int) -> int:
    return each


def content(each: int) -> int:
    """Every write counts as content."""
    return int(each == WRITE)


def test_nightshifts_own_limits_are_below_githubs() -> None:
    assert A_MINUTE < CONTENT_A_MINUTE
    assert AN_HOUR < CONTENT_AN_HOUR


@pytest.mark.parametrize(
    "kinds",
    [
        [READ],
        [READ, READ, READ, WRITE],
        [*[READ] * 7, *[WRITE] * 5],
        [*[READ] * 900, *[WRITE] * 90],
        [*[WRITE] * 90, *[READ] * 900],
        [PAGES, WRITE, READ],
    ],
    ids=["reads", "mixed", "as a task does", "reads, then writes", "writes, then reads", "listings"],
)
def test_no_minute_lets_more_through_than_github_takes(kinds: Sequence[int], traffic: Traffic) -> None:
    """Of points, and of writes among them; and nearly as much as that, where there is so much to ask."""
    pacer = traffic.pacer()
    for kind in islice(cycle(kinds), 1200):
        traffic.send(pacer, kind)

    assert traffic.most(MINUTE, points) < POINTS_A_MINUTE
    assert traffic.most(MINUTE, content) < CONTENT_A_MINUTE
    assert traffic.most(MINUTE, points) > 0.9 * POINTS_A_MINUTE or traffic.most(MINUTE, content) == A_MINUTE


def test_no_hour_lets_more_writes_through_than_github_takes(traffic: Traffic) -> None:
    """By two processes together that share a ledger, one of which starts again now and then."""
    pacers = [traffic.pacer(), traffic.pacer()]
    for _ in range(350):
        for _ in range(7):
            traffic.send(pacers[0], READ)
        for pacer in pacers:
            traffic.send(pacer, WRITE)
        pacers[0] = traffic.pacer()

    assert traffic.most(HOUR, content) == AN_HOUR
    assert traffic.most(MINUTE, content) == A_MINUTE


@pytest.mark.parametrize("asked", [[90.0, 10.0], [10.0, 90.0]])
def test_a_short_wait_never_shortens_a_long_one(asked: Sequence[float], traffic: Traffic) -> None:
    """GitHub asks two running requests to wait: all wait as long as the longer wait says."""
    pacer = traffic.pacer()
    with ExitStack() as both:
        for seconds in asked:
            both.enter_context(refused(pacer, seconds))

    with pytest.raises(GitHubFailed) as held, pacer.read():
        pass
    assert held.value.retry_after == 90


@contextmanager
def refused(pacer: Pacer, seconds: float) -> Iterator[None]:
    """A request that was sent, and that GitHub asks to wait when the block ends."""
    with pytest.raises(GitHubFailed), pacer.read():
        yield
        raise GitHubFailed(429, "slow down", retry_after=seconds)


def test_what_is_left_of_the_hour_is_that_of_the_installation_with_least() -> None:
    """An answer without numbers, or with wild ones, says nothing. A new hour begins anew."""
    pacer, reset = Pacer(), int(START.timestamp())
    said = []
    for remaining, most, resets_at in (
        (-1, -1, 0),
        (4990, 5000, reset),
        (12, 5000, reset),
        (4000, 5000, reset),
        (10**12, 10**12, reset),
        (9, 5000, 10**15),
        (4999, 5000, reset + 3600),
    ):
        pacer.note_budget(remaining, most, resets_at)
        said.append(pacer.budget.remaining if pacer.budget is not None else None)

    assert said == [None, 4990, 12, 12, 12, 12, 4999]
