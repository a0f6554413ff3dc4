"""How long a test waits for another process. The factor is that of a rehearsal (`bot/rehearsal/load.py`)."""

from __future__ import annotations

from bot.rehearsal.load import load_factor


def within(seconds: float) -> float:
    """So many seconds of an idle machine. For what has to happen in the end; never for what must not happen."""
    return seconds * load_factor()
