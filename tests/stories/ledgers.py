"""Ledgers that look at one simulated GitHub, each in its own way; nothing runs, and the tests tell the time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.github import GitHub, TokenAccount
from bot.adapters.store import Store
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.intake import Intake
from bot.reconcile import Reconciler
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import Delivery
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused
from bot.steps.approve_issue import Approver
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.findings import Finder
from bot.steps.http_cache import LedgerHttpCache
from bot.steps.issue_reader import IssueReader
from bot.steps.rebuild import Rebuilder
from bot.steps.switch import Switch
from tests.stories.deliveries import process_deliveries, read_remarks

REPOSITORY = "octo/clock"
LABELS = LabelSet()
A_MINUTE = timedelta(minutes=1)
QUIET = timedelta(minutes=11)  # until nothing is of this moment any more, and the next census is due


@dataclass
class Clock:
    """GitHub's, and the bot's too."""

    now: datetime = datetime(2026, 3, 1, 22, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Bot:
    """A ledger, and both ways into it."""

    def __init__(
        self, github: SimulatedGitHub, folder: Path, clock: Clock, *, status_issue: IssueRef | None = None
    ) -> None:
        self.clock = clock
        self.store = Store.open(f"sqlite:///{folder / 'ledger.db'}")
        account = TokenAccount("ghp_bot", api_url=github.api_url, repositories=(REPOSITORY,))
        client = GitHub(account, web_url=github.web_url, cache=LedgerHttpCache(self.store, clock))
        reader = IssueReader(store=self.store, github=client, me=account.me(), labels=LABELS, trusted=())
        approver = Approver(reader=reader, labels=LABELS)
        switch = Switch(store=self.store, github=client, labels=LABELS, issue=status_issue, clock=clock)
        parts: dict[str, Any] = {"store": self.store, "github": client, "approver": approver, "switch": switch}
        parts |= {"labels": LABELS, "clock": clock}
        finder = Finder(store=self.store, github=client, reader=reader, me=account.me, labels=LABELS, clock=clock)
        rebuilder = Rebuilder(store=self.store, finder=finder, approver=approver, clock=clock)
        boundary = ErrorBoundary(store=self.store, clock=clock)
        self.intake = Intake(**parts, rebuilder=rebuilder, boundary=boundary)
        self.reconciler = Reconciler(**parts, rebuilder=rebuilder)

    def hear(self, delivery: Delivery) -> None:
        with self.store.transaction() as ledger:
            ledger.deliveries.record(
                guid=delivery.guid, event=delivery.event, payload=delivery.body, now=self.clock.now
            )
        process_deliveries(self.intake)

    def look(self) -> None:
        assert self.reconciler.poll() == []
        read_remarks(self.intake)

    def task(self, issue: IssueRef) -> Task | None:
        with self.store.read() as ledger:
            return ledger.tasks.find(issue)

    def ended(self, issue: IssueRef, state: State, pull_request: int | None) -> None:
        """As if a session had ended so."""
        with self.store.transaction() as ledger:
            task = ledger.tasks.find(issue)
            assert task is not None
            claim = ledger.claims.claim(worker="w", now=self.clock.now, lease=A_MINUTE, per_repository=1)
            assert claim is not None
            assert claim.task.id == task.id
            failure = FailureKind.TASK_BLOCKED if state is State.FAILED else None
            ledger.tasks.move(
                task.id, State.RUNNING, state, now=self.clock.now, failure=failure, pull_request=pull_request
            )


@dataclass
class Scene:
    """A repository that all examples share: each has separate issues, an hour after the one before."""

    github: SimulatedGitHub
    clock: Clock
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def bots(self, many: int) -> list[Bot]:
        self.clear()
        made = []
        for _ in range(many):
            folder = self.folder / str(next(self.numbers))
            folder.mkdir()
            made.append(Bot(self.github, folder, self.clock))
        return made

    def deliveries(self, since: int = 0) -> list[Delivery]:
        self.github.wait_delivered()
        return sorted(self.github.deliveries[since:], key=lambda each: each.id)

    def clear(self) -> None:
        """What an example before this one left."""
        for issue in self.github.issues(REPOSITORY):
            self.github.delete_issue(REPOSITORY, issue.number, by="ada")
        self.clock.now += timedelta(hours=1)


@contextmanager
def a_scene(folder: Path) -> Iterator[Scene]:
    clock = Clock()
    with SimulatedGitHub(folder / "github", clock=clock) as github:
        for login in ("ada", "tri", "bot"):
            github.add_user(login)
        github.add_repository(REPOSITORY, files={"README.md": "# Clock\n"})
        for login, role in (("ada", "maintain"), ("tri", "triage"), ("bot", "write")):
            github.set_role(REPOSITORY, login, role)
        github.add_token("bot", value="ghp_bot")
        github.add_webhook("http://127.0.0.1:9/webhook", "secret")  # what is sent is handed over by the test
        yield Scene(github, clock, folder)
        assert github.violations == ()
        assert github.unmodelled == ()


def begin(scene: Scene, bots: Sequence[Bot], begun: str) -> tuple[IssueRef, IssueRef]:
    """An issue, and one that waits for it; all bots know how far the first has come."""
    since = len(scene.deliveries())
    issue = IssueRef(REPOSITORY, scene.github.open_issue(REPOSITORY, title="Tell", body="Time.", author="ada").number)
    if begun != "new":
        scene.github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
    hear_all(bots, scene.deliveries(since))
    pull = None
    if begun == "in review":
        scene.github.push_commit(REPOSITORY, branch_of(issue.number), {f"{issue.number}.txt": "x"}, by="bot")
        pull = scene.github.open_pull_request(REPOSITORY, title="Tell", head=branch_of(issue.number), by="bot").number
    for bot in bots if begun in {"failed", "in review"} else ():
        bot.ended(issue, State.FAILED if begun == "failed" else State.IN_REVIEW, pull)
    since = len(scene.deliveries())
    body = f"blocked by #{issue.number}"
    waiting = scene.github.open_issue(REPOSITORY, title="Then", body=body, author="ada", labels=["auto"])
    hear_all(bots, scene.deliveries(since))
    scene.clock.now += A_MINUTE
    return issue, IssueRef(REPOSITORY, waiting.number)


def hear_all(bots: Sequence[Bot], deliveries: Sequence[Delivery]) -> None:
    for bot, delivery in itertools.product(bots, deliveries):
        bot.hear(delivery)


def do(scene: Scene, issue: IssueRef, what: str) -> None:
    github, number = scene.github, issue.number
    match what:
        case "label" | "label by triage":
            github.label_issue(REPOSITORY, number, "auto", by="ada" if what == "label" else "tri")
        case "high":
            github.label_issue(REPOSITORY, number, "auto:high", by="ada")
        case "unlabel":
            github.unlabel_issue(REPOSITORY, number, "auto", by="ada")
        case "edit":
            github.edit_issue(REPOSITORY, number, body=f"At {scene.clock.now}.", by="ada")
        case "rename":
            github.edit_issue(REPOSITORY, number, title=f"At {scene.clock.now}", by="ada")
        case "close" | "close as not planned":
            reason = "completed" if what == "close" else "not_planned"
            github.close_issue(REPOSITORY, number, reason=reason, by="ada")
        case "reopen":
            github.reopen_issue(REPOSITORY, number, by="ada")
        case "close the pull request" | "reopen the pull request" | "merge":
            on_pull_request(github, issue, what)
        case _:
            github.comment(REPOSITORY, number, what, by="ada")


def on_pull_request(github: SimulatedGitHub, issue: IssueRef, what: str) -> None:
    mine = [pull for pull in github.pull_requests(REPOSITORY) if pull.head == branch_of(issue.number)]
    if not mine:
        raise Refused(404, "there is none")
    if what == "merge":
        github.merge_pull_request(REPOSITORY, mine[0].number, by="ada")
    elif what == "close the pull request":
        github.close_pull_request(REPOSITORY, mine[0].number, by="ada")
    else:
        github.reopen_pull_request(REPOSITORY, mine[0].number, by="ada")
