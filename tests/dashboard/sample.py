"""A ledger in which a task is in each state. What other people wrote is hostile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.results_by_test import CheckResults, TestGroup
from bot.core.tasks import Attempt, Blocker, Guards, Lint, Priority, Snapshot, State
from tests.dashboard.served import NOW

HOSTILE = "<script>document.title='pwned'</script><img src=x onerror=\"alert(1)\">'\"><b>"
CLOCK, PRIVATE = "octo/clock", "octo/private"
LEASE = timedelta(hours=8)


@contextmanager
def sample(folder: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{folder / 'ledger.db'}")) as store:
        with store.transaction() as ledger:
            _fill(ledger)
        yield store


def _fill(ledger: Ledger) -> None:
    """Issue 1 is in review, 2 failed with questions, 3 failed, 4 is done, 5 runs, 6 waits for 1, 7 is ready, 8 waits
    for `/go`, 9 waits for an issue of the private repository, whose 1 is ready and whose 2 is in review."""
    for number, state in ((1, State.IN_REVIEW), (2, State.FAILED), (3, State.FAILED), (4, State.DONE)):
        _work(ledger, IssueRef(CLOCK, number), state)
    _work(ledger, IssueRef(PRIVATE, 2), State.IN_REVIEW)
    _claim(ledger, IssueRef(CLOCK, 5))
    ledger.attempts.note_progress(_id(ledger, 5), 1, turns=3, note=f"Bash: {HOSTILE}", usd=0.25)
    enqueue(ledger, IssueRef(CLOCK, 6), blockers=(Blocker(issue=IssueRef(CLOCK, 1)),))
    enqueue(ledger, IssueRef(CLOCK, 7), title=HOSTILE, author=HOSTILE)
    enqueue(ledger, IssueRef(CLOCK, 8), lint=Lint.WAITS)
    enqueue(ledger, IssueRef(CLOCK, 9), blockers=(Blocker(issue=IssueRef(PRIVATE, 1)),))
    enqueue(ledger, IssueRef(PRIVATE, 1), title="A secret plan")
    for issue in (IssueRef(CLOCK, 7), IssueRef(PRIVATE, 1)):
        ledger.outbox.post_status(issue, NOW)
        ledger.outbox.post_notice(issue, NOW)
        ledger.outbox.give_up(f"notice:{issue}", 1, note=f"{HOSTILE} {issue}")
    findings = (
        {"need": "git", "verdict": "ok", "says": "git version 2.47", "fix": "", "stops": False},
        {"need": "webhook", "verdict": "wrong", "says": f"{HOSTILE} octo/private/hooks is not there", "fix": HOSTILE},
    )
    ledger.doctor_findings.keep(findings, by="nightshift doctor", now=NOW)
    for guid in ("g-1", "g-2"):
        ledger.deliveries.record(guid=guid, event=f"issues{HOSTILE}", payload=b"{}", now=NOW)
    ledger.deliveries.postpone("g-2", until=NOW, note=f"{HOSTILE} octo/private#1")


def enqueue(
    ledger: Ledger,
    issue: IssueRef,
    *,
    title: str = "",
    author: str = "ada",
    blockers: tuple[Blocker, ...] = (),
    lint: Lint = Lint.NONE,
) -> int:
    snapshot = Snapshot(title=title or f"Work {issue.number}", body=HOSTILE, approved_by=author, approved_at=NOW)
    task = ledger.tasks.enqueue(
        issue, snapshot=snapshot, blockers=blockers, priority=Priority.NORMAL, now=NOW, lint=lint, why=HOSTILE
    )
    return task.id


def _id(ledger: Ledger, number: int) -> int:
    task = ledger.tasks.find(IssueRef(CLOCK, number))
    assert task is not None
    return task.id


def _claim(ledger: Ledger, issue: IssueRef) -> tuple[int, int]:
    enqueue(ledger, issue, title=f"{HOSTILE} {issue.number}")
    claim = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9)
    assert claim is not None
    assert claim.task.issue == issue
    ledger.attempts.start(claim.task.id, 1, NOW - timedelta(minutes=12))
    return claim.task.id, claim.task.fence


def _work(ledger: Ledger, issue: IssueRef, state: State) -> None:
    task_id, fence = _claim(ledger, issue)
    failure = None
    if state is State.FAILED:
        failure = FailureKind.NEEDS_INFO if issue.number == 2 else FailureKind.VERIFICATION_FAILED
    ended = Attempt(
        task_id=task_id,
        number=1,
        started_at=NOW - timedelta(minutes=12),
        finished_at=NOW,
        outcome=State.FAILED if failure else State.IN_REVIEW,
        failure=failure,
        summary=HOSTILE,
        detail=HOSTILE,
        turns=7,
        turn_limit=40,
        cost_usd=0.5,
        seconds=700.0,
        guards=Guards(asked=5, granted=4, refused=1),
        refused_commands=(f"rm {HOSTILE}",),
        commands=((f"pytest {HOSTILE}", 1),),
        questions=(HOSTILE,),
    )
    ledger.attempts.finish(ended)
    ledger.check_results.keep(task_id, 1, [_results()], NOW)
    pull_request = 100 + issue.number
    target = State.FAILED if failure else State.IN_REVIEW
    ledger.tasks.move(
        task_id,
        State.RUNNING,
        target,
        now=NOW,
        fence=fence,
        failure=failure,
        detail=f"{HOSTILE} octo/private#1",
        pull_request=pull_request,
    )
    if state is State.DONE:
        ledger.tasks.move(task_id, State.IN_REVIEW, State.DONE, now=NOW, actor=HOSTILE, why="merged", edited=True)


def _results() -> CheckResults:
    groups = (
        TestGroup(name="newly failing", tests=(f"test_time[{HOSTILE}]",), more=3),
        TestGroup(name="removed", tests=("test_gone",)),
    )
    return CheckResults(
        command=f"pytest {HOSTILE}",
        end="newly fails",
        before="exit 0",
        after=f"exit 1 {HOSTILE}",
        seconds=12.0,
        ran=40,
        groups=groups,
        output=f"E  assert 1 == 2 {HOSTILE}",
    )
