"""The comments that notify a person, for `docs/messages.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.core import messages
from bot.core.failures import FailureKind, Turn
from bot.core.messages import NoticeView
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Lint, State, Task
from bot.core.turns import Addressee, Rest, RestKind, find_rest
from docs.digest_example import digests
from docs.queue_examples import UNCLEAR

__all__ = ["NOTICES", "digests", "notices"]

NOTICES = (
    "A new comment that mentions the person whose turn it is, one each time that a task starts to wait for them, and "
    "edited once the task goes on; for a task in review only where no review can be requested. No other sentence "
    "mentions an account."
)


FAILED = [kind for kind in FailureKind if kind is not FailureKind.CANCELLED]  # that ends as cancelled


def notices(task: Callable[..., Task], issue: IssueRef, other: IssueRef) -> Iterator[tuple[str, str]]:
    """`task` makes one of `issue`, which may wait for `other`."""
    reviewed = task(State.IN_REVIEW, issue=other, pull_request=6)
    rests = {
        "in review": find_rest(task(State.IN_REVIEW, pull_request=5)),
        "waits for `/go`": find_rest(task(snapshot=UNCLEAR, lint=Lint.WAITS)),
        "waits for a merge": find_rest(task(blockers=(Blocker(issue=other),)), [reviewed]),
        **{
            kind.value: find_rest(task(State.FAILED, failure=kind))
            for kind in FailureKind
            if kind is not FailureKind.CANCELLED
        },
    }
    for name, rest in rests.items():
        if rest is not None:
            yield from _shown(name, rest, issue)
    stalled = rests[FailureKind.STALLED]
    if stalled is not None:
        operator = Addressee(why="the operator approved this issue")
        view = NoticeView(issue=issue, rest=stalled, addressee=operator)
        yield "a failure, where no person on GitHub approved", messages.notice(view)
        yield "a failure, afterwards", messages.notice_done(issue, stalled.key)


def _shown(name: str, rest: Rest, issue: IssueRef) -> Iterator[tuple[str, str]]:
    login = "mallory" if rest.turn is Turn.AUTHOR else "ada"
    view = NoticeView(issue=issue, rest=rest, addressee=Addressee(login=login), pull_request=5)
    yield name, messages.notice(view)
    if rest.kind is not RestKind.FAILURE:
        yield f"{name}, afterwards", messages.notice_done(issue, rest.key, 5)
