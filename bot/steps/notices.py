"""Notifies the person whose turn it is, once for each rest of a task: by the request of a review where there is a pull
request to review, otherwise by one new comment, which is edited once the task goes on.

`plan` is called with each status, whose sending it precedes: what changed often in a moment is planned once, and a rest
that was over before notifies no one. The comment is an item of the outbox, which shows the present state when it is
sent, as a status does. It is a new one because GitHub notifies of no edit (firezone/firezone#2748).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from bot.adapters.github import GitHub
from bot.adapters.store import ASK_AGAIN, NOT_PLANNED, NOT_POSTED, Lane, Ledger, Notice, Store
from bot.core import messages
from bot.core.checkpoints import Checkpoint
from bot.core.facts import Actor
from bot.core.failures import Turn
from bot.core.messages import NoticeView
from bot.core.notifications import Event, TurnView, turn_event
from bot.core.references import IssueRef
from bot.core.reviewers import AskedReviewers
from bot.core.tasks import State, Task
from bot.core.turns import Addressee, Rest, RestKind, find_addressee, find_rest, is_login, kind_of, word_of
from bot.steps.own_comments import OwnComments
from bot.steps.reviewers import Reviewers

_CHANGING = frozenset({RestKind.MERGE, RestKind.GO})  # there may be more merges, or other remarks, by now


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Every method that asks GitHub raises GitHubFailed. `trusted`: the numbers of bots that may approve tasks.
    `lanes`: where events are sent besides."""

    store: Store
    github: GitHub
    comments: OwnComments
    trusted: Collection[int] = ()
    lanes: Collection[Lane] = ()

    @property
    def reviewers(self) -> Reviewers:
        comments = self.comments
        return Reviewers(store=self.store, github=self.github, me=comments.me, reached=comments.reached)

    def plan(self, issue: IssueRef) -> None:
        """Record a rest that was not announced yet and queue its comment, or queue the edit of one that has ended."""
        with self.store.read() as ledger:
            if not _is_due(ledger, issue, self.github.web_url):
                return
            task = ledger.tasks.find(issue)
            rest = read_rest(ledger, task) if task is not None else None
        addressee = self.addressee(issue, rest) if rest is not None and self.lanes else Addressee()
        with self.store.transaction() as ledger:
            task = ledger.tasks.find(issue)
            if task is None:
                return
            if read_rest(ledger, task) != rest:
                return  # it has moved on, and asks for another status
            if rest is not None and _is_unplanned(rest, ledger.notices.of(task.id)):
                ledger.notices.keep(task.id, rest.key, Notice(digest=NOT_POSTED))
                self._post_event(ledger, task, rest, addressee)
            ledger.outbox.post_notice(issue, self.comments.clock())

    def _post_event(self, ledger: Ledger, task: Task, rest: Rest, addressee: Addressee) -> None:
        if not self.lanes:
            return
        event = turn_event(
            TurnView(
                issue=task.issue,
                title=task.snapshot.title,
                rest=rest,
                addressee=addressee,
                next_step=messages.next_step(self._view(task, rest, addressee, web_url="")),
                pull_request=task.pull_request,
                failure=task.failure.value if task.failure else None,
                web_url=self.github.web_url,
                at=self.comments.clock(),
            )
        )
        post_event(ledger, event, self.lanes)

    def send(self, issue: IssueRef) -> None:
        """Make the comments of the task's rests, and the requests of reviews, show what holds now: first what is over,
        so that the same person can be asked again."""
        with self.store.read() as ledger:
            task = ledger.tasks.find(issue)
            known = _read_notices(ledger, task) if task is not None else {}
            rest = read_rest(ledger, task) if task is not None else None
        if task is None:
            return
        holds = rest.key if rest is not None else ""
        for key in sorted(known, key=lambda key: key == holds):
            if known[key].digest:
                self._show(task, key, known, rest if key == holds else None)

    def _show(self, task: Task, key: str, known: Mapping[str, Notice], rest: Rest | None) -> None:
        shown = known[key]
        body = self._active(task, rest) if rest is not None else _say_done(task, key, self.github.web_url)
        digest = messages.text_digest(body)
        if digest == shown.digest:
            return
        marker = messages.notice_marker(task.issue, key)
        asked = self._ask(task, key, known, rest) if rest is not None else self._withdraw(task, key, shown)
        if asked is None:
            return  # what became of the pull request moves the task on, which asks for another status
        shown = asked
        if shown.comment is None and shown.asked is not None and (shown.asked.is_reached or rest is None):
            self._keep(task, key, marker, replace(shown, digest=digest))
            return
        if shown.comment is not None:
            self.comments.try_edit(task.issue, shown.comment, body)  # one that a person deleted stays deleted
            self._keep(task, key, marker, replace(shown, digest=digest))
            return
        found = self.comments.find_earlier(task.issue, marker) or self.comments.find(task.issue, marker)
        if found is not None:
            self.comments.try_edit(task.issue, found, body)
        elif rest is not None:
            found = self.comments.say(task.issue, marker, body)
        self._keep(task, key, marker, replace(shown, comment=found, digest=digest if found is not None else ""))

    def _ask(self, task: Task, key: str, known: Mapping[str, Notice], rest: Rest) -> Notice | None:
        """The same notice, with who was asked to look at the pull request. It is on record before a comment is made.
        None where the pull request was merged or closed, and the ledger does not know of it yet."""
        shown, marker = known[key], messages.notice_marker(task.issue, key)
        if shown.digest == ASK_AGAIN and shown.asked is not None:
            return shown if self._ask_again(task, shown.asked) else None
        is_for_review = rest.kind is RestKind.REVIEW and task.pull_request is not None
        # A revision that was stopped before it ran comes back to the same rest, whose requests were taken back.
        is_again = shown.asked is not None and _says_done(task, key, shown, self.github.web_url)
        is_asked = shown.asked is not None and not is_again
        if not is_for_review or is_asked or shown.comment is not None or task.pull_request is None:
            return shown
        pull, approver = IssueRef(task.issue.repository, task.pull_request), self.addressee(task.issue, rest).login
        may_have_asked = self.comments.note_try(task.issue, marker) or is_again
        before = [each.asked for each in known.values() if each.asked is not None]
        asked = self.reviewers.ask(
            pull,
            approver,
            is_first=all(each.pull_request != task.pull_request for each in before),
            may_have_asked=may_have_asked,
        )
        if asked is None:
            return None
        shown = replace(shown, asked=asked)
        self._keep(task, key, marker, shown)
        if asked.refused or asked.unassigned:
            with self.store.transaction() as ledger:
                ledger.outbox.post_status(task.issue, self.comments.clock())
        return shown

    def _ask_again(self, task: Task, asked: AskedReviewers) -> bool:
        return self.reviewers.ask_again(IssueRef(task.issue.repository, asked.pull_request), asked)

    def _withdraw(self, task: Task, key: str, shown: Notice) -> Notice:
        """A pull request that is merged or closed asks for no review any more."""
        asked = shown.asked or self._maybe_asked(task, key)
        if asked is not None and task.state not in {State.DONE, State.CLOSED}:
            self.reviewers.withdraw(asked, task.issue.repository)
        return shown

    def _maybe_asked(self, task: Task, key: str) -> AskedReviewers | None:
        """Whom a try asked that was cut off before that was on record."""
        with self.store.read() as ledger:
            begun = ledger.comments_begun.since(task.issue, messages.notice_marker(task.issue, key))
            settings = ledger.pull_request_settings.of(task.issue.repository)
        if begun is None or kind_of(word_of(key)) is not RestKind.REVIEW or task.pull_request is None:
            return None
        approver = (task.snapshot.approved_by,) if is_login(task.snapshot.approved_by) else ()
        return AskedReviewers(pull_request=task.pull_request, reviews=(*approver, *settings.reviewers))

    def _keep(self, task: Task, key: str, marker: str, notice: Notice) -> None:
        with self.store.transaction() as ledger:
            ledger.notices.keep(task.id, key, notice)
            ledger.comments_begun.forget(task.issue, marker)
        self.comments.reached(Checkpoint.NOTICE_RECORDED, str(task.issue))

    def _active(self, task: Task, rest: Rest) -> str:
        addressee = self.addressee(task.issue, rest)
        return messages.notice(self._view(task, rest, addressee, web_url=self.github.web_url))

    def _view(self, task: Task, rest: Rest, addressee: Addressee, *, web_url: str) -> NoticeView:
        return NoticeView(
            issue=task.issue,
            rest=rest,
            addressee=addressee,
            pull_request=task.pull_request,
            web_url=web_url,
            draft=task.draft,
            detail=task.detail,
        )

    def addressee(self, issue: IssueRef, rest: Rest) -> Addressee:
        author = self.github.issue(issue).author if rest.turn is Turn.AUTHOR else None
        return find_addressee(rest, author=author, approver=self._account(issue, rest.approver), me=self.comments.me)

    def _account(self, issue: IssueRef, login: str) -> Actor | None:
        """An approver is a person, unless bots may approve too: then GitHub says who it is."""
        if login.endswith("[bot]"):
            return None
        if not self.trusted:
            return Actor(login=login, id=0)
        found = self.github.find_user(issue.repository, login)
        return None if found is None or found.id in self.trusted else found


