"""Samples of old ledgers, for the test that migrates them.

To add a migration, run `python -m tests.adapters.ledger_sample`: it writes `ledgers/vNNNN.sql` (a ledger of the present
version) and `vNNNN.json` (what its rows mean) once, by the program of its version, and refuses to replace them.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.adapters.store import (
    Baseline,
    Bookmark,
    CheckShown,
    DigestShown,
    KeptWork,
    Latest,
    Ledger,
    LogMark,
    Notice,
    OrderedAttempt,
    Publication,
    QueueShown,
    StatusComment,
    Store,
    url_of,
)
from bot.adapters.store.counters import GitHubBudget
from bot.adapters.store.migrations import MIGRATIONS
from bot.core.checks import CheckStanding
from bot.core.failures import FailureKind
from bot.core.holding_back import Held, Holding
from bot.core.live_attempt import LiveAttempt
from bot.core.native_stacks import StackMembership
from bot.core.pauses import Cause
from bot.core.plan_windows import WindowUse
from bot.core.pressure import Conflict
from bot.core.ran import Ran, Result, TestResult
from bot.core.references import IssueRef
from bot.core.results_by_test import CheckResults, TestGroup
from bot.core.reviewers import AskedReviewers, PullRequestSettings
from bot.core.revision import Repairs, ReviewAnswer, Revision
from bot.core.said import Said
from bot.core.short_verdict import ShortVerdict
from bot.core.stacking import Apart, DependencyMode, StackedOn
from bot.core.tasks import (
    Attempt,
    Blocker,
    Guards,
    Overrides,
    Priority,
    Snapshot,
    SnapshotAnswer,
    SnapshotComment,
    State,
)
from bot.core.wrong_settings import WrongSettings
from tests.adapters.ledger_meaning import ELSEWHERE, ISSUE, NOW, ODD, REPOSITORY, meaning

FOLDER = Path(__file__).parent / "ledgers"
ENDS = (State.IN_REVIEW, State.DONE, State.CLOSED, State.FAILED, State.NO_CHANGE, State.CANCELLED, State.RUNNING)


def fill(ledger: Ledger) -> None:
    """A task in every state, and rows in every other table, with values that are hard to keep."""
    _note_removed(ledger)
    for number, state in enumerate(ENDS, start=1):
        _put_task(ledger, number, state)
    _enqueue(ledger, 2**40, Blocker(issue=ELSEWHERE), Blocker(issue=IssueRef(REPOSITORY, 2), met=True))
    ledger.blockers.note_seen(ELSEWHERE, seen=False)
    ledger.deliveries.record(guid=ODD, event="issues", payload=b'{"\xff\x00": 1}', now=NOW)
    ledger.deliveries.record(guid="done", event="ping", payload=b"", now=NOW)
    ledger.deliveries.finish("done", now=NOW, note=ODD)
    ledger.outbox.post("waits", kind="label", payload={"odd": ODD}, now=NOW)
    _note_issues(ledger)
    _note_work(ledger)
    ledger.own_errors.add(ODD, NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + timedelta(days=400), reason=ODD, now=NOW)
    ledger.holds.note(ODD, 60, NOW)
    ledger.writes.reserve(NOW, reads=3, a_minute=9, an_hour=9)


def _note_removed(ledger: Ledger) -> None:
    """A task that ended and was removed."""
    assert ledger.tasks.move(_enqueue(ledger, 2**40 + 1), State.QUEUED, State.CANCELLED, now=NOW, pull_request=7)
    assert ledger.old_tasks.remove(NOW + timedelta(seconds=1), NOW) == 1


def _note_issues(ledger: Ledger) -> None:
    ledger.comments_begun.keep(ISSUE, ODD, NOW)
    ledger.issues_shown.keep_labels(ISSUE, {"auto-running", ODD})
    ledger.issues_read.keep(ISSUE, NOW)
    ledger.issue_order.keep(ISSUE, Latest(edited_at=NOW, stopped_at=NOW, command=2**40, cancelled_at=NOW))
    ledger.commands_seen.keep(2**40, REPOSITORY, NOW)
    ledger.replies.keep(ODD, str(ISSUE), NOW)
    ledger.labels_made.keep(REPOSITORY, ODD)
    ledger.repository_names.keep(2**40, REPOSITORY)
    ledger.bookmarks.keep(REPOSITORY, "issues", Bookmark(since=NOW, newest=NOW))
    ledger.http_cache.keep(ODD, etag=ODD, value=ODD, now=NOW)
    ledger.webhooks.keep(REPOSITORY, 2**40)
    ledger.delivery_logs.keep("/app/hook/deliveries", LogMark(since=NOW, asked={ODD: 2}))
    tests = {ODD: TestResult.FAILED, "passes": TestResult.PASSED, "skipped": TestResult.SKIPPED}
    ran = (Ran(code=1, seconds=0.5, tests=tests, lists_all=True), Ran(code=0, seconds=2.0))
    ledger.baselines.keep(REPOSITORY, "ab" * 16, Baseline(base="b" * 40, ran=ran), NOW)
    ledger.flaky_tests.keep(REPOSITORY, [ODD], NOW)
    finding = {"need": ODD, "verdict": "wrong", "says": ODD, "fix": ODD}
    ledger.counters.add("relay_answers", {"200": 2**40, ODD: 0.5})
    ledger.github_budgets.keep(ODD, GitHubBudget(most=5000, remaining=7, resets_at=NOW + timedelta(hours=1)), NOW)
    ledger.doctor_findings.keep([finding], by="nightshift doctor", now=NOW)


def _note_work(ledger: Ledger) -> None:
    task = ledger.tasks.find(ISSUE)
    assert task is not None
    ledger.status_comments.keep(ISSUE, StatusComment(comment=2**40, digest="d" * 64))
    shown = DigestShown(seen="d" * 64, number=2**40, shown="e" * 64, begun_at=NOW, earlier_closed=True)
    ledger.digests.keep(NOW, shown)
    asked = AskedReviewers(pull_request=2, assigned=(ODD,), reviews=("octo/core",), refused=(ODD,), is_reached=True)
    ledger.notices.keep(task.id, "1.in_review", Notice(comment=2**40, digest="d" * 64, asked=asked))
    wanted = PullRequestSettings(assignees=("ada",), reviewers=("octo/core",), labels=(ODD,), draft=True)
    ledger.pull_request_settings.keep(REPOSITORY, wanted)
    ledger.wrong_settings.keep("octo/wrong", WrongSettings(version="ab" * 6, mistakes=(ODD,), issue=2**40))
    publication = Publication(head="a" * 40, replaces=None, base="main", title=ODD, body=ODD, summary=ODD)
    ledger.publications.keep(task.id, replace(publication, failure="stalled", detail=ODD), approved="1 x")
    ledger.kept_work.keep(ISSUE, KeptWork(base="b" * 40, head=None, session_id=ODD))
    ledger.refused_patches.keep(task.id, 1, ODD)
    group = TestGroup(name="newly failing", tests=(ODD,), more=2**20)
    results = CheckResults(
        command=ODD, end="newly fails", before="exit 0", after="exit 1", seconds=0.5, ran=9, groups=(group,), output=ODD
    )
    ledger.check_results.keep(task.id, 1, [results], NOW)
    ordered = OrderedAttempt(task_id=task.id, number=1, name="octo.tools-1-1-1", fence=2**40, reference=ODD)
    ledger.ordered_attempts.keep(ordered)
    answer = ReviewAnswer(item=f"thread:{2**40}:{2**41}", thread=2**40, text=ODD)
    ledger.revisions.keep(task.id, Revision(pull_request=2**20, by=ODD, at=NOW, answers=(answer,)))
    ledger.revisions.note_about(task.id, ("test", ODD))
    ledger.repairs.keep(task.id, Repairs(checks=2, sessions=1, checked="b" * 40, conflicted="c" * 40))
    ledger.review_items.note(REPOSITORY, f"review:{2**40}", task.id)
    ledger.review_items.answer(REPOSITORY, answer.item, task.id, head="a" * 40)
    check = CheckShown(
        run=2**40, head="a" * 40, reference="1:2", status="completed", has_buttons=True, digest="d" * 64, shown_at=NOW
    )
    ledger.shown_checks.keep(task.id, "Nightshift", check)
    live = LiveAttempt(number=2, turns=3, cost_usd=0.1, lines=(ODD,), began_at=NOW, pressed=ODD, pressed_at=1)
    ledger.live_attempts.keep(task.id, live)
    ledger.said.add(task.id, 2, Said(item=f"comment:{2**40}", by=ODD, text=ODD, at=NOW, place=str(ISSUE)))
    ledger.said.note_read(task.id, f"comment:{2**40}", NOW)
    ledger.pressure.keep_limit(REPOSITORY, 3)
    ledger.dependency_modes.keep(REPOSITORY, DependencyMode.MERGE)
    ledger.stacks.keep(1, StackedOn(IssueRef(REPOSITORY, 9), "b" * 40))
    ledger.native_stacks.keep(1, StackMembership(pull=2**40, stack=7))
    ledger.native_stacks.note_lacking(REPOSITORY, until=NOW, why=ODD)
    ledger.native_stacks.adopt(1, "d" * 40)
    stacked = StackedOn(IssueRef(REPOSITORY, 9), "b" * 40)
    ledger.stacks.keep(1, replace(stacked, parts=((stacked.issue, "c" * 40), (IssueRef(REPOSITORY, 2**40), "d" * 40))))
    ledger.stacks.keep_apart(
        1, Apart(left={9: None}, there={2**40: "c" * 40}, between=(9,), files=(ODD,), checks=("x",))
    )
    ledger.held_back.keep(task.id, 2**40, ODD)
    ledger.pairs.replace(REPOSITORY, [Conflict(one=2, other=2**40, files=(ODD,))], tested="ab")
    held = Held(at=NOW, streak=2, counted=1)
    ledger.queue_state.keep_holding(Holding(held={task.id: held}, served=NOW, good=NOW, last=task.id))
    ledger.queue_state.keep_shown(QueueShown(reason=ODD, after=3))
    ledger.queue_state.keep_labels_after(4)


def _enqueue(ledger: Ledger, number: int, *blockers: Blocker) -> int:
    comments = (SnapshotComment(author="ada", body=ODD),)
    answers = (SnapshotAnswer(comment=2**40, author="sam", body=ODD),)
    snapshot = Snapshot(
        title=ODD, body="\0 \ud800", comments=comments, answers=answers, approved_by="ada", approved_at=NOW
    )
    overrides = Overrides(turns=9, budget_usd=0.1, model=ODD, fresh=True)
    issue, low = IssueRef(REPOSITORY, number), Priority.LOW
    task = ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=blockers, priority=low, overrides=overrides, now=NOW)
    return task.id


def _put_task(ledger: Ledger, number: int, state: State) -> None:
    task_id = _enqueue(ledger, number)
    claim = ledger.claims.claim(worker=ODD, now=NOW, lease=timedelta(minutes=2), per_repository=100)
    assert claim is not None
    assert claim.task.id == task_id
    ledger.attempts.start(task_id, 1, NOW)
    assert ledger.pushes.begin(task_id, fence=claim.task.fence, replaces=None, head="a" * 40, now=NOW)
    verdict = ShortVerdict(
        standing=CheckStanding.NOT_VERIFIED,
        commands=(ODD, "make"),
        more=2,
        before=Result.COULD_NOT_RUN,
        fails=True,
        reason=ODD,
        tests=2**20,
        flagged=True,
    )
    assert ledger.tasks.update(task_id, fence=claim.task.fence, now=NOW, verdict=verdict)
    if state is State.RUNNING:
        return
    first = State.IN_REVIEW if state in (State.DONE, State.CLOSED) else state
    failure = FailureKind.VERIFICATION_FAILED if state is State.FAILED else None
    ledger.attempts.finish(_ended(task_id, first, failure))
    assert ledger.pushes.finish(task_id, fence=claim.task.fence, head="a" * 40, now=NOW)
    assert ledger.tasks.move(task_id, State.RUNNING, first, now=NOW, failure=failure, detail=ODD)
    if first is not state:
        assert ledger.tasks.move(task_id, first, state, now=NOW, pull_request=2**40 + number)


def _ended(task_id: int, outcome: State, failure: FailureKind | None) -> Attempt:
    return Attempt(
        task_id=task_id,
        number=1,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=1),
        outcome=outcome,
        failure=failure,
        questions=(ODD, "When?"),
        windows=(WindowUse(name="5h", resets_at=NOW, first=0.1, last=0.25),),
        summary=ODD,
        detail=ODD,
        turns=12,
        cost_usd=0.1,
        guards=Guards(asked=3, granted=2, refused=1),
        refused_commands=(ODD,),
        commands=((ODD, 1), ("sleep 9", None)),
    )


def write_sample() -> Path:
    target = FOLDER / f"v{MIGRATIONS[-1].version:04}.sql"
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with closing(Store.open(url_of(path))) as store:
            with store.transaction() as ledger:
                fill(ledger)
            with closing(sqlite3.connect(path)) as file, file:  # no part writes there: an older program did
                file.execute("INSERT INTO leftovers (key, value) VALUES (?, ?)", ("cursor:" + ODD, ODD))
            with store.read() as ledger:
                said = meaning(ledger)
        with closing(sqlite3.connect(path)) as file, target.open("x", encoding="utf-8") as out:
            out.writelines(f"{line}\n" for line in file.iterdump())
    target.with_suffix(".json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    return target


if __name__ == "__main__":
    sys.stdout.write(f"{write_sample()}\n")
