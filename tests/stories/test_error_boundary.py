"""What a step of the worker raises is logged, counted and put off; the next one is taken up as if nothing had been."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.github import GitHubFailed
from bot.adapters.store import Store, StoreUnusable
from bot.steps.error_boundary import ErrorBoundary, note_own_error

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)


@dataclass
class Seconds:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path}/ledger.db")) as store:
        yield store


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def boundary(store: Store, seconds: Seconds) -> ErrorBoundary:
    return ErrorBoundary(store=store, clock=lambda: NOW, monotonic=seconds)


def raises(error: Exception) -> bool:
    raise error


def test_what_goes_well_is_returned(boundary: ErrorBoundary) -> None:
    assert boundary.attempt("a", lambda: 7) == 7
    assert boundary.next_try() is None


@pytest.mark.parametrize(
    "error", [KeyError("number"), TypeError("x"), AssertionError(), RecursionError(), OSError("x")]
)
def test_a_bug_is_logged_with_its_traceback_and_counted(
    error: Exception, boundary: ErrorBoundary, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        boundary.attempt("octo/clock", lambda: raises(error), put_off=lambda _: None)

    with store.read() as ledger:
        caught = ledger.own_errors.read_caught()
    assert caught is not None
    assert (caught.count, caught.last) == (2, f"{type(error).__name__} at octo/clock")
    assert caught.last_at == NOW
    logged = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(logged) == 2
    assert all(record.exc_info is not None for record in logged)


@pytest.mark.parametrize("error", [GitHubFailed(502, "x"), OSError(errno.ENOSPC, "No space left on device", "x")])
def test_an_outage_and_a_full_disk_are_no_bugs(error: Exception, boundary: ErrorBoundary, store: Store) -> None:
    boundary.attempt("a", lambda: raises(error))
    with store.read() as ledger:
        assert ledger.own_errors.read_caught() is None


def test_a_full_disk_is_no_bug_in_a_thread_either(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Such as that of git's lane, which no boundary surrounds."""
    note_own_error(store, "notify git", OSError(errno.ENOSPC, "No space left on device"), NOW)
    with store.read() as ledger:
        assert ledger.own_errors.read_caught() is None
    assert [(record.levelno, record.exc_info) for record in caplog.records] == [(logging.WARNING, None)]


@pytest.mark.parametrize("error", [StoreUnusable("gone"), KeyboardInterrupt(), SystemExit(1)])
def test_what_makes_all_work_impossible_ends_the_worker(error: BaseException, boundary: ErrorBoundary) -> None:
    def work() -> None:
        raise error

    with pytest.raises(type(error)):
        boundary.attempt("a", work)


def test_what_failed_waits_twice_as_long_each_time_and_holds_up_nothing_else(
    boundary: ErrorBoundary, seconds: Seconds
) -> None:
    waits = []
    for _ in range(12):
        boundary.attempt("a", lambda: raises(GitHubFailed(502, "x")))
        wait = boundary.next_try()
        assert wait is not None
        assert boundary.attempt("a", lambda: 1) is None  # not tried before its time
        assert boundary.attempt("b", lambda: 2) == 2
        waits.append(wait)
        seconds.now += wait

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert boundary.attempt("a", lambda: 3) == 3
    assert boundary.next_try() is None


def test_a_success_makes_the_next_wait_short_again(boundary: ErrorBoundary, seconds: Seconds) -> None:
    for _ in range(5):
        boundary.attempt("a", lambda: raises(GitHubFailed(502, "x")))
        seconds.now += boundary.next_try() or 0
    boundary.attempt("a", lambda: True)
    boundary.attempt("a", lambda: raises(GitHubFailed(502, "x")))
    assert boundary.next_try() == 1


def test_what_never_comes_again_wakes_the_loop_once(boundary: ErrorBoundary, seconds: Seconds) -> None:
    """Another worker did it, or its task is gone: an overdue wait must not make the loop go round without a rest."""
    boundary.attempt("remarks on octo/clock#1", lambda: raises(GitHubFailed(502, "x")))
    seconds.now += 5
    assert boundary.next_try() == -4
    assert boundary.next_try() is None

    boundary.attempt("remarks on octo/clock#1", lambda: raises(GitHubFailed(502, "x")))
    assert boundary.next_try() == 2


def test_github_says_how_long(boundary: ErrorBoundary) -> None:
    boundary.attempt("a", lambda: raises(GitHubFailed(429, "x", retry_after=77)))
    assert boundary.next_try() == 77


def test_what_is_put_off_elsewhere_is_due_then_and_does_not_wait_here(
    boundary: ErrorBoundary, seconds: Seconds
) -> None:
    """A bug comes as what may pass, without a word of what it met: that may be anybody's."""
    put_off: list[GitHubFailed] = []

    def later(error: GitHubFailed) -> float:
        put_off.append(error)
        return 5.0

    boundary.attempt("a", lambda: raises(KeyError("secret")), put_off=later)

    assert [(error.status, error.transient) for error in put_off] == [(None, True)]
    assert "secret" not in str(put_off[0])
    assert boundary.next_try() == 5
    assert boundary.attempt("a", lambda: 1) == 1
    seconds.now += 6
    assert boundary.next_try() is None