def post_event(ledger: Ledger, event: Event, lanes: Collection[Lane]) -> None:
    """Queue an event for each of the lanes, once for its id."""
    for lane in lanes:
        ledger.outbox.post(f"{lane}:{event.id}", kind=lane.value, payload=event.as_payload(), now=event.at)


def read_rest(ledger: Ledger, task: Task) -> Rest | None:
    wrong = ledger.wrong_settings.of(task.issue.repository) if task.state is State.QUEUED else None
    return find_rest(task, _read_blockers(ledger, task), wrong, is_answered=ledger.notices.is_answered(task))


def _read_blockers(ledger: Ledger, task: Task) -> list[Task]:
    """One issue asks for the merge of a pull request, of all that wait for it in its repository."""
    found = [ledger.tasks.find(issue) for issue in task.unmet]
    return [
        each
        for each in found
        if each is not None and (each.state is not State.IN_REVIEW or ledger.blockers.waits_first(task, each.issue))
    ]


def read_asked(ledger: Ledger, task: Task) -> AskedReviewers | None:
    """Who was asked to look at the pull request that is in review."""
    rest = find_rest(task)
    shown = ledger.notices.of(task.id).get(rest.key) if rest is not None and rest.kind is RestKind.REVIEW else None
    return shown.asked if shown is not None else None


