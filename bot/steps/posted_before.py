"""Records of what was posted on GitHub before, read back from there, so that nothing is posted or done twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.adapters.store import ANNOUNCED, NOT_POSTED, Ledger, Notice, StatusComment
from bot.core import messages
from bot.core.facts import CommentFacts
from bot.core.references import IssueRef
from bot.core.reviewers import AskedReviewers
from bot.core.tasks import State, Task
from bot.core.turns import RestKind, find_rest, is_login, is_news

_REVIEW = "review"  # the word of the label


@dataclass(slots=True)
class PostedBefore:
    """What was said on GitHub already. `replies`: the issue by the reply's key; `commands`: the repository by the
    number of the comment that was followed; `labels`: the state labels of an issue."""

    replies: dict[str, IssueRef] = field(default_factory=dict)
    commands: dict[int, str] = field(default_factory=dict)
    labels: dict[IssueRef, frozenset[str]] = field(default_factory=dict)
    status_comments: dict[IssueRef, StatusComment] = field(default_factory=dict)
    notices: dict[IssueRef, dict[str, Notice]] = field(default_factory=dict)  # by the rest that each is of

    def add(self, other: PostedBefore) -> None:
        self.replies |= other.replies
        self.commands |= other.commands
        self.labels |= other.labels
        self.status_comments |= other.status_comments
        self.notices |= other.notices


def shown_by(status: CommentFacts) -> StatusComment:
    return StatusComment(comment=status.id, digest=messages.text_digest(status.body))


def notices_among(ours: Iterable[CommentFacts], issue: IssueRef) -> dict[str, Notice]:
    """The bot's own comments that notify of a rest of the issue's task."""
    found = [(messages.read_notice(each.body, issue), each) for each in ours]
    return {
        rest: Notice(comment=each.id, digest=messages.text_digest(each.body))
        for rest, each in found
        if rest is not None
    }


def keep_posted(ledger: Ledger, posted: PostedBefore, now: datetime) -> None:
    for key, issue in posted.replies.items():
        ledger.replies.keep(key, str(issue), now)
    for comment, repository in posted.commands.items():
        ledger.commands_seen.keep(comment, repository, now)
    for issue, labels in posted.labels.items():
        ledger.issues_shown.keep_labels(issue, labels)
        ledger.issues_shown.keep_uncommented(issue, False)
    for issue, shown in posted.status_comments.items():
        ledger.status_comments.keep(issue, shown)
        ledger.issues_shown.keep_uncommented(issue, False)
    for issue, notices in posted.notices.items():
        is_shown = _REVIEW in {label.rpartition(":")[2] for label in posted.labels.get(issue, ())}
        _keep_notices(ledger, issue, notices, now, is_shown=is_shown)


def _keep_notices(
    ledger: Ledger, issue: IssueRef, notices: Mapping[str, Notice], now: datetime, *, is_shown: bool
) -> None:
    """With what GitHub shows of them. An old rest that was never announced, such as by an earlier version, is none of
    today's news; a new one is announced with the next status. `is_shown`: the issue shows that the task is in review,
    so that its status stays, of which no ledger knows all the words any more."""
    task = ledger.tasks.find(issue)
    if task is None:
        return
    for key, shown in notices.items():
        ledger.notices.keep(task.id, key, shown)
    rest = find_rest(task)
    if rest is None or rest.key in ledger.notices.of(task.id):
        return
    if is_news(task, now):
        ledger.comments_begun.keep(
            issue, messages.notice_marker(issue, rest.key), task.updated_at
        )  # asked already, maybe
        if is_shown and rest.kind is RestKind.REVIEW:
            ledger.notices.keep(task.id, rest.key, Notice(digest=NOT_POSTED))
            ledger.outbox.post_notice(issue, now)
        else:
            ledger.outbox.post_status(issue, now)
    else:
        ledger.notices.keep(task.id, rest.key, _select_announced(task))


def _select_announced(task: Task) -> Notice:
    """What was announced long ago. A review that was requested then is taken back once the task goes on."""
    approver = task.snapshot.approved_by
    if task.state is not State.IN_REVIEW or task.pull_request is None or not is_login(approver):
        return Notice()
    asked = AskedReviewers(pull_request=task.pull_request, reviews=(approver,), is_reached=True)
    return Notice(digest=ANNOUNCED, asked=asked)
