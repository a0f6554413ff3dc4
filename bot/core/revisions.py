"""Revisions of a pull request: who may ask for one, and what of its reviews and comments a session reads.

Only the words of people with write permission are read, and each only until it was answered. What was answered is on
record in the ledger, and in the tags of the answers on GitHub.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

from bot.core.commands import Revise, parse_command
from bot.core.facts import Actor, CommentFacts, PullRequestFacts
from bot.core.messages.markers import is_ours, read_reply_key
from bot.core.review_facts import LineComment, ReviewFacts
from bot.core.revision import Revision
from bot.core.tasks import State, Task

_READ = frozenset({"CHANGES_REQUESTED", "COMMENTED", "APPROVED"})
_REVISED = re.compile(r"revised:\S+:(\d{1,20}):(\d{1,20})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """Something that people with write permission said. `said`: pairs of login and text. `thread`: the first comment,
    for a thread on a line; then `path`, `line` and `hunk` say where."""

    key: str
    said: tuple[tuple[str, str], ...]
    thread: int | None = None
    path: str = ""
    line: int | None = None
    hunk: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRemark:
    """What GitHub shows of a pull request. `comments`: on it, and on its issue. `resolved`: threads that a person
    marked so, by their first comments."""

    reviews: Sequence[ReviewFacts] = ()
    lines: Sequence[LineComment] = ()
    comments: Sequence[CommentFacts] = ()
    resolved: Collection[int] = ()

    @property
    def authors(self) -> dict[str, Actor]:
        every: Iterable[ReviewFacts | LineComment | CommentFacts] = chain(self.reviews, self.lines, self.comments)
        return {each.author.login: each.author for each in every}


@dataclass(slots=True)
class Answered:
    """What was answered: by key; besides, every review and every comment up to these."""

    items: set[str] = field(default_factory=set)
    review: int = 0
    comment: int = 0

    def learn(self, said: ReviewRemark, me: Actor) -> None:
        """Read it from the tags of the bot's own answers: the ledger may be new."""
        every: Iterable[LineComment | CommentFacts] = chain(said.lines, said.comments)
        for each in every:
            key = read_reply_key(each.body) if each.author.id == me.id else None
            found = _REVISED.fullmatch(key or "")
            if found is not None:
                self.review, self.comment = max(self.review, int(found[1])), max(self.comment, int(found[2]))
            elif key is not None and key.startswith("thread:"):
                self.items.add(key)


def thread_key(thread: int, last: int) -> str:
    """`last`: the last comment that was read of it. A later one asks anew."""
    return f"thread:{thread}:{last}"


def revised_key(task: Task, said: ReviewRemark) -> str:
    """The key of the answer on the pull request: what it answers can be read from it."""
    review = max((each.id for each in said.reviews), default=0)
    comment = max((each.id for each in said.comments), default=0)
    return f"revised:{task.issue}:{review}:{comment}"


def select_items(
    said: ReviewRemark, *, pull: int, writers: Collection[str], answered: Answered
) -> tuple[ReviewItem, ...]:
    """The requests without an answer: reviews, then threads on lines, then comments, each in its order."""
    every = (_reviews(said, writers, answered), _threads(said, writers, answered))
    return tuple(chain(*every, _comments(said, pull, writers, answered)))


def _reviews(said: ReviewRemark, writers: Collection[str], answered: Answered) -> Iterable[ReviewItem]:
    for each in sorted(said.reviews, key=lambda review: review.id):
        key = f"review:{each.id}"
        is_new = key not in answered.items and each.id > answered.review
        if is_new and each.state in _READ and _counts(each.author, each.body, writers):
            yield ReviewItem(key=key, said=((each.author.login, each.body),))


def _threads(said: ReviewRemark, writers: Collection[str], answered: Answered) -> Iterable[ReviewItem]:
    threads: dict[int, list[LineComment]] = {}
    for each in sorted(said.lines, key=lambda comment: comment.id):
        threads.setdefault(each.thread, []).append(each)
    for thread, comments in threads.items():
        ours = [each for each in comments if _counts(each.author, each.body, writers)]
        if thread in said.resolved or not ours:
            continue
        key = thread_key(thread, ours[-1].id)
        if key not in answered.items:
            first = comments[0]
            said_by = tuple((each.author.login, each.body) for each in ours)
            yield ReviewItem(key=key, said=said_by, thread=thread, path=first.path, line=first.line, hunk=first.hunk)


def _comments(said: ReviewRemark, pull: int, writers: Collection[str], answered: Answered) -> Iterable[ReviewItem]:
    """Of the issue's comments those that ask for a revision: the others were read with the issue."""
    for each in sorted(said.comments, key=lambda comment: comment.id):
        key = f"comment:{each.id}"
        is_new = key not in answered.items and each.id > answered.comment
        is_meant = each.issue == pull or isinstance(parse_command(each.body), Revise)
        if is_new and is_meant and _counts(each.author, each.body, writers):
            yield ReviewItem(key=key, said=((each.author.login, each.body),))


def _counts(author: Actor, body: str, writers: Collection[str]) -> bool:
    """Whether these are a writer's words to a session: not Nightshift's own, and more than a command."""
    if author.login not in writers or is_ours(body) or not body.strip():
        return False
    command = parse_command(body)
    is_alone = len(body.strip().splitlines()) == 1
    return command is None or not is_alone or (isinstance(command, Revise) and bool(command.text))


def obstacle(pull: PullRequestFacts, task: Task, revision: Revision | None) -> str | None:
    """Why the pull request cannot be revised, as a sentence; None if it can."""
    if pull.merged:
        return "The pull request is merged: open an issue for what is left."
    if not pull.is_open:
        return "The pull request is closed: reopen it first."
    if task.state is State.RUNNING:
        return "Nightshift is at work on it: ask again when this attempt has ended, or `/cancel` it first."
    if task.state is State.QUEUED and revision is None:
        return "The issue is in the queue already: ask again when that attempt has ended, or `/cancel` it first."
    return None