def _is_due(ledger: Ledger, issue: IssueRef, web_url: str) -> bool:
    task = ledger.tasks.find(issue)
    if task is None:
        return False
    rest, known = read_rest(ledger, task), _read_notices(ledger, task)
    if rest is not None and (_is_unplanned(rest, known) or rest.kind in _CHANGING):
        return True
    return any(shown.digest and _is_stale(task, key, shown, rest, web_url) for key, shown in known.items())


def _read_notices(ledger: Ledger, task: Task) -> dict[str, Notice]:
    """Without those of a review while Nightshift repairs the pull request or puts it on another base: people may go on
    to review it, and `carry_review` decides at the end whether any is asked again."""
    known, revision = ledger.notices.of(task.id), ledger.revisions.of(task.id)
    if revision is None or not revision.is_repair or task.state not in {State.QUEUED, State.RUNNING}:
        return known
    return {key: each for key, each in known.items() if kind_of(word_of(key)) is not RestKind.REVIEW}


def _is_unplanned(rest: Rest, known: Mapping[str, Notice]) -> bool:
    return rest.key not in known or known[rest.key].digest == NOT_PLANNED


def _is_stale(task: Task, key: str, shown: Notice, rest: Rest | None, web_url: str) -> bool:
    """Whether a comment is missing, or is about a rest that has ended, or not about the present one."""
    says_done = _says_done(task, key, shown, web_url)
    holds = rest is not None and rest.key == key
    return shown.digest in {NOT_POSTED, NOT_PLANNED, ASK_AGAIN} or says_done == holds


def _says_done(task: Task, key: str, shown: Notice, web_url: str) -> bool:
    return shown.digest == messages.text_digest(_say_done(task, key, web_url))


def _say_done(task: Task, key: str, web_url: str) -> str:
    return messages.notice_done(task.issue, key, task.pull_request, web_url)
