"""What goes to the host of an attempt, and what comes back: two documents in object storage.

A document names everything that is large by reference. What comes back was written by a host, which is trusted less
than the control plane: its types are checked, and what it asks for is judged again (`bot/steps/received_work.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.adapters.git import Author
from bot.adapters.store import KeptWork, Publication
from bot.core.budget import SessionLimits
from bot.core.failures import FailureKind
from bot.core.outcomes import AttemptOutcome, as_failure
from bot.core.short_verdict import ShortVerdict
from bot.core.stacking import Apart, StartsLater
from bot.core.tasks import Attempt, State, Task
from bot.steps.opening import StartFound

T = TypeVar("T", "AttemptInput", "AttemptResult")


class DocumentWrong(Exception):
    """It is not the document of this attempt, or of this version of Nightshift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptInput:
    """`schema`: the version of the ledger that `rows` are of. `kilobytes`: the size of the repository. `previous`: the
    attempts that have ended. `commits`: a file of those that GitHub's default branch does not hold; `conversation`: the
    kept one. `sealed`: the token that reads the repository, for a host without one; no other secret is in it, and none
    in the clear."""

    name: str
    fence: int
    schema: int
    web_url: str
    branch_prefix: str
    kilobytes: int
    task: Task
    attempt: Attempt
    previous: tuple[Attempt, ...]
    found: StartFound
    budget_usd: float
    limits: SessionLimits
    author: Author
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    commits: str | None = None
    conversation: str | None = None
    sealed: str | None = None

    def require_name(self, name: str) -> None:
        """Raises DocumentWrong."""
        if self.name != name:
            raise DocumentWrong(f"the order is for {self.name}, not for {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOutcome:
    """An `AttemptOutcome` without what only GitHub can say. `later`: why it waits for other issues again, with the
    branches that are `apart`."""

    state: State
    failure: FailureKind | None = None
    detail: str = ""
    resets_at: datetime | None = None
    later: str | None = None
    apart: Apart | None = None

    @classmethod
    def of(cls, outcome: AttemptOutcome) -> HostOutcome:
        later = outcome.later
        return cls(
            state=outcome.state,
            failure=outcome.failure,
            detail=outcome.detail,
            resets_at=outcome.resets_at,
            later=later.detail if later is not None else None,
            apart=later.apart if later is not None else None,
        )

    def restore(self) -> AttemptOutcome:
        if self.later is not None:
            later = StartsLater(self.later, self.apart)
            failed = as_failure(later.kind, later.detail)
            return AttemptOutcome(state=failed.state, failure=failed.failure, detail=failed.detail, later=later)
        return AttemptOutcome(state=self.state, failure=self.failure, detail=self.detail, resets_at=self.resets_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptResult:
    """`publication`: what is to be shown, with the `verdict` on it. `kept`: for an attempt that goes on. `commits`: a
    file of those that both name; `evidence`: of each session; `conversation`: the last one; `patch`: of what may not
    be published. `rows`: what the checks taught about the repository. `is_rebased`: git made the work, no session."""

    name: str
    fence: int
    outcome: HostOutcome
    attempt: Attempt
    publication: Publication | None = None
    verdict: ShortVerdict | None = None
    kept: KeptWork | None = None
    commits: str | None = None
    evidence: str | None = None
    conversation: str | None = None
    patch: str | None = None
    rows: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    is_rebased: bool = False


def write_document(document: AttemptInput | AttemptResult) -> bytes:
    return _adapters()[type(document)].dump_json(document)


def read_document(kind: type[T], content: bytes) -> T:
    """Raises DocumentWrong."""
    try:
        read: T = _adapters()[kind].validate_json(content)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        raise DocumentWrong(f"the {kind.__name__} cannot be read: {where} is not what is expected") from None
    return read


@cache
def _adapters() -> Mapping[type[Any], TypeAdapter[Any]]:
    return {kind: TypeAdapter(kind) for kind in (AttemptInput, AttemptResult)}
