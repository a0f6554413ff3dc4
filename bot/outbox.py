"""Sends the ledger's messages to GitHub: each once, however many tries it takes.

A status message holds no text: when it is sent, the comment and the label are made to show the present state of the
task, so ten changes cost one edit. Every created comment carries a hidden marker. After a try whose answer was lost,
the outbox looks for that marker before it creates the comment again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.receivers import Receiver
from bot.adapters.store import Lane, OutboxItem, StatusComment, Store
from bot.core import messages
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.facts import Actor
from bot.core.labels import LabelSet
from bot.core.references import IssueRef, parse_issue
from bot.core.retries import next_try
from bot.core.work_context import working_on
from bot.steps.digests import NO_PLACE, DigestPlace, DigestWriter
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.label_making import make_label
from bot.steps.mirroring import Mirroring
from bot.steps.native_stacks import register
from bot.steps.notices import Notices
from bot.steps.notifier import Notifier
from bot.steps.own_comments import OwnComments
from bot.steps.pull_labels import show_pull_labels
from bot.steps.pull_request_lines import show_lines
from bot.steps.queue import Queue
from bot.steps.restacking import restack
from bot.steps.shown_checks import ShownChecks
from bot.steps.status_view import read_view

_log = logging.getLogger(__name__)

_MOST_AT_ONCE = 20


@dataclass(slots=True, kw_only=True)
class Outbox:
    """Not thread-safe. Several processes may share the ledger (`nightshift sync` beside a worker): only one of them
    sends at a time. `monotonic`: seconds; `trusted`: the numbers of bots that may approve tasks;
    `receivers`: where events are sent besides; `upkeep`: what looks after open pull requests with git; `digest_place`:
    where each night's issue is made; `has_webhook`: whether GitHub tells this bot what people do."""

    store: Store
    github: GitHub
    me: Actor
    labels: LabelSet
    queue: Queue
    clock: Callable[[], datetime]
    reached: Reached
    boundary: ErrorBoundary
    mirroring: Mirroring
    monotonic: Callable[[], float] = time.monotonic
    trusted: Collection[int] = ()
    receivers: Mapping[Lane, Receiver] = field(default_factory=dict)
    upkeep: Receiver | None = None
    digest_place: DigestPlace = NO_PLACE
    has_webhook: bool = False
    notifier: Notifier = field(init=False)
    comments: OwnComments = field(init=False)
    notices: Notices = field(init=False)
    digests: DigestWriter = field(init=False)
    checks: ShownChecks = field(init=False)
    _limited_until: float = 0.0  # a limit is the account's, and not one message's: none is tried before its end

    def __post_init__(self) -> None:
        self.comments = OwnComments(
            store=self.store, github=self.github, me=self.me, clock=self.clock, reached=self.reached
        )
        lanes = {**self.receivers, **({Lane.GIT: self.upkeep} if self.upkeep is not None else {})}
        self.notifier = Notifier(store=self.store, receivers=lanes, clock=self.clock, reached=self.reached)
        self.notices = Notices(
            store=self.store,
            github=self.github,
            comments=self.comments,
            trusted=self.trusted,
            lanes=tuple(self.receivers),
        )
        self.digests = DigestWriter(
            store=self.store,
            github=self.github,
            comments=self.comments,
            labels=self.labels,
            queue=self.queue,
            lanes=tuple(self.receivers),
            place=self.digest_place,
        )
        self.checks = ShownChecks(
            store=self.store,
            github=self.github,
            me=self.me,
            queue=self.queue,
            clock=self.clock,
            reached=self.reached,
            has_buttons=self.has_webhook,
        )

    def flush(self, go_on: Callable[[], bool] = lambda: True) -> int:
        """Send the due messages while `go_on` is true. Returns how many were tried: at most twenty, and none while
        another process sends."""
        tried = 0
        while tried < _MOST_AT_ONCE and go_on() and self.step():
            tried += 1
        return tried

    def finish(self, seconds: float) -> None:
        """Send what is due, and wait for what is under way to a receiver, for so long at the most."""
        until = time.monotonic() + seconds
        self.flush(go_on=lambda: time.monotonic() < until)
        self.notifier.wait(until - time.monotonic())

    def step(self) -> bool:
        """Send one message, or record when it is tried again. False if none is due, while a limit lasts, or if another
        process sends."""
        self.notifier.step()
        if self.monotonic() < self._limited_until:
            return False
        with self.store.only_one("outbox") as mine:
            item = self._next() if mine else None
            if item is None:
                return False
            with working_on("message", outbox=item.key):
                self.boundary.attempt(item.key, lambda: self._deliver(item), put_off=partial(self._postpone, item))
            return True

    def _next(self) -> OutboxItem | None:
        """The ledger ranks them: answers that a person waits for come first."""
        with self.store.read() as ledger:
            return next(iter(ledger.outbox.due(self.clock(), 1)), None)

    def _deliver(self, item: OutboxItem) -> None:
        self._send(item)
        with self.store.transaction() as ledger:
            ledger.outbox.finish(item.key, item.version)
        self.reached(Checkpoint.MESSAGE_SENT, item.key)

    def _postpone(self, item: OutboxItem, error: GitHubFailed) -> float | None:
        wait = next_try(item.tries, transient=error.transient, asked=error.retry_after, status=error.status)
        self._limited_until = self.monotonic() + (error.retry_after or 0.0)
        with self.store.transaction() as ledger:
            if wait is not None:
                at = self.clock() + timedelta(seconds=wait)
                ledger.outbox.retry(item.key, at=at, note=str(error), counts=error.retry_after is None)
                _log.warning("GitHub did not take message %s: %s; again in %.0f s", item.key, error, wait)
            else:
                ledger.outbox.give_up(item.key, item.version, note=str(error))
                _log.error(
                    "GitHub refused message %s for good: %s; fix the cause, then run `nightshift sync`", item.key, error
                )
        return wait

    def _send(self, item: OutboxItem) -> None:
        if item.kind == "digest":
            self.digests.send(datetime.fromisoformat(str(item.payload["night"])))
            return
        issue = parse_issue(str(item.payload["issue"]))
        match item.kind:
            case "reaction" if "line_comment" in item.payload:
                self.github.react_to_line(issue, int(str(item.payload["line_comment"])), "eyes")
            case "reaction":
                self.github.react(issue, int(str(item.payload["comment"])), "eyes")
            case "reply" if "thread" in item.payload:
                self._reply_on_line(issue, item.payload)
            case "reply":
                self._reply(issue, str(item.payload["key"]), self._find_words(item.payload))
            case "status":
                self.notices.plan(issue)
                self._status(issue)
                self.checks.plan(issue)
            case "check":
                self.checks.send(issue)
            case "notice":
                self.notices.send(issue)
            case "relation":
                self.mirroring.send(issue, parse_issue(str(item.payload["blocker"])))
            case kind:
                self._tend_pull_request(kind, issue)

    def _tend_pull_request(self, kind: str, issue: IssueRef) -> None:
        match kind:
            case "restack":
                restack(self.store, self.github, issue, self.clock(), me=self.me, reached=self.reached)
            case "native stack":
                register(self.store, self.github, issue, self.clock(), reached=self.reached)
            case "conflicts":
                show_lines(self.store, self.github, issue)
            case "pull labels":
                show_pull_labels(self.store, self.github, self.labels, issue)

    def _find_words(self, payload: Mapping[str, object]) -> str:
        """The answer to `/status` says what holds now, also of pauses."""
        view = self._view(parse_issue(str(payload["status_of"]))) if "status_of" in payload else None
        return str(payload["body"]) if view is None else messages.status_reply(view.task, view)

    def _reply(self, issue: IssueRef, key: str, body: str) -> None:
        marker = messages.reply_marker(key)
        if self.comments.find_earlier(issue, marker) is None:
            self.comments.say(issue, marker, messages.add_marker(body, marker))

    def _reply_on_line(self, pull: IssueRef, payload: Mapping[str, object]) -> None:
        """Answer in a thread on a line. One that was deleted needs no answer."""
        marker, thread = messages.reply_marker(str(payload["key"])), int(str(payload["thread"]))
        if self.comments.find_earlier(pull, marker, on_lines=True) is not None:
            return
        try:
            self.comments.say(pull, marker, messages.add_marker(str(payload["body"]), marker), thread=thread)
        except GitHubFailed as error:
            if not error.gone:
                raise

    # -- the status comment and the labels

    def _view(self, issue: IssueRef) -> messages.StatusView | None:
        with self.store.read() as ledger:
            github = self.github
            return read_view(ledger, issue, self.queue, github.web_url, self.clock(), branches=github.branches)

    def _status(self, issue: IssueRef) -> None:
        view = self._view(issue)
        if view is None:
            return
        try:
            self._show_comment(issue, messages.status_comment(view))
        finally:  # a locked conversation refuses comments, but not labels
            is_paused = view.paused is not None or view.held is not None
            labels = self.labels.labels_of(view.task, is_paused=is_paused, is_answered=view.is_answered)
            self._show_labels(issue, labels)

    def _show_comment(self, issue: IssueRef, body: str) -> None:
        digest = messages.text_digest(body)
        with self.store.read() as ledger:
            known = ledger.status_comments.of(issue)
        if known is not None and known.digest == digest:
            return
        identity = known.comment if known is not None and self.comments.try_edit(issue, known.comment, body) else None
        if identity is None:
            identity = self._find_or_make(issue, body)
        with self.store.transaction() as ledger:
            ledger.status_comments.keep(issue, StatusComment(comment=identity, digest=digest))
            ledger.comments_begun.forget(issue, messages.STATUS_MARKER)
            ledger.issues_shown.keep_uncommented(issue, False)
        self.reached(Checkpoint.COMMENT_RECORDED, str(issue))

    def _find_or_make(self, issue: IssueRef, body: str) -> int:
        """Find the status comment, which a new ledger does not know, or make it. Without comments there is none to
        find."""
        marker = messages.STATUS_MARKER
        identity = self.comments.find_earlier(issue, marker)
        if identity is None and not self._is_uncommented(issue):
            identity = self.comments.find(issue, marker)
        if identity is None or not self.comments.try_edit(issue, identity, body):
            return self.comments.say(issue, marker, body)
        return identity

    def _show_labels(self, issue: IssueRef, wanted: frozenset[str]) -> None:
        """Show exactly these labels of state and verdict. New ones are added first, in one request, so that a crash
        leaves too many labels and never none. After a crash or a lost answer the labels are read from GitHub."""
        with self.store.read() as ledger:
            known = ledger.issues_shown.labels(issue)
        have = self.labels.shown_labels(self.github.issue(issue).labels) if known is None else known
        if missing := sorted(wanted - have):
            for label in missing:
                make_label(self.store, self.github, self.labels, issue.repository, label)
            with self.store.transaction() as ledger:
                ledger.issues_shown.begin_label(issue)
            self.github.add_label(issue, *missing)
            self.reached(Checkpoint.LABEL_ADDED, str(issue))
        self._keep_labels(issue, have | wanted)
        for label in sorted(have - wanted):
            self.github.remove_label(issue, label)
        self._keep_labels(issue, wanted)
        self.reached(Checkpoint.LABEL_SHOWN, str(issue))

    def _is_uncommented(self, issue: IssueRef) -> bool:
        with self.store.read() as ledger:
            return ledger.issues_shown.is_uncommented(issue)

    def _keep_labels(self, issue: IssueRef, labels: Collection[str]) -> None:
        with self.store.transaction() as ledger:
            ledger.issues_shown.keep_labels(issue, labels)
