"""What attempts spent together. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.plan_windows import FIVE_HOURS, WEEK, share_of
from bot.core.tasks import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """Sums over attempts. `seconds`: of all of them together. `five_hours`, `week`: shares of a subscription's windows,
    None with an API key."""

    usd: float = 0.0
    attempts: int = 0
    turns: int = 0
    seconds: float = 0.0
    five_hours: float | None = None
    week: float | None = None


def spend_of(attempts: Iterable[Attempt]) -> Spend:
    listed = list(attempts)
    windows = [window for each in listed for window in each.windows]
    return Spend(
        usd=sum(each.cost_usd for each in listed),
        attempts=len(listed),
        turns=sum(each.turns for each in listed),
        seconds=sum(each.seconds for each in listed),
        five_hours=share_of(windows, FIVE_HOURS),
        week=share_of(windows, WEEK),
    )
