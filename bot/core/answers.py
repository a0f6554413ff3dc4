"""Which replies of an issue's author answer Claude's questions: those that a person with write permission confirmed.

`/retry` confirms all replies before it, 👍 the one that it is on. Either confirms the words that were there at that
time: a reply that was edited since is not what that person read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from bot.core.approval_events import AuthorReply, Reacted, Retried, is_the_operators
from bot.core.command_rules import says_something
from bot.core.facts import Actor, CommentFacts
from bot.core.failure_policy import has_questions
from bot.core.tasks import Attempt, Snapshot, SnapshotAnswer, SnapshotComment, State, Task

# The end of an attempt has the host's time, a reply GitHub's.
_CLOCKS_DIFFER = timedelta(minutes=10)


def asked_since(attempts: Iterable[Attempt]) -> datetime | None:
    """From when on a comment may be a reply to the first questions of these attempts; None if nothing was asked."""
    ends = [each.finished_at for each in attempts if has_questions(each.failure) and each.finished_at]
    return min(ends) - _CLOCKS_DIFFER if ends else None


def asked_of(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    """Those attempts that ended with questions."""
    return tuple(each for each in attempts if has_questions(each.failure) and each.questions)


def asked_last(attempts: Sequence[Attempt]) -> bool:
    return bool(attempts) and has_questions(attempts[-1].failure)


def select_replies(comments: Iterable[CommentFacts], author: Actor, since: datetime | None) -> tuple[AuthorReply, ...]:
    """The author's among these comments, as far as they say something. Of an account that was deleted there are none:
    GitHub shows all such accounts as one."""
    theirs = (each for each in comments if each.author.id == author.id != 0)
    return tuple(
        AuthorReply(
            comment=each.id,
            author=each.author.login,
            body=each.body,
            created_at=each.created_at,
            updated_at=each.updated_at or each.created_at,
        )
        for each in theirs
        if (since is None or each.created_at >= since) and says_something(each.body)
    )


def is_reply_to_last(comment: CommentFacts, asked: Attempt, announced: int | None) -> bool:
    """Whether it was written after these questions: a pass may meet the replies to earlier ones again. `announced`: the
    number of the comment that announced the questions, where there is one."""
    if announced is not None:
        return comment.id > announced
    return asked.finished_at is not None and comment.created_at >= asked.finished_at


def waits_for_answers(task: Task) -> bool:
    return task.state is State.FAILED and has_questions(task.failure)


def confirm_all(asked: Retried, replies: Sequence[AuthorReply]) -> tuple[SnapshotAnswer, ...]:
    """What a `/retry` confirms. The operator's command confirms what there is now."""
    return tuple(as_answer(each) for each in _before(asked, replies) if not each.may_write)


def is_edited_since(asked: Retried, replies: Sequence[AuthorReply]) -> bool:
    """Whether the author may have edited a reply since this `/retry`, which is then no longer what was read."""
    if is_the_operators(asked):
        return False
    return any(not each.may_write and not _was_so(each, asked.at) for each in _before(asked, replies))


def confirm_liked(
    reactions: Collection[Reacted], replies: Sequence[AuthorReply], known: Sequence[SnapshotAnswer]
) -> tuple[SnapshotAnswer, ...]:
    """The answers on record, with those that these reactions confirm, in the order in which they were written."""
    answers = {each.comment: each for each in known}
    liked = (each for each in replies if not each.may_write and _is_liked(each, reactions))
    answers |= {each.comment: as_answer(each) for each in liked}
    return tuple(answers[number] for number in sorted(answers))


def says_more(asked: Reacted, replies: Sequence[AuthorReply], known: Snapshot) -> bool:
    """Whether this 👍 confirms words that are not on record."""
    liked = (each for each in replies if _is_liked(each, [asked]))
    return any(not is_on_record(each, known) for each in liked)


def is_on_record(reply: AuthorReply, known: Snapshot) -> bool:
    if reply.may_write:
        return SnapshotComment(author=reply.author, body=reply.body) in known.comments
    return as_answer(reply) in known.answers


def edited_since_liked(asked: Reacted, replies: Sequence[AuthorReply]) -> bool:
    """Whether the reply that this 👍 is on was edited since."""
    return any(each.comment == asked.comment and not _was_so(each, asked.at) for each in replies)


def _before(asked: Retried, replies: Sequence[AuthorReply]) -> list[AuthorReply]:
    return [each for each in replies if asked.comment is None or each.comment < asked.comment]


def _is_liked(reply: AuthorReply, reactions: Collection[Reacted]) -> bool:
    return any(each.comment == reply.comment and _was_so(reply, each.at) for each in reactions)


def _was_so(reply: AuthorReply, at: datetime) -> bool:
    """Whether it had its present words then. GitHub's times have whole seconds: an edit in that second may be later."""
    return reply.updated_at == reply.created_at or reply.updated_at < at


def as_answer(reply: AuthorReply) -> SnapshotAnswer:
    """The reply as an answer."""
    return SnapshotAnswer(comment=reply.comment, author=reply.author, body=reply.body)
