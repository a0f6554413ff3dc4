"""Reads what a revision is to answer: the reviews, threads and comments of a pull request, when the attempt begins.

Only words of people with write permission are read, by GitHub's present answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core import messages
from bot.core.approval_events import Role
from bot.core.attempts import Purpose
from bot.core.brief import follow_up
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.review_brief import read_answers, requests
from bot.core.revision import ReviewAnswer
from bot.core.revisions import Answered, ReviewItem, ReviewRemark, revised_key, select_items
from bot.core.tasks import Task
from bot.steps.issue_reader import IssueReader
from bot.steps.repair_reading import Repair, RepairReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`items`: what the session reads, numbered from 1. `key`: of the answer on the pull request. `adds`: it builds on
    the commits of the branch. `by_github`: GitHub has moved that in a native stack, or a person."""

    by: str
    items: tuple[ReviewItem, ...]
    key: str
    adds: bool = True
    by_github: bool = False

    def answers(self, summary: str, commit: str, *, by_session: bool) -> tuple[ReviewAnswer, ...]:  # noqa: ARG002
        """What is said of it, once it is published; empty where the answer on the pull request says it. `commit`: a
        link, empty if nothing changed."""
        each = read_answers(summary, len(self.items))
        threads = [
            ReviewAnswer(item=item.key, thread=item.thread, text=messages.thread_answer(commit, each.get(number, "")))
            for number, item in enumerate(self.items, 1)
            if item.thread is not None
        ]
        others = [ReviewAnswer(item=item.key, thread=None, text="") for item in self.items if item.thread is None]
        whole = ReviewAnswer(item=self.key, thread=None, text=messages.revised(commit, summary, threads=len(threads)))
        return (*threads, *others, whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReader:
    reader: IssueReader

    def read(self, task: Task) -> Review | Repair | None:
        """None for an attempt that revises nothing. Raises GitHubFailed, and TaskFailed(CANCELLED) if the pull request
        has ended."""
        revision = self.reader.revision(task)
        if revision is None:
            return None
        if revision.is_repair:
            return RepairReader(reader=self.reader).read(task, revision)
        pull = IssueRef(task.issue.repository, revision.pull_request)
        shown = self.reader.github.pull_request(pull.repository, pull.number)
        if not shown.is_open:
            raise TaskFailed(FailureKind.CANCELLED, f"the pull request is {'merged' if shown.merged else 'closed'}")
        said = self._read_said(task.issue, pull)
        answered = Answered(items=set(self._read_answered(task)))
        answered.learn(said, self.reader.me)
        who = said.authors
        writers = {login for login, actor in who.items() if self.reader.role(pull.repository, actor) is Role.WRITER}
        items = select_items(said, pull=pull.number, writers=writers, answered=answered)
        by_github = shown.is_stacked and shown.head != task.pushed
        return Review(by=revision.by, items=items, key=revised_key(task, said), by_github=by_github)

    def _read_answered(self, task: Task) -> dict[str, str]:
        with self.reader.store.read() as ledger:
            return ledger.review_items.find_answers(task.id)

    def _read_said(self, issue: IssueRef, pull: IssueRef) -> ReviewRemark:
        github = self.reader.github
        lines = github.line_comments(pull)
        return ReviewRemark(
            reviews=github.reviews(pull),
            lines=lines,
            comments=[*github.all_comments(pull), *github.all_comments(issue)],
            resolved=github.resolved_threads(pull) if lines else frozenset(),
        )


def with_review(brief: str, review: Review | Repair | None) -> str:
    if review is None:
        return brief
    if isinstance(review, Repair):
        return review.brief(brief)
    return follow_up(Purpose.REVISE, brief, requests(review.items, by=review.by))
