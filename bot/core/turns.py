"""Who has to act while a task rests, and who is mentioned for it. Pure.

A task rests when it goes on only after a person acted. Automatic retries, pauses and cancels are no rest: Nightshift
goes on alone, or the person who stopped it knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.facts import Actor
from bot.core.failure_policy import WITH_QUESTIONS, has_questions
from bot.core.failures import FailureKind, Turn
from bot.core.final_failures import turn_of_failed
from bot.core.lint import Remark, find_remarks
from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.core.wrong_settings import WrongSettings

LOGIN = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?"  # with `_` only on GitHub Enterprise Cloud
_GHOST = "ghost"  # GitHub's login of every account that was deleted
_NEWS = timedelta(days=1)


class RestKind(StrEnum):
    """What the person is asked for."""

    REVIEW = "review"
    QUESTION = "question"
    ANSWERED = "answered"
    FAILURE = "failure"
    MERGE = "merge"
    GO = "go"
    SETTINGS = "settings"


_IN_REVIEW, _WAITS, _GO, _SETTINGS, _ANSWERED = "in_review", "waits", "go", "settings-", "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """`attempts`: of the task. `word`: `in_review`, `waits`, `go`, `answered`, `settings-` and a version, or the kind
    of failure. `waits_for`: the pull requests in review whose merge a queued task waits for; `remarks`: for which it
    waits; `mistakes`: in the repository's settings. `approver`: of the task whose turn it is."""

    attempts: int
    word: str
    turn: Turn
    approver: str
    waits_for: tuple[IssueRef, ...] = ()
    remarks: tuple[Remark, ...] = ()
    mistakes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The same one is announced once, however often the task comes back to it. Migration 6 spells it in SQL,
        and the ledger that of answers in its notices."""
        return f"{self.attempts}.{self.word}"

    @property
    def kind(self) -> RestKind:
        return kind_of(self.word)


def kind_of(word: str) -> RestKind:
    match word:
        case "in_review":
            return RestKind.REVIEW
        case "waits":
            return RestKind.MERGE
        case "go":
            return RestKind.GO
        case "answered":
            return RestKind.ANSWERED
        case _ if word.startswith(_SETTINGS):
            return RestKind.SETTINGS
        case _:
            return RestKind.QUESTION if word in WITH_QUESTIONS else RestKind.FAILURE


def word_of(key: str) -> str:
    """The word of a rest, by its key."""
    return key.partition(".")[2]


def find_last_review(keys: Iterable[str]) -> str | None:
    """The newest rest in review, by its key."""
    reviews = [key for key in keys if kind_of(word_of(key)) is RestKind.REVIEW]
    return max(reviews, key=lambda key: int(key.partition(".")[0]), default=None)


def find_rest(
    task: Task, blockers: Sequence[Task] = (), wrong: WrongSettings | None = None, *, is_answered: bool = False
) -> Rest | None:
    """None while no person has to act. `blockers`: the tasks of the issues that this one still waits for; `wrong`: the
    repository's settings, if they have mistakes. `is_answered`: the author replied to the last questions."""
    match task.state:
        case State.IN_REVIEW:
            return _rest(task, _IN_REVIEW, Turn.MAINTAINER)
        case State.FAILED:
            return _rest_of_failure(task, is_answered=is_answered)
        case State.QUEUED if task.waits_for_go:
            return replace(_rest(task, _GO, Turn.MAINTAINER), remarks=find_remarks(task.snapshot))
        case State.QUEUED if wrong is not None and wrong.issue == task.issue.number:
            # One comment for a version of the file, however many attempts found it.
            found = _rest(task, f"{_SETTINGS}{wrong.version}", Turn.MAINTAINER)
            return replace(found, attempts=0, mistakes=wrong.mistakes)
        case State.QUEUED:
            return _merge(task, [each for each in blockers if each.state is State.IN_REVIEW])
        case _:
            return None


def _rest_of_failure(task: Task, *, is_answered: bool) -> Rest:
    kind = task.failure or FailureKind.AGENT_CRASHED
    if is_answered and has_questions(kind):
        return _rest(task, _ANSWERED, Turn.MAINTAINER)
    return _rest(task, kind.value, turn_of_failed(kind))


def _rest(task: Task, word: str, turn: Turn) -> Rest:
    return Rest(attempts=task.attempts, word=word, turn=turn, approver=task.snapshot.approved_by)


def _merge(task: Task, in_review: Sequence[Task]) -> Rest | None:
    pulls = tuple(
        IssueRef(each.issue.repository, each.pull_request) for each in in_review if each.pull_request is not None
    )
    if not pulls:
        return None
    return Rest(
        attempts=task.attempts,
        word=_WAITS,
        turn=Turn.MAINTAINER,
        approver=in_review[0].snapshot.approved_by,
        waits_for=pulls,
    )


def is_news(task: Task, now: datetime) -> bool:
    """Whether a task that came back from GitHub came to rest so lately that a person may not know of it yet."""
    return task.snapshot.approved_by != "" and now - task.updated_at < _NEWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """The person to mention. `login` is empty for none; then `why` completes "no person is mentioned, because …"."""

    login: str = ""
    why: str = ""


def find_addressee(rest: Rest, *, author: Actor | None, approver: Actor | None, me: Actor) -> Addressee:
    """`author`: of the issue, needed where it is the author's turn. `approver`: the account that approved the task, as
    far as GitHub was asked about it. A bot that opened the issue cannot answer: then it is the approver's turn."""
    if rest.turn is Turn.AUTHOR and author is not None and is_person(author, me):
        return Addressee(login=author.login)
    if not rest.approver:
        return Addressee(why="it is not known who approved this issue")
    if not is_login(rest.approver) and not rest.approver.endswith("[bot]"):
        return Addressee(why=f"{rest.approver} approved this issue")
    if approver is None or not is_person(approver, me):
        return Addressee(why="a bot approved this issue")
    return Addressee(login=approver.login)


def is_person(actor: Actor, me: Actor) -> bool:
    """Whether a mention of the account reaches somebody."""
    if actor.is_bot or actor.id == me.id or actor.login.lower() == _GHOST:
        return False
    return is_login(actor.login)


def is_login(name: str) -> bool:
    """Whether it has the form of a person's login. The operator's name and a bot's have another one."""
    return re.fullmatch(LOGIN, name) is not None
