"""The bot's own comments: each is made once, and found again by its hidden marker after a try whose answer was lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.facts import Actor, CommentFacts
from bot.core.references import IssueRef
from bot.core.review_facts import LineComment

# After a lost answer: how long GitHub may take to list a comment that was made.
_UNCERTAIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComments:
    """Every method raises GitHubFailed."""

    store: Store
    github: GitHub
    me: Actor
    clock: Callable[[], datetime]
    reached: Reached

    def note_try(self, issue: IssueRef, marker: str) -> bool:
        """Record that something is about to be said under this marker. Returns whether that was on record already."""
        with self.store.transaction() as ledger:
            begun = ledger.comments_begun.since(issue, marker) is not None
            if not begun:
                ledger.comments_begun.keep(issue, marker, self.clock())
        self.reached(Checkpoint.COMMENT_NOTED, str(issue))
        return begun

    def find_earlier(self, issue: IssueRef, marker: str, *, on_lines: bool = False) -> int | None:
        """The comment that an earlier try made. Raises GitHubFailed while GitHub may not list that comment yet."""
        with self.store.read() as ledger:
            begun = ledger.comments_begun.since(issue, marker)
        if begun is None:
            return None
        found = self.find(issue, marker, on_lines=on_lines)
        if found is None and self.clock() - begun < _UNCERTAIN:
            raise GitHubFailed(None, "an earlier try may have made the comment: it is looked for again")
        return found

    def find(self, issue: IssueRef, marker: str, *, on_lines: bool = False) -> int | None:
        """The bot's comment with it; `on_lines`: on a line of the pull request. Other accounts may copy a marker."""
        listed: Sequence[CommentFacts | LineComment] = (
            self.github.line_comments(issue) if on_lines else self.github.all_comments(issue)
        )
        for comment in listed:
            if comment.author.id == self.me.id and marker in comment.body:
                return comment.id
        return None

    def say(self, issue: IssueRef, marker: str, body: str, *, thread: int | None = None) -> int:
        """Create the comment; `thread`: the first comment of the thread on a line that it belongs to. The record of the
        try comes first, so that the next try after a crash looks for it."""
        with self.store.transaction() as ledger:
            ledger.comments_begun.keep(issue, marker, self.clock())
        self.reached(Checkpoint.COMMENT_NOTED, str(issue))
        try:
            identity = (
                self.github.create_comment(issue, body)
                if thread is None
                else self.github.reply_on_line(issue, thread, body)
            )
        except GitHubFailed as error:
            refused = error.status is not None and error.status < 500  # noqa: PLR2004 - it is certain that none was made
            # Else it may have been made just now: this try may have waited longer than GitHub takes to list it.
            with self.store.transaction() as ledger:
                if refused:
                    ledger.comments_begun.forget(issue, marker)
                else:
                    ledger.comments_begun.keep(issue, marker, self.clock())
            raise
        self.reached(Checkpoint.COMMENT_POSTED, str(issue))
        return identity

    def try_edit(self, issue: IssueRef, comment: int, body: str) -> bool:
        """Edit the comment. False if it was deleted."""
        try:
            self.github.edit_comment(issue, comment, body)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return False
        return True
