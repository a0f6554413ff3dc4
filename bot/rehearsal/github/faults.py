"""What can go wrong between a client and GitHub, as values. A scenario lists them; each is used up as it happens.

`on` is a regular expression that is searched in `METHOD /path`, the path without `/api/v3`:
`POST /repos/[^/]+/[^/]+/pulls$`. Git's requests are `GET /octo/tools.git/info/refs` and
`POST /octo/tools.git/git-receive-pack`; a webhook is `issues.labeled`.
"""

from __future__ import annotations

import fnmatch
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field

from bot.rehearsal.strict_model import Seconds, StrictModel


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Times = Annotated[int, Field(ge=1, le=100_000)]


class _Fault(StrictModel):
    times: Times = 1


class _On(_Fault):
    on: Pattern


class _Late(_On):
    seconds: Seconds


class Answer(_On):
    """The request is not performed; this status comes back instead. `retry_after`: seconds, as a header."""

    status: Annotated[int, Field(ge=200, le=599)]  # 200: a proxy's page in the place of the answer
    message: str = ""
    retry_after: Annotated[int, Field(ge=0)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)


class LoseAnswer(_On):
    """The request is performed, and the connection drops before the answer."""


class Reset(_On):
    """The connection is cut before the request is performed."""


class HalfAnswer(_On):
    """The request is performed, and the connection drops in the middle of the answer's body."""


class SlowAnswer(_Late):
    """The request is performed, and its answer comes in pieces over so many `seconds`."""


class Delay(_Late):
    """The request is performed `seconds` late."""


class Hold(_On):
    """The request is performed once `Faults.release` lets it go on. For tests: no scenario can let it go on."""


class RejectPush(_Fault):
    """A push to a branch that matches the glob `branch` is declined. `reason`: what git's report says of the ref."""

    branch: str
    message: str = "error: GH006: Protected branch update failed for {ref}."
    reason: str = "protected branch hook declined"


class StaleReads(_Fault):
    """What is created next is missing from the next `reads` listings that should show it."""

    of: Literal["comments", "pull_requests"]
    reads: Times


class StaleAnswer(_Late):
    """A GET is answered as it would have been `seconds` ago, with the `ETag` of then: by a replica that is behind."""


class LoseWebhook(_On):
    """A webhook is never sent. `on` is searched in `issues.labeled` and the like."""


class FailWebhook(_On):
    """A webhook is sent and not received, as GitHub's log of deliveries then shows. `on` is searched in
    `issues.labeled` and the like."""


class DoubleWebhook(_On):
    """A webhook comes twice. `on` is searched in `issues.labeled` and the like."""


class DelayWebhook(_Late):
    """A webhook comes `seconds` late, and others overtake it. `on` is searched in `issues.labeled` and the like."""


OnRequest = Answer | LoseAnswer | Reset | HalfAnswer | SlowAnswer | Delay | Hold | StaleAnswer
OnWebhook = LoseWebhook | FailWebhook | DoubleWebhook | DelayWebhook
AnyFault = OnRequest | OnWebhook | RejectPush | StaleReads

_F = TypeVar("_F", bound=AnyFault)


@dataclass(slots=True)
class Faults:
    """The faults still to come. Each `take` uses one up, so that two requests never share it."""

    _left: list[tuple[AnyFault, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _released: list[Hold] = field(default_factory=list)
    _releasing: threading.Condition = field(default_factory=threading.Condition)
    _all_released: bool = False

    def add(self, faults: Iterable[AnyFault]) -> None:
        with self._lock:
            self._left.extend((fault, fault.times) for fault in faults)

    @property
    def left(self) -> tuple[AnyFault, ...]:
        """Those that have not happened as often as they should."""
        return tuple(fault for fault, _ in self.waiting)

    @property
    def waiting(self) -> tuple[tuple[AnyFault, int], ...]:
        """The same, each with how often it still has to happen."""
        with self._lock:
            return tuple((fault, times) for fault, times in self._left if times > 0)

    def release(self, hold: Hold) -> None:
        """Let the requests go on that it holds, and those that it would hold."""
        with self._releasing:
            self._released.append(hold)
            self._releasing.notify_all()

    def release_all(self) -> None:
        """Let every request go on, as when the server stops."""
        with self._releasing:
            self._all_released = True
            self._releasing.notify_all()

    def wait_released(self, hold: Hold) -> None:
        with self._releasing:
            self._releasing.wait_for(lambda: self._all_released or hold in self._released)

    def take(self, kind: type[_F], subject: str) -> _F | None:
        """Use up the first fault of this kind that concerns `subject`."""
        with self._lock:
            for index, (fault, times) in enumerate(self._left):
                if times > 0 and isinstance(fault, kind) and _concerns(fault, subject):
                    self._left[index] = (fault, times - 1)
                    return fault
        return None


def _concerns(fault: AnyFault, subject: str) -> bool:
    match fault:
        case RejectPush():
            return fnmatch.fnmatchcase(subject, fault.branch)
        case StaleReads():
            return subject == fault.of
        case _:
            return re.search(fault.on, subject) is not None
