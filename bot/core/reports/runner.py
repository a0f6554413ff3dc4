"""A test runner, as its printed output shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.core.reports.report import Results


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRunner:
    """`sign`: a line that it prints and no other does. `count`: how many tests it says that there were, None if it does
    not say; a reader that found as many lists all. `numbered`: two tests may have one name."""

    name: str
    sign: re.Pattern[str]
    read: Callable[[Sequence[str]], Results]
    count: Callable[[Sequence[str]], int | None] = lambda _: None
    numbered: bool = False
