"""The text that a request approves: the issue's and its comments', with the answers that the request confirms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.answers import confirm_all, confirm_liked, is_edited_since
from bot.core.approval_events import Approval, Labelled, Reacted, Retried, Shown, Text, text_of
from bot.core.tasks import Overrides, SnapshotAnswer, Task

Ask = Labelled | Retried | Reacted
"""What may approve."""

# In this time the author can change the approved text unnoticed. GitHub's times are whole seconds, so those of
# one change can differ by one.
_SAME_MOMENT = timedelta(seconds=1)
_NO_TEXT = Text(title="", body="")


def approve(asked: Ask, *, task: Task | None, shown: Shown | None, likes: Collection[Reacted]) -> Approval:
    """`task`: on record. `likes`: every 👍 of a writer."""
    if isinstance(asked, Reacted):
        return _confirmed(asked, task, shown, likes)
    replies = shown.replies if shown else ()
    overrides = asked.overrides if isinstance(asked, Retried) else Overrides()
    is_changed = asked.text is None and _may_have_changed(shown, asked.at)
    return Approval(
        at=asked.at,
        by=asked.by.login,
        text=asked.text or (shown.text if shown else _NO_TEXT),
        comments=shown.comments if shown else (),
        answers=confirm_all(asked, replies) if isinstance(asked, Retried) else _on_record(task),
        overrides=overrides.with_allowed(task.overrides if task is not None else Overrides()),
        is_stale=is_changed or (isinstance(asked, Retried) and is_edited_since(asked, replies)),
    )


def _confirmed(asked: Reacted, task: Task | None, shown: Shown | None, likes: Collection[Reacted]) -> Approval:
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
