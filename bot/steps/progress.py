"""What a person sees while commands of a repository run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.ran import Ran


@dataclass(frozen=True, slots=True)
class Progress:
    """`begin`: called with what is about to run, `end`: with how it ended."""

    begin: Callable[[str], None]
    end: Callable[[Ran], None]

    def follow(self, what: str, run: Callable[[], Ran]) -> Ran:
        self.begin(what)
        ran = run()
        self.end(ran)
        return ran


SILENT = Progress(lambda _: None, lambda _: None)
"""For attempts, whose steps are in the log."""
