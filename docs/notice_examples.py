"""The comments that notify a person, for `docs/messages.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from bot.core import messages
from bot.core.failures import FailureKind, Turn
from bot.core.messages import NoticeView
from bot.core.notifications import TurnView, turn_event
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Lint, State, Task
from bot.core.turns import Addressee, Rest, RestKind, find_rest
from bot.core.wrong_settings import WrongSettings
from docs.digest_example import digests
from docs.queue_examples import UNCLEAR

__all__ = ["NOTICES", "digests", "events", "notices"]

NOTICES = (
    "A new comment that mentions the person whose turn it is, one each time that a task starts to wait for them, and "
    "edited once the task goes on; for a task in review only where no review can be requested. No other sentence "
    "mentions an account."
)


FAILED = [kind for kind in FailureKind if kind is not FailureKind.CANCELLED]  # that ends as cancelled


def notices(task: Callable[..., Task], issue: IssueRef, other: IssueRef) -> Iterator[tuple[str, str]]:
    """`task` makes one of `issue`, which may wait for `other`."""
    reviewed = task(State.IN_REVIEW, issue=other, pull_request=6)
    mistakes = ("line 2: protect: there is no such key; did you mean `protected`?",)
    wrong = WrongSettings(version="0123456789ab", mistakes=mistakes, issue=issue.number)
    rests = {
        "in review": find_rest(task(State.IN_REVIEW, pull_request=5)),
        "waits for `/go`": find_rest(task(snapshot=UNCLEAR, lint=Lint.WAITS)),
        "waits for the repository's settings": find_rest(task(), wrong=wrong),
        "waits for a merge": find_rest(task(blockers=(Blocker(issue=other),)), [reviewed]),
        **{
            kind.value: find_rest(task(State.FAILED, failure=kind))
            for kind in FailureKind
            if kind is not FailureKind.CANCELLED
        },
    }
    asked = task(State.FAILED, failure=FailureKind.NEEDS_INFO)
    rests["answers of the issue's author"] = find_rest(asked, is_answered=True)
    for name, rest in rests.items():
        if rest is not None:
            yield from _shown(name, rest, issue)
    stalled = rests[FailureKind.STALLED]
    if stalled is not None:
        operator = Addressee(why="the operator approved this issue")
        view = NoticeView(issue=issue, rest=stalled, addressee=operator)
        yield "a failure, where no person on GitHub approved", messages.notice(view)
        yield "a failure, afterwards", messages.notice_done(issue, stalled.key)


def events(task: Callable[..., Task], issue: IssueRef, now: datetime) -> Iterator[tuple[str, str]]:
    """What a webhook and a mail say of a task in review, and of one that failed."""
    tasks = {
        "in review": task(State.IN_REVIEW, pull_request=5),
        "a failure": task(State.FAILED, failure=FailureKind.STALLED),
    }
    for name, each in tasks.items():
        if (rest := find_rest(each)) is not None:
            addressee = Addressee(login="ada")
            step = messages.next_step(NoticeView(issue=issue, rest=rest, addressee=addressee, pull_request=5))
            view = TurnView(
                issue=issue,
                title=each.snapshot.title,
                rest=rest,
                addressee=addressee,
                next_step=step,
                pull_request=each.pull_request,
                failure=each.failure,
                web_url="https://github.com",
                at=now,
            )
            said = turn_event(view)
            yield name, "\n\n".join((said.subject, "\n".join(said.lines), said.text))


def _shown(name: str, rest: Rest, issue: IssueRef) -> Iterator[tuple[str, str]]:
    login = "mallory" if rest.turn is Turn.AUTHOR else "ada"
    view = NoticeView(issue=issue, rest=rest, addressee=Addressee(login=login), pull_request=5)
    yield name, messages.notice(view)
    if rest.kind is not RestKind.FAILURE:
        yield f"{name}, afterwards", messages.notice_done(issue, rest.key, 5)
