"""Records of what was posted on GitHub before, read back from there, so that nothing is posted or done twice."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from bot.adapters.store import Ledger, StatusComment
from bot.core.facts import CommentFacts
from bot.core.references import IssueRef


@dataclass(slots=True)
class Said:
    """What was said on GitHub already. `replies`: the issue by the reply's key; `commands`: the repository by the
    number of the comment that was followed; `labels`: the state labels of an issue."""

    replies: dict[str, IssueRef] = field(default_factory=dict)
    commands: dict[int, str] = field(default_factory=dict)
    labels: dict[IssueRef, frozenset[str]] = field(default_factory=dict)
    status_comments: dict[IssueRef, StatusComment] = field(default_factory=dict)

    def add(self, other: Said) -> None:
        self.replies |= other.replies
        self.commands |= other.commands
        self.labels |= other.labels
        self.status_comments |= other.status_comments


def shown_by(status: CommentFacts) -> StatusComment:
    return StatusComment(comment=status.id, digest=hashlib.sha256(status.body.encode()).hexdigest())


def keep_said(ledger: Ledger, said: Said, now: datetime) -> None:
    for key, issue in said.replies.items():
        ledger.replies.keep(key, str(issue), now)
    for comment, repository in said.commands.items():
        ledger.commands_seen.keep(comment, repository, now)
    for issue, labels in said.labels.items():
        ledger.issues_shown.keep_labels(issue, labels)
        ledger.issues_shown.keep_uncommented(issue, False)
    for issue, shown in said.status_comments.items():
        ledger.status_comments.keep(issue, shown)
        ledger.issues_shown.keep_uncommented(issue, False)
