"""Finds 👍 on the replies of issues' authors: GitHub sends no webhook for a reaction.

Only issues whose last attempt ended with questions are asked for, a few in each pass, with the ETag of what is known: a
reaction is part of a comment as GitHub lists it, so an issue on which nothing happens costs nothing of the hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from bot.adapters.github import GitHub, GitHubFailed
from bot.core.approval_events import Reacted, Role, approved_at
from bot.core.facts import Reaction
from bot.core.tasks import Task
from bot.steps.approve_issue import Approver
from bot.steps.catching_up import CatchingUp

_AT_ONCE = 20  # issues in a pass
_REPLIES, _PEOPLE = 20, 30  # the newest: of an issue, and of those who reacted to one reply


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReactions:
    """Raises GitHubFailed. Not thread-safe."""

    approver: Approver
    catching_up: CatchingUp
    _looked_at: dict[str, int] = field(default_factory=dict)  # by repository, the last issue of the pass before

    @property
    def _github(self) -> GitHub:
        return self.approver.reader.github

    def look(self, repository: str, between: Callable[[], None]) -> None:
        """`between` is called before each issue, and may raise to end the pass."""
        for task in self._next(repository):
            between()
            self._looked_at[repository] = task.issue.number
            try:
                self._look_at(task)
            except GitHubFailed as error:
                if not error.gone:
                    raise

    def _next(self, repository: str) -> list[Task]:
        """Each gets its turn, however many there are."""
        with self.approver.reader.store.read() as ledger:
            waiting = ledger.tasks.with_questions(repository)
        last = self._looked_at.get(repository, 0)
        later = [task for task in waiting if task.issue.number > last]
        return [*later, *(task for task in waiting if task not in later)][:_AT_ONCE]

    def _look_at(self, task: Task) -> None:
        """Two people may have changed places among those who reacted: then only the list of them shows it."""
        since = self.approver.reader.asked_since(task.issue)
        if since is None:
            return
        pages = self._github.comments_now(task.issue, since)
        liked = [each for page in pages for each in page.value.liked]
        if liked:
            self._look_at_liked(task, liked)
        for page in pages:
            self._github.keep(page)

    def _look_at_liked(self, task: Task, liked: Sequence[tuple[int, int]]) -> None:
        shown = self._github.issue_now(task.issue)
        theirs = [comment for comment, author in liked if author == shown.value.author.id][-_REPLIES:]
        lists = {comment: self._github.likes(task.issue.repository, comment) for comment in theirs}
        likes = [each for comment, people in lists.items() for each in self._of_writers(task, comment, people.value)]
        if likes:
            facts = self._github.issue(task.issue)
            self.catching_up.perform(self.approver.confirm(task.issue, facts, likes))
        self._github.keep(shown)
        for people in lists.values():
            self._github.keep(people)

    def _of_writers(self, task: Task, comment: int, people: Sequence[Reaction]) -> list[Reacted]:
        """Since the last approval."""
        since, role = approved_at(task), partial(self.approver.reader.role, task.issue.repository)
        new = [each for each in people if since is None or each.at > since]
        return [
            Reacted(at=each.at, by=each.by, role=Role.WRITER, comment=comment)
            for each in new[-_PEOPLE:]
            if role(each.by) is Role.WRITER
        ]
