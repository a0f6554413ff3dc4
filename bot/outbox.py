"""Says to GitHub what the ledger wants said: each thing once, however often it has to be tried.

A status is not a message but a wish: when its turn comes, the comment and the label are made to show what the
ledger holds then, so ten changes cost one edit. Whatever is created carries a hidden tag and is looked for first
whenever nobody knows whether an earlier try went through.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import OutboxItem, Store
from bot.core import messages
from bot.core.facts import Actor
from bot.core.labels import LabelSet
from bot.core.messages import StatusView
from bot.core.references import IssueRef, parse_issue
from bot.core.tasks import State, Task

_log = logging.getLogger(__name__)

_MOST_TRIES = 12
_BATCH = 20


class Outbox:
    """One thread uses it at a time."""

    def __init__(
        self, *, store: Store, github: GitHub, me: Actor, labels: LabelSet, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._github = github
        self._me = me
        self._labels = labels
        self._clock = clock
        self._labels_made: set[str] = set()

    def flush(self) -> int:
        """Deliver what is due. Returns how many things were delivered."""
        with self._store.read() as ledger:
            due = ledger.outbox_due(self._clock(), _BATCH)
        # What a person waits for comes first: 👀, then answers, then the state of things.
        order = {"reaction": 0, "reply": 1, "status": 2}
        return sum(self._deliver(item) for item in sorted(due, key=lambda item: order[item.kind]))

    def _deliver(self, item: OutboxItem) -> bool:
        try:
            self._send(item)
        except GitHubFailed as error:
            self._failed(item, error)
            return False
        with self._store.transaction() as ledger:
            ledger.outbox_done(item.key, item.version)
        return True

    def _failed(self, item: OutboxItem, error: GitHubFailed) -> None:
        now = self._clock()
        with self._store.transaction() as ledger:
            if error.transient and item.tries + 1 < _MOST_TRIES:
                wait = max(error.retry_after or 0.0, min(300.0, 2.0**item.tries))
                ledger.outbox_retry(item.key, at=now + timedelta(seconds=wait), note=str(error))
            else:
                ledger.outbox_done(item.key, item.version)
        _log.warning("%s: %s", item.key, error)

    def _send(self, item: OutboxItem) -> None:
        issue = parse_issue(str(item.payload["issue"]))
        match item.kind:
            case "reaction":
                self._github.react(issue, int(str(item.payload["comment"])), "eyes")
            case "reply":
                self._reply(issue, str(item.payload["key"]), str(item.payload["body"]), again=item.tries > 0)
            case "status":
                self._status(issue, again=item.tries > 0)

    def _reply(self, issue: IssueRef, key: str, body: str, *, again: bool) -> None:
        if again and self._find(issue, messages.reply_tag(key)) is not None:
            return
        self._github.create_comment(issue, messages.tagged(body, messages.reply_tag(key)))

    # -- the status comment and the state label

    def _status(self, issue: IssueRef, *, again: bool) -> None:
        view = self._view(issue)
        if view is None:
            return
        self._show_comment(issue, messages.status_comment(view), again=again)
        self._show_label(issue, self._labels.state_label(view.task))

    def _view(self, issue: IssueRef) -> StatusView | None:
        with self._store.read() as ledger:
            task = ledger.task(issue)
            if task is None:
                return None
            paused = ledger.paused(self._clock())
            return StatusView(
                task=task,
                attempts=ledger.attempts(task.id),
                waits=[(blocker, _why(ledger.task(blocker))) for blocker in task.unmet],
                position=_position(task, ledger.tasks(State.QUEUED)),
                paused=paused.reason if paused else None,
                web_url=self._github.web_url,
            )

    def _show_comment(self, issue: IssueRef, body: str, *, again: bool) -> None:
        digest = hashlib.sha256(body.encode()).hexdigest()
        known = self._recall(f"comment:{issue}")
        comment, shown = known.split(" ", 1) if known else ("", "")
        if shown == digest and not again:
            return
        identity = int(comment) if comment else self._find(issue, messages.STATUS_TAG)
        if identity is None:
            identity = self._github.create_comment(issue, body)
        else:
            self._github.edit_comment(issue, identity, body)
        self._remember(f"comment:{issue}", f"{identity} {digest}")

    def _find(self, issue: IssueRef, tag: str) -> int | None:
        """Our own comment with this tag. Others may copy a tag, but not our account."""
        for comment in self._github.comments(issue):
            if comment.author.login == self._me.login and tag in comment.body:
                return comment.id
        return None

    def _show_label(self, issue: IssueRef, wanted: str | None) -> None:
        """Exactly one state label: the new one comes first, so that a crash between leaves two and never none."""
        known = self._recall(f"label:{issue}")
        have = set(known.split()) if known is not None else self._labels.states & self._github.issue(issue).labels
        if wanted is not None and wanted not in have:
            self._make_label(issue.repository, wanted)
            self._github.add_label(issue, wanted)
        self._remember(f"label:{issue}", " ".join(sorted(have | ({wanted} if wanted else set()))))
        for label in sorted(have - {wanted}):
            self._github.remove_label(issue, label)
        self._remember(f"label:{issue}", wanted or "")

    def _make_label(self, repository: str, name: str) -> None:
        if f"{repository} {name}" not in self._labels_made:
            label = self._labels.label(name)
            self._github.create_label(repository, name, color=label.color, description=label.description)
            self._labels_made.add(f"{repository} {name}")

    def _recall(self, key: str) -> str | None:
        with self._store.read() as ledger:
            return ledger.recall(key)

    def _remember(self, key: str, value: str) -> None:
        with self._store.transaction() as ledger:
            ledger.remember(key, value)


def _why(blocker: Task | None) -> str:
    """What keeps a blocker from being met, for the person who waits."""
    if blocker is None:
        return "which is not closed as completed"
    return f"which is {blocker.state.value.replace('_', ' ')}" if blocker.state is not State.FAILED else "which failed"


def _position(task: Task, queue: list[Task]) -> int | None:
    """1 for the next to run of its repository; None for what does not wait its turn."""
    ready = [each for each in queue if not each.unmet and each.issue.repository == task.issue.repository]
    order = sorted(ready, key=lambda each: (each.priority, each.created_at, each.id))
    return next((place for place, each in enumerate(order, 1) if each.id == task.id), None)
