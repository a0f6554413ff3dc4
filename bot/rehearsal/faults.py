"""The faults of GitHub and git that a scenario can ask for, each under its own key."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.rehearsal.github import faults
from bot.rehearsal.strict_model import Seconds, StrictModel


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from error
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Times = Annotated[int, Field(ge=1, le=1000)]


class Answer(StrictModel):
    """The request is not performed; this status comes back instead. `on` is searched in `METHOD /path`."""

    on: Pattern
    status: Annotated[int, Field(ge=300, le=599)]
    message: str = ""
    retry_after: Annotated[int, Field(ge=0)] | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    times: Times = 1


class LoseAnswer(StrictModel):
    """The request is performed, and the connection drops before the answer."""

    on: Pattern
    times: Times = 1


class Reset(StrictModel):
    """The connection is cut before the request is performed."""

    on: Pattern
    times: Times = 1


class HalfAnswer(StrictModel):
    """The request is performed, and the connection drops in the middle of the answer."""

    on: Pattern
    times: Times = 1


class SlowAnswer(StrictModel):
    """The request is performed, and its answer comes in pieces."""

    on: Pattern
    seconds: Seconds
    times: Times = 1


class Delay(StrictModel):
    """The request is performed late."""

    on: Pattern
    seconds: Seconds
    times: Times = 1


class RejectPush(StrictModel):
    """A push to a branch like `branch` (a glob) is declined."""

    branch: str
    message: str = "error: GH006: Protected branch update failed for {ref}."
    times: Times = 1


class StaleReads(StrictModel):
    """What is created next is missing from so many listings that should show it."""

    of: Literal["comments", "pull_requests"]
    reads: Times
    times: Times = 1


class LoseWebhook(StrictModel):
    """A webhook is never sent. `on` is searched in `issues.labeled` and the like."""

    on: Pattern
    times: Times = 1


class FailWebhook(StrictModel):
    """A webhook is sent and does not arrive, as GitHub's log of deliveries then shows. `on` is searched in
    `issues.labeled` and the like."""

    on: Pattern
    times: Times = 1


class DoubleWebhook(StrictModel):
    """A webhook comes twice. `on` is searched in `issues.labeled` and the like."""

    on: Pattern
    times: Times = 1


class DelayWebhook(StrictModel):
    """A webhook comes late, and others overtake it. `on` is searched in `issues.labeled` and the like."""

    on: Pattern
    seconds: Seconds
    times: Times = 1


_KINDS = {
    "answer": faults.Answer,
    "lose_answer": faults.LoseAnswer,
    "reset": faults.Reset,
    "half_answer": faults.HalfAnswer,
    "slow_answer": faults.SlowAnswer,
    "delay": faults.Delay,
    "reject_push": faults.RejectPush,
    "stale_reads": faults.StaleReads,
    "lose_webhook": faults.LoseWebhook,
    "fail_webhook": faults.FailWebhook,
    "double_webhook": faults.DoubleWebhook,
    "delay_webhook": faults.DelayWebhook,
}


class Fault(StrictModel):
    """One fault: exactly one kind."""

    answer: Answer | None = None
    lose_answer: LoseAnswer | None = None
    reset: Reset | None = None
    half_answer: HalfAnswer | None = None
    slow_answer: SlowAnswer | None = None
    delay: Delay | None = None
    reject_push: RejectPush | None = None
    stale_reads: StaleReads | None = None
    lose_webhook: LoseWebhook | None = None
    fail_webhook: FailWebhook | None = None
    double_webhook: DoubleWebhook | None = None
    delay_webhook: DelayWebhook | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        self.exactly_one(*_KINDS)
        return self

    def as_value(self) -> faults.Fault:
        """The fault as the simulated GitHub takes it."""
        kind = self.exactly_one(*_KINDS)
        value: faults.Fault = _KINDS[kind](**getattr(self, kind).model_dump())
        return value
