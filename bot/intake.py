"""One delivery: read the event, load the view, decide, perform in one transaction.

An event only says where to look. Decisions use GitHub's present answer, with one exception: the approved text is read
from the signed event, so that no edit between the approval and the reading changes it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Delivery, Store
from bot.core.approval_events import Text
from bot.core.checkpoints import Checkpoint, Reached, log_checkpoint
from bot.core.effects import Effect, NoteStacked, Settle, ShowStatus
from bot.core.event_values import (
    ButtonPressed,
    CommentCreated,
    Event,
    IssueEvent,
    LineCommented,
    Ping,
    PullRequestEvent,
    RepositoryEvent,
    ReviewSubmitted,
)
from bot.core.events import find_repository, find_repository_id, find_subject, name_repository, parse_event
from bot.core.facts import CommentFacts, IssueFacts
from bot.core.installation_events import InstallationEvent
from bot.core.labels import LabelSet, has
from bot.core.payload_node import MalformedEvent
from bot.core.references import IssueRef
from bot.core.relation_events import RelationChanged
from bot.core.retries import next_try
from bot.core.review_facts import LineComment, ReviewFacts
from bot.core.stacking import BlockerState, blocker_state
from bot.core.task_rules import withdraw
from bot.core.work_context import add_work_fields, working_on
from bot.steps.approve_issue import Approver
from bot.steps.button_presses import ButtonPresses
from bot.steps.effects import perform
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.rebuild import Rebuilder
from bot.steps.stop import CheckStop, StopAsked, never_stop
from bot.steps.switch import Switch

_log = logging.getLogger(__name__)

_LEFT_FOR = timedelta(seconds=5)
_MOST_CLAIMED = 16  # the oldest deliveries, of which other workers may have some


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Turns stored deliveries into effects. Not thread-safe."""

    store: Store
    github: GitHub
    approver: Approver
    switch: Switch
    rebuilder: Rebuilder
    labels: LabelSet
    clock: Callable[[], datetime]
    boundary: ErrorBoundary
    reached: Reached = log_checkpoint

    def is_due(self) -> bool:
        with self.store.read() as ledger:
            return ledger.deliveries.is_due(self.clock())

    def step(self, check_stop: CheckStop = never_stop) -> bool:
        """Process one delivery, which is then done or postponed. False if none is due.

        An outage of GitHub postpones it, and so does a bug. The periodic pass finds what a delivery did not change.
        `check_stop` raises StopAsked where a comparison of the whole repository has to end early.
        """
        with ExitStack() as claim:
            delivery = self._claim_next(claim)
            if delivery is None:
                return False
            name = f"{delivery.event} {delivery.guid}"
            receive = partial(self._receive, delivery, check_stop)
            with working_on("delivery", delivery=delivery.guid, event=delivery.event):
                self.boundary.attempt(name, receive, put_off=partial(self._postpone, delivery))
            return True

    def _claim_next(self, claim: ExitStack) -> Delivery | None:
        """The oldest one that no other worker has; this one has it until `claim` is closed, or its process ends."""
        with self.store.read() as ledger:
            guids = ledger.deliveries.select_due(self.clock(), _MOST_CLAIMED)
        for guid in guids:
            if (held := self.store.hold_row(f"delivery {guid}")) is None:
                continue
            claim.callback(held.close)
            with self.store.read() as ledger:
                delivery = ledger.deliveries.find_due(guid, self.clock())
            if delivery is not None:  # else the one that had it has just finished it
                return delivery
        return None

    def _receive(self, delivery: Delivery, check_stop: CheckStop) -> None:
        try:
            effects = self._effects(delivery, check_stop)
        except StopAsked:
            self._leave(delivery)
            return
        except MalformedEvent as error:
            self._finish(delivery, [], note=str(error))
            return
        self.reached(Checkpoint.DELIVERY_DECIDED, delivery.guid)
        self._finish(delivery, effects)

    def _effects(self, delivery: Delivery, check_stop: CheckStop) -> list[Effect]:
        payload = json.loads(delivery.payload)
        event = parse_event(delivery.event, payload)
        repository = find_repository(event)
        if repository is not None:
            name = self._present_name(repository, find_repository_id(payload))
            if name is None:
                _log.info(
                    "delivery %s %s: %s is not among the bot's repositories", delivery.event, delivery.guid, repository
                )
                return []
            event = name_repository(event, name)
            self.rebuilder.once(name, check_stop)
        about = find_subject(event)
        if about is not None:
            add_work_fields(task=str(about))
            self.rebuilder.bring_back(about)
        return self._decide(event, delivery.guid)

    def _present_name(self, shown: str, repository_id: int | None) -> str | None:
        """The one that the ledger has; None for a repository that is not the bot's. GitHub is asked unless the ledger
        knows it as the delivery does. Raises GitHubFailed."""
        with self.store.read() as ledger:
            if repository_id is not None and ledger.repository_names.name_of(repository_id) == shown:
                return shown if self.github.account.looks_after(shown) else None
        names = self.rebuilder.names
        name = shown if repository_id is None else names.find(shown, repository_id)
        return names.settle(name) if self.github.account.looks_after(name) else None

    def _finish(self, delivery: Delivery, effects: list[Effect], note: str = "") -> None:
        now = self.clock()
        with self.store.transaction() as ledger:
            if not ledger.deliveries.finish(delivery.guid, now=now, note=note):
                return  # another worker finished it while this one was suspended
            perform(effects, ledger, now)
        self.reached(Checkpoint.DELIVERY_DONE, delivery.guid)
        _log.info("delivery %s %s is done: %s", delivery.event, delivery.guid, note or f"{len(effects)} effects")

    def _postpone(self, delivery: Delivery, error: GitHubFailed) -> float | None:
        wait = next_try(delivery.tries, transient=error.transient, asked=error.retry_after, status=error.status)
        if wait is None:
            self._finish(delivery, [], note=f"given up: {error}")
            return None
        with self.store.transaction() as ledger:
            until = self.clock() + timedelta(seconds=wait)
            ledger.deliveries.postpone(delivery.guid, until=until, note=str(error), counts=error.retry_after is None)
        _log.warning("delivery %s %s failed: %s; again in %.0f s", delivery.event, delivery.guid, error, wait)
        return wait

    def _leave(self, delivery: Delivery) -> None:
        """To the next worker. Those behind it may be about sessions that this one still runs."""
        until = self.clock() + _LEFT_FOR
        with self.store.transaction() as ledger:
            ledger.deliveries.postpone(delivery.guid, until=until, note="the worker stops", counts=False)

    def _decide(self, event: Event | None, guid: str) -> list[Effect]:
        match event:
            case IssueEvent():
                return self._issue_event(event)
            case CommentCreated():
                comment = CommentFacts(
                    id=event.comment_id,
                    issue=event.issue.number,
                    body=event.body,
                    author=event.actor,
                    created_at=event.at,
                )
                return self.approver.comment(event.issue, comment, Text(title=event.title, body=event.issue_body))
            case PullRequestEvent():
                return self._pull_request_event(event)
            case ReviewSubmitted() | LineCommented() | ButtonPressed():
                return self._on_pull_request(event, guid)
            case RelationChanged():
                return self.approver.relations.follow(event.issue)
            case Ping() | InstallationEvent() | RepositoryEvent() | None:
                return []

    def _on_pull_request(self, event: ReviewSubmitted | LineCommented | ButtonPressed, guid: str) -> list[Effect]:
        match event:
            case ReviewSubmitted():
                return self.approver.reviews.review(event.pull, _review_of(event))
            case LineCommented():
                return self._line_commented(event)
            case ButtonPressed():
                presses = ButtonPresses(reader=self.approver.reader, requests=self.approver.reviews)
                return presses.press(event, key=guid, now=self.clock())

    def _line_commented(self, event: LineCommented) -> list[Effect]:
        comment = LineComment(
            id=event.comment_id,
            thread=event.comment_id,
            review=None,
            author=event.actor,
            body=event.body,
            path="",
            line=None,
            hunk="",
            created_at=event.at,
        )
        return self.approver.reviews.line_comment(event.pull, comment)

    def _issue_event(self, event: IssueEvent) -> list[Effect]:
        if event.action in {"deleted", "transferred"}:
            return withdraw(self.approver.reader.task(event.issue), f"the issue was {event.action}")
        if event.action == "unlocked":  # an App could not comment before
            return [ShowStatus(event.issue)] if self.approver.reader.task(event.issue) is not None else []
        if not self._matters(event):
            return []
        facts = self.github.issue(event.issue)
        if facts.is_pull_request:
            return []
        effects = self._label_event(event, facts) if event.label is not None else self._other_event(event, facts)
        return [*effects, *self.approver.relations.follow_parent(facts)] if facts.parent is not None else effects

    def _matters(self, event: IssueEvent) -> bool:
        """Whether the event needs a request to GitHub: most are about Nightshift's own state labels."""
        if event.label is not None:
            labels = self.labels
            return has({labels.trigger, labels.high, labels.low, labels.pause}, event.label)
        return event.action != "opened"  # with the label it is followed by `labeled`, which names who put it on

    def _label_event(self, event: IssueEvent, facts: IssueFacts) -> list[Effect]:
        """Decide from the present labels of the issue, because deliveries may be late."""
        label = event.label or ""
        if has({self.labels.pause}, label):
            self.switch.look()
            return []
        if not has({self.labels.trigger}, label):
            return self.approver.prioritize(event.issue, facts)
        wanted = self.labels.is_wanted(facts)
        if event.action == "unlabeled":
            why = f"{event.actor.login} took the label off"
            return self.approver.stop(event.issue, facts, at=event.at, why=why)
        return self._label(event, facts) if wanted else []

    def _label(self, event: IssueEvent, facts: IssueFacts) -> list[Effect]:
        text = Text(title=event.title, body=event.body)
        return self.approver.label(event.issue, facts, by=event.actor, at=event.at, text=text)

    def _other_event(self, event: IssueEvent, facts: IssueFacts) -> list[Effect]:
        match event.action:
            case "closed":
                task = self.approver.reader.task(event.issue)
                closed = self.approver.close(event.issue, facts, at=event.at)
                return [*closed, Settle(event.issue, blocker_state(facts, task))]
            case "reopened":
                state = blocker_state(facts, self.approver.reader.task(event.issue))
                again = self._label(event, facts) if self.labels.is_wanted(facts) else []
                return [Settle(event.issue, state), *again]
            case "edited" if event.edited:
                title = event.title if "title" in event.edited else None
                body = event.body if "body" in event.edited else None
                return self.approver.edit(event.issue, facts, by=event.actor, at=event.at, title=title, body=body)
        return []

    def _pull_request_event(self, event: PullRequestEvent) -> list[Effect]:
        """A merge is final. A closed pull request may be open again by now. In which native stack one is, is read when
        it matters."""
        if event.stacked:
            return [NoteStacked(event.repository)]
        pull = IssueRef(event.repository, event.number)  # other issues may be blocked by it
        effects: list[Effect] = [Settle(pull, BlockerState.COMPLETED)] if event.merged else []
        with self.store.read() as ledger:
            task = ledger.tasks.by_pull_request(event.repository, event.number)
        if task is None or not event.same_repository or not self.github.branches.include(event.head_branch):
            return effects
        if event.merged:
            return [*effects, *self.approver.follow_pull_request(task, is_open=False, merged_at=event.at)]
        now = self.github.pull_request(event.repository, event.number)
        return [*effects, *self.approver.follow_pull_request(task, is_open=now.is_open, merged_at=now.merged_at)]


def _review_of(event: ReviewSubmitted) -> ReviewFacts:
    return ReviewFacts(
        id=event.review_id, author=event.actor, state=event.state, body=event.body, submitted_at=event.at
    )
