"""Which checks of a pull request's head fail and not on its base, and the part of a log that says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.ci_results import CiResult, CiState, find_failing, log_tail, state_of

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
FAILED, PENDING, PASSED, NEITHER = CiState.FAILED, CiState.PENDING, CiState.PASSED, CiState.NEITHER


def result(name: str, state: CiState = FAILED, *, by: str = "github-actions", minutes: int = 1) -> CiResult:
    ended = None if state is PENDING else NOW - timedelta(minutes=minutes)
    return CiResult(name=name, reporter=by, state=state, ended_at=ended)


def failing(head: list[CiResult], base: list[CiResult] | None = None, own: str = "") -> list[str] | None:
    found = find_failing(head, base or [], own=own, now=NOW)
    return None if found is None else [each.name for each in found]


def test_what_fails_on_the_head_alone_is_found() -> None:
    head = [result("test"), result("lint", PASSED), result("docs", NEITHER)]
    assert failing(head) == ["test"]
    assert failing(head, [result("test", PASSED)]) == ["test"]


def test_a_failure_of_the_base_is_none_of_the_change() -> None:
    assert failing([result("test"), result("lint")], [result("test")]) == ["lint"]
    assert failing([result("test")], [result("test", PASSED), result("test")]) == []


def test_names_are_distinguished_by_their_reporter() -> None:
    """A status and a check run of one name are two things."""
    assert failing([result("test")], [result("test", by="")]) == ["test"]


def test_what_is_at_work_is_waited_for_and_not_for_ever() -> None:
    assert failing([result("test"), result("lint", PENDING)]) is None
    assert failing([result("test", minutes=61), result("lint", PENDING)]) == ["test"]
    assert failing([result("lint", PENDING)]) == []


def test_the_base_is_waited_for_where_it_may_fail_too() -> None:
    assert failing([result("test")], [result("test", PENDING)]) is None
    assert failing([result("test")], [result("other", PENDING)]) == ["test"]
    assert failing([result("test", minutes=90)], [result("test", PENDING)]) == ["test"]


def test_without_a_clock_nothing_is_waited_for() -> None:
    head = [result("test"), result("lint", PENDING)]
    assert find_failing(head, [], own="", now=None) == (head[0],)


def test_the_bots_own_check_runs_say_nothing() -> None:
    """Neither that they fail, nor that they are at work."""
    own = [result("Nightshift", by="nightshift"), result("attempt", PENDING, by="nightshift")]
    assert failing(own, own="nightshift") == []
    assert failing([*own, result("test")], own="nightshift") == ["test"]


@pytest.mark.parametrize(
    ("conclusion", "state"),
    [
        *((word, FAILED) for word in ("failure", "timed_out", "error")),
        *((word, PASSED) for word in ("success", "neutral", "skipped")),
        *((word, NEITHER) for word in ("cancelled", "action_required", "stale", "startup_failure", "", "new")),
        ("pending", PENDING),
    ],
)
def test_each_conclusion_of_github_has_its_meaning(conclusion: str, state: CiState) -> None:
    assert state_of(conclusion) is state


def logged(*lines: str) -> str:
    return "\ufeff" + "".join(f"2026-03-01T22:30:00.1234567Z {line}\n" for line in lines)


def test_the_tail_ends_at_the_last_error_and_has_no_times() -> None:
    log = logged("run pytest", "\x1b[31mFAILED\x1b[0m test_price", "##[error]Process completed.", "Post job cleanup.")
    assert log_tail(log, 1000) == "run pytest\nFAILED test_price\n##[error]Process completed."


def test_a_log_without_an_error_is_read_to_its_end() -> None:
    assert log_tail("one\r\ntwo\r\n\n", 1000) == "one\ntwo"
    assert log_tail("", 1000) == ""


def test_of_a_long_log_whole_lines_of_the_end_are_kept() -> None:
    lines = [f"line {number}" for number in range(1000)]
    tail = log_tail(logged(*lines), 100)
    assert len(tail) <= 101
    assert tail.startswith("…line ")
    assert tail.endswith("line 999")
    assert log_tail("x" * 500, 100) == "…" + "x" * 100


def test_a_time_within_a_line_stays() -> None:
    assert log_tail(logged("at 2026-03-01T22:30:00Z it broke"), 1000) == "at 2026-03-01T22:30:00Z it broke"
