"""A night is reported in progress lines, in a table, and as one JSON object."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

from rich.console import Console

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Blocker, Guards, Snapshot, State, Task
from bot.rehearsal.github.records import Mail
from bot.rehearsal.report import print_json, print_report
from bot.rehearsal.result import Address, NightResult, sum_up
from bot.rehearsal.watch import NightProgress, View, find_moving

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=2)


def task(
    number: int,
    state: State = State.IN_REVIEW,
    *,
    title: str = "Fix it",
    failure: FailureKind | None = None,
    pull_request: int | None = None,
    after: tuple[int, ...] = (),
    not_before: datetime | None = None,
) -> Task:
    return Task(
        id=number,
        issue=IssueRef("octo/clock", number),
        state=state,
        snapshot=Snapshot(title=title, body=""),
        failure=failure,
        pull_request=pull_request,
        blockers=tuple(Blocker(issue=IssueRef("octo/clock", each)) for each in after),
        not_before=not_before,
        created_at=NOON,
        updated_at=NOON,
    )


def attempt(number: int, *, seconds: float, claude: float, refused: int = 0) -> Attempt:
    return Attempt(
        task_id=1,
        number=number,
        started_at=NOON,
        turns=3,
        cost_usd=0.25,
        seconds=seconds,
        claude_seconds=claude,
        guards=Guards(asked=4, granted=4 - refused, refused=refused),
    )


def night(*unexpected: str) -> NightResult:
    fixed = sum_up(
        task(1, pull_request=8, title="Say [bold]when[/bold]"),
        [attempt(1, seconds=5.0, claude=4.0), attempt(2, seconds=3.5, claude=3.0, refused=2)],
    )
    failed = sum_up(task(2, State.FAILED, failure=FailureKind.TASK_BLOCKED), [attempt(1, seconds=2, claude=2.5)])
    return NightResult(
        seconds=12.3456,
        tasks=(fixed, failed),
        requests=40,
        comments=2,
        pull_requests=1,
        mails=tuple(
            Mail(repository="octo/clock", number=1, login="ada", reason=reason, event="commented", actor="the-bot")
            for reason in ("author", "mention")
        ),
        digest=("**One to review.**",),
        unexpected=unexpected,
        addresses=(Address(what="issue octo/clock#1", url="http://127.0.0.1:1/octo/clock/issues/1"),),
    )


def printed(night: NightResult, width: int = 120) -> str:
    out = io.StringIO()
    print_report(night, Console(file=out, width=width))
    return out.getvalue()


def test_the_mails_of_a_night_are_shown() -> None:
    """A line for each person and issue."""
    out = io.StringIO()
    print_report(night(), Console(file=out, width=100))

    assert "mails to ada          octo/clock#1       author, mention\n" in out.getvalue()


def test_the_json_object_is_whole() -> None:
    """A program gets every figure, all attempts of a task together, and nothing besides the object."""
    out = io.StringIO()
    print_json(night(), Console(file=out))

    assert json.loads(out.getvalue()) == {
        "ok": True,
        "seconds": 12.346,
        "tasks": [
            {
                "repository": "octo/clock",
                "issue": 1,
                "state": "in_review",
                "failure": None,
                "branch": "auto/1",
                "pull_request": 8,
                "verdict": None,
                "newly_failing": None,
                "attempts": 2,
                "turns": 6,
                "cost_usd": 0.5,
                "seconds": 8.5,
                "overhead_seconds": 1.5,
                "guards": {"asked": 8, "granted": 6, "refused": 2},
            },
            {
                "repository": "octo/clock",
                "issue": 2,
                "state": "failed",
                "failure": "task_blocked",
                "branch": "auto/2",
                "pull_request": None,
                "verdict": None,
                "newly_failing": None,
                "attempts": 1,
                "turns": 3,
                "cost_usd": 0.25,
                "seconds": 2.0,
                "overhead_seconds": 0.0,
                "guards": {"asked": 4, "granted": 4, "refused": 0},
            },
        ],
        "github": {"requests": 40, "comments": 2, "pull_requests": 1},
        "notified": [
            {"person": "ada", "where": "octo/clock#1", "reason": reason, "event": "commented"}
            for reason in ("author", "mention")
        ],
        "digest": ["**One to review.**"],
        "unexpected": [],
    }


def test_the_table_shows_a_person_the_same() -> None:
    """Issue, outcome, pull request or failure, attempts, turns, cost, seconds, guards; then where to look."""
    text = printed(night())

    for part in (
        "octo/clock#1",
        "in review",
        "PR #8",
        "$0.50",
        "8.5",
        "8/2",
        "failed",
        "task_blocked",
        "4/0",
    ):
        assert part in text
    assert "http://127.0.0.1:1/octo/clock/issues/1" in text
    assert "Every outcome is the expected one." in text


def test_a_narrow_terminal_gets_every_figure_on_one_line() -> None:
    """At 80 columns the titles are shortened so that the rest fits."""
    lines = printed(night(), width=80).splitlines()

    (row,) = [line for line in lines if "$0.50" in line]
    assert row.split() == ["octo/clock#1", "in", "review", "PR", "#8", "2", "6", "$0.50", "8.5", "8/2"]


def test_a_title_is_shown_as_it_is() -> None:
    """What people write into a title is no markup for the table."""
    assert "[bold]when[/bold]" in printed(night())


def test_what_was_unexpected_is_said_and_makes_the_night_fail() -> None:
    """Each unexpected thing has its line, unbroken however narrow the terminal is."""
    gone = night("octo/clock#1: expected in_review, found failed because of a very long chain of unlucky events")

    assert not gone.ok
    assert f"unexpected: {gone.unexpected[0]}" in printed(gone, width=60)
    assert "1 thing was unexpected." in printed(gone)
    assert "2 things were unexpected." in printed(night("a", "b"))


def test_a_progress_line_comes_with_each_step_and_only_then() -> None:
    """A task gets a line when its state, its turn or its doing changes."""
    progress = NightProgress()
    running = View(tasks=(task(1, State.RUNNING),), progress=((3, "Bash: python3 -m unittest"),))
    waiting = View(tasks=(task(2, State.QUEUED, after=(1,)),), progress=((0, ""),))
    failed = View(tasks=(task(1, State.FAILED, failure=FailureKind.SESSION_TIMEOUT),), progress=((6, ""),))

    assert progress.lines(12.34, running) == ["  12.3 s  octo/clock#1    running    turn 3  Bash: python3 -m unittest"]
    assert progress.lines(12.9, running) == []
    assert progress.lines(13.0, waiting) == ["  13.0 s  octo/clock#2    blocked    by octo/clock#1"]
    assert progress.lines(14.0, failed) == ["  14.0 s  octo/clock#1    failed     session_timeout"]


def test_a_progress_line_stays_one_line() -> None:
    """A command over several lines, or one that draws on the terminal, is shortened to what a line can show."""
    note = "Bash: cat <<'END'\nhello\x1b[2J" + "x" * 200
    (line,) = NightProgress().lines(1.0, View(tasks=(task(1, State.RUNNING),), progress=((1, note),)))

    assert "\n" not in line
    assert "\x1b" not in line
    assert line.endswith("…")
    assert len(line) < 140


def test_a_task_moves_while_it_runs_or_can_be_claimed_in_time() -> None:
    """What is put off beyond the night's end does not move, and neither does what has ended."""
    tasks = (
        task(1, State.RUNNING),
        task(2, State.QUEUED),
        task(3, State.QUEUED, not_before=LATER + timedelta(hours=1)),
        task(4, State.QUEUED, not_before=LATER - timedelta(seconds=1)),
        task(5, State.FAILED),
    )

    assert {issue.number for issue in find_moving(tasks, LATER)} == {1, 2, 4}


def test_a_blocked_task_moves_only_if_its_blockers_do() -> None:
    """A chain moves from its end; behind a failed task, an unknown issue or a cycle nothing moves."""
    tasks = (
        task(1, State.RUNNING),
        task(2, State.QUEUED, after=(1,)),
        task(3, State.QUEUED, after=(2,)),
        task(4, State.FAILED),
        task(5, State.QUEUED, after=(4,)),
        task(6, State.QUEUED, after=(1, 5)),
        task(7, State.QUEUED, after=(99,)),
        task(8, State.QUEUED, after=(9,)),
        task(9, State.QUEUED, after=(8,)),
    )

    assert {issue.number for issue in find_moving(tasks, LATER)} == {1, 2, 3}
