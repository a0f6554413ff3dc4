"""The text that a request approves: the issue's and its comments', with the answers that the request confirms, and what
becomes of the remarks on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.answers import confirm_all, confirm_liked, is_edited_since
from bot.core.approval_events import Approval, Labelled, Reacted, Retried, Shown, Text, text_of
from bot.core.command_rules import says_something
from bot.core.facts import CommentFacts
from bot.core.tasks import Lint, Overrides, SnapshotAnswer, SnapshotComment, Task

Ask = Labelled | Retried | Reacted
"""What may approve."""

# In this time the author can change the approved text unnoticed. GitHub's times are whole seconds, so those of
# one change can differ by one.
_SAME_MOMENT = timedelta(seconds=1)
_NO_TEXT = Text(title="", body="")


def approve(asked: Ask, *, task: Task | None, shown: Shown | None, likes: Collection[Reacted]) -> Approval:
    """`task`: on record. `likes`: every 👍 of a writer."""
    if isinstance(asked, Reacted):
        return _confirm(asked, task, shown, likes)
    replies = shown.replies if shown else ()
    overrides = asked.overrides if isinstance(asked, Retried) else Overrides()
    if task is not None:
        overrides = overrides.with_allowed(task.overrides)
    is_changed = asked.text is None and _may_have_changed(shown, asked.at)
    return Approval(
        at=asked.at,
        by=asked.by.login,
        text=asked.text or (shown.text if shown else _NO_TEXT),
        comments=shown.comments if shown else (),
        answers=confirm_all(asked, replies) if isinstance(asked, Retried) else _on_record(task),
        overrides=overrides,
        is_stale=is_changed or (isinstance(asked, Retried) and is_edited_since(asked, replies)),
    )


def _confirm(asked: Reacted, task: Task | None, shown: Shown | None, likes: Collection[Reacted]) -> Approval:
    """With the text on record: who reacts to a reply has not read the issue again."""
    return Approval(
        at=asked.at,
        by=asked.by.login,
        text=_NO_TEXT if task is None else text_of(task),
        comments=shown.comments if shown else (),
        answers=confirm_liked(likes, shown.replies if shown else (), _on_record(task)),
        overrides=Overrides() if task is None else replace(task.overrides, fresh=False),
    )


def _on_record(task: Task | None) -> tuple[SnapshotAnswer, ...]:
    """A writer confirmed them."""
    return () if task is None else task.snapshot.answers


def _may_have_changed(shown: Shown | None, since: datetime) -> bool:
    """Whether the issue's author, without write permission, may have rewritten it."""
    return shown is None or (not shown.author_may_write and shown.updated_at - since > _SAME_MOMENT)


def select_comments(comments: Sequence[CommentFacts], writers: Collection[str]) -> tuple[SnapshotComment, ...]:
    """The comments that Claude reads: those of people with write permission that say something.

    Nightshift's comments carry a hidden marker; a comment that is only a command says nothing to Claude.
    """
    return tuple(
        SnapshotComment(author=comment.author.login, body=comment.body)
        for comment in comments
        if comment.author.login in writers and says_something(comment.body)
    )


def keep_lint(task: Task | None, *, is_command: bool) -> Lint:
    """What is known of the remarks on an issue that is queued. `task`: on record; `is_command`: a person asks for the
    run again, and has seen what was remarked."""
    known = Lint.UNREAD if task is None else task.lint
    if known is Lint.ACCEPTED or (is_command and known in {Lint.SAID, Lint.WAITS}):
        return Lint.ACCEPTED
    if task is not None and task.attempts:  # it ran already: what is wrong with it, its failure says
        return known
    return Lint.UNREAD
