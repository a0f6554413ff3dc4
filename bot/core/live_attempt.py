"""What is shown of an attempt while it is at work: its last steps, its turn, its cost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

MOST_LINES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveAttempt:
    """`number`: of the attempt. `turns`: of its present session. `cost_usd`: of the attempt so far. `lines`: its last
    steps, masked. `began_at`: when its first step was shown. `pressed`: what became of the last press of a button, and
    `pressed_at` the number of the attempt that was shown then."""

    number: int = 0
    turns: int = 0
    cost_usd: float = 0.0
    lines: tuple[str, ...] = ()
    began_at: datetime | None = None
    pressed: str = ""
    pressed_at: int = 0

    def with_step(self, number: int, *, turns: int, cost_usd: float, line: str, now: datetime) -> LiveAttempt:
        """What is shown after one more step of an attempt."""
        goes_on = number == self.number
        return replace(
            self,
            number=number,
            turns=turns,
            cost_usd=cost_usd,
            lines=(*(self.lines if goes_on else ()), line)[-MOST_LINES:],
            began_at=self.began_at if goes_on and self.began_at is not None else now,
        )

    def of(self, number: int) -> LiveAttempt:
        """This, if it is of that attempt; nothing of an earlier one."""
        return self if self.number == number else LiveAttempt(number=number)


NOT_LIVE = LiveAttempt()
