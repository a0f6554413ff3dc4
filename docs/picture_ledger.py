"""What the pictures of the dashboard need beside the night that was played: earlier days, and work still to come.

Both are made up, with a fixed seed; what host and folders doctor saw does not belong into a picture.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.adapters.store import Ledger
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Blocker, Lint, Priority, Snapshot, State

CLOCK = "octo/clock"
_DAYS = 29
_COMING = (
    (920, "Name the time zone in the log", ()),
    (921, "Count the seconds without a float", ()),
    (922, "Test the change to summer time", (IssueRef(CLOCK, 921),)),
    (923, "Say in the README how to set the clock", (IssueRef(CLOCK, 922),)),
)
_ASKED = (924, "Support every calendar")
_ENDS = (  # how often, how the attempt ends, and what people then do
    (6, None, State.DONE),
    (1, None, State.CLOSED),
    (1, FailureKind.VERIFICATION_FAILED, None),
    (1, FailureKind.STALLED, None),
)
_HOST = {
    "tools": "cells see /usr, /opt/tools; 0 credential files are hidden",
    "data folder": "/srv/nightshift/data, 44.2 GiB free",
    "GitHub account": "@nightshift-bot at https://api.github.com",
}


def add_work(ledger: Ledger, now: datetime) -> None:
    """Earlier days; then one task that runs, three that wait, and one that a person has to let go on."""
    _add_days(ledger, now)
    for number, title, blockers in _COMING:
        _enqueue(ledger, number, title, now, blockers=tuple(Blocker(issue=each) for each in blockers))
    task_id, _ = _claim(ledger, now)
    ledger.attempts.start(task_id, 1, now - timedelta(minutes=6))
    ledger.attempts.note_progress(task_id, 1, turns=9, note="Bash: python -m unittest -v", usd=0.31)
    _enqueue(ledger, *_ASKED, now, lint=Lint.WAITS)
    _show_another_host(ledger)


def _add_days(ledger: Ledger, now: datetime) -> None:
    chance = random.Random(16)  # noqa: S311 - no secret
    for number, at in enumerate(_list_times(chance, now), 100):
        _, failure, target = chance.choices(_ENDS, [each[0] for each in _ENDS])[0]
        _add_ended(ledger, number, at, failure, target, chance)


def _list_times(chance: random.Random, now: datetime) -> Iterator[datetime]:
    for day in range(_DAYS, 0, -1):
        for _ in range(chance.randint(0, 6)):
            yield now - timedelta(days=day, minutes=chance.randint(0, 200))


def _add_ended(  # noqa: PLR0917 - a row
    ledger: Ledger,
    number: int,
    at: datetime,
    failure: FailureKind | None,
    target: State | None,
    chance: random.Random,
) -> None:
    waited, seconds = timedelta(minutes=chance.randint(1, 90)), chance.uniform(120, 1500)
    task_id = _enqueue(ledger, number, f"Work {number}", at - waited)
    claimed, fence = _claim(ledger, at)
    if claimed != task_id:
        raise SystemExit(f"{CLOCK}#{number} could not be claimed: does something else wait?")
    ledger.attempts.start(task_id, 1, at)
    rests = State.FAILED if failure else State.IN_REVIEW
    ended = Attempt(
        task_id=task_id,
        number=1,
        started_at=at,
        finished_at=at + timedelta(seconds=seconds),
        outcome=rests,
        failure=failure,
        turns=chance.randint(5, 35),
        cost_usd=chance.uniform(0.2, 2.4),
        seconds=seconds,
    )
    ledger.attempts.finish(ended)
    later = at + timedelta(seconds=seconds)
    ledger.tasks.move(task_id, State.RUNNING, rests, now=later, fence=fence, failure=failure, pull_request=500 + number)
    if target is not None:
        ledger.tasks.move(task_id, rests, target, now=later + timedelta(hours=9))


def _enqueue(  # noqa: PLR0917 - a row
    ledger: Ledger,
    number: int,
    title: str,
    now: datetime,
    blockers: tuple[Blocker, ...] = (),
    lint: Lint = Lint.NONE,
) -> int:
    snapshot = Snapshot(title=title, body="", approved_by="ada", approved_at=now)
    issue, normal = IssueRef(CLOCK, number), Priority.NORMAL
    return ledger.tasks.enqueue(
        issue, snapshot=snapshot, blockers=blockers, priority=normal, now=now, lint=lint, why="labelled"
    ).id


def _claim(ledger: Ledger, now: datetime) -> tuple[int, int]:
    claim = ledger.claims.claim(worker="night", now=now, lease=timedelta(minutes=30), per_repository=99)
    if claim is None:
        raise SystemExit("no task could be claimed: has the night paused its queue?")
    return claim.task.id, claim.task.fence


def _show_another_host(ledger: Ledger) -> None:
    last = ledger.doctor_findings.read()
    if last is None:
        raise SystemExit("the night kept nothing of doctor")
    found = [
        {"need": each.need, "verdict": each.verdict, "says": _HOST.get(each.need, each.says), "fix": each.fix}
        for each in last.findings
    ]
    ledger.doctor_findings.keep(found, by="nightshift doctor", now=last.at)
