"""One entry under `faults:` in a scenario: exactly one fault of GitHub or git, under the name of its kind."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from bot.rehearsal.github import faults
from bot.rehearsal.strict_model import StrictModel


class Fault(StrictModel):
    answer: faults.Answer | None = None
    lose_answer: faults.LoseAnswer | None = None
    reset: faults.Reset | None = None
    half_answer: faults.HalfAnswer | None = None
    slow_answer: faults.SlowAnswer | None = None
    delay: faults.Delay | None = None
    reject_push: faults.RejectPush | None = None
    stale_reads: faults.StaleReads | None = None
    stale_answer: faults.StaleAnswer | None = None
    lose_webhook: faults.LoseWebhook | None = None
    fail_webhook: faults.FailWebhook | None = None
    double_webhook: faults.DoubleWebhook | None = None
    delay_webhook: faults.DelayWebhook | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        self.exactly_one(*type(self).model_fields)
        return self

    @property
    def value(self) -> faults.AnyFault:
        """The fault as the simulated GitHub takes it."""
        value: faults.AnyFault = getattr(self, self.exactly_one(*type(self).model_fields))
        return value
