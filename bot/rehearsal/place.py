"""Where and with what a night is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.script import Script

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`say` takes what a person may want to read while it runs."""

    folder: Path
    github: SimulatedGitHub
    model_url: str
    script: Script
    say: Say

    @property
    def data(self) -> Path:
        """The bot's own folder."""
        return self.folder / "data"

    @property
    def ledger(self) -> str:
        """Where the bot keeps its ledger when no DATABASE_URL says otherwise."""
        return f"sqlite:///{self.data / 'nightshift.sqlite'}"
