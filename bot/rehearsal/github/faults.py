"""What can go wrong between a client and GitHub, as values. A scenario lists them; each is used up as it strikes.

`on` is a regular expression that is searched in `METHOD /path`, the path without `/api/v3`:
`POST /repos/[^/]+/[^/]+/pulls$`. Git's requests are `GET /octo/tools.git/info/refs` and
`POST /octo/tools.git/git-receive-pack`; a webhook is `issues.labeled`.
"""

from __future__ import annotations

import fnmatch
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The request is not performed; this status comes back instead."""

    on: str
    status: int
    message: str = ""
    retry_after: int | None = None  # seconds, as a header
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseAnswer:
    """The request is performed, and the connection drops before the client hears of it."""

    on: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """The connection is cut before the request is performed."""

    on: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfAnswer:
    """The request is performed, and the connection drops in the middle of the answer's body."""

    on: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowAnswer:
    """The request is performed, and its answer comes in pieces over so many `seconds`."""

    on: str
    seconds: float
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """The request is performed `seconds` late."""

    on: str
    seconds: float
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectPush:
    """A push to a branch that matches the glob `branch` is declined."""

    branch: str
    message: str = "error: GH006: Protected branch update failed for {ref}."
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleReads:
    """What is created next is left out of the next `reads` listings that would have shown it."""

    of: Literal["comments", "pull_requests"]
    reads: int
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LoseWebhook:
    """A webhook that is never sent: `on` is searched in `issues.labeled`."""

    on: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FailWebhook:
    """A webhook that reaches nobody, as GitHub's log of deliveries then shows: `on` is searched in `issues.labeled`."""

    on: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleWebhook:
    """A webhook that comes twice: `on` is searched in `issues.labeled`."""

    on: str
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayWebhook:
    """A webhook that comes `seconds` late, so that later ones overtake it: `on` is searched in `issues.labeled`."""

    on: str
    seconds: float
    times: int = 1


OnRequest = Answer | LoseAnswer | Reset | HalfAnswer | SlowAnswer | Delay
OnWebhook = LoseWebhook | FailWebhook | DoubleWebhook | DelayWebhook
Fault = OnRequest | OnWebhook | RejectPush | StaleReads

_F = TypeVar("_F", bound=Fault)


@dataclass(slots=True)
class Faults:
    """The faults still to come. Each `take` uses one up, so that two requests never share it."""

    _left: list[tuple[Fault, int]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, faults: Iterable[Fault]) -> None:
        with self._lock:
            self._left.extend((fault, fault.times) for fault in faults)

    @property
    def left(self) -> tuple[Fault, ...]:
        """Those that have not struck as often as they should."""
        return tuple(fault for fault, _ in self.waiting)

    @property
    def waiting(self) -> tuple[tuple[Fault, int], ...]:
        """The same, each with how often it has still to strike."""
        with self._lock:
            return tuple((fault, times) for fault, times in self._left if times > 0)

    def take(self, kind: type[_F], subject: str) -> _F | None:
        """Use up the first fault of this kind that concerns `subject`."""
        with self._lock:
            for index, (fault, times) in enumerate(self._left):
                if times > 0 and isinstance(fault, kind) and _concerns(fault, subject):
                    self._left[index] = (fault, times - 1)
                    return fault
        return None


def _concerns(fault: Fault, subject: str) -> bool:
    match fault:
        case RejectPush():
            return fnmatch.fnmatchcase(subject, fault.branch)
        case StaleReads():
            return subject == fault.of
        case _:
            return re.search(fault.on, subject) is not None
