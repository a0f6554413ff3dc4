"""The limits of a session, from the settings."""

from __future__ import annotations

from bot.adapters.ceilings import Ceilings
from bot.adapters.settings import Settings
from bot.steps.preparation import Limits

_GIB = 1 << 30
_TURN_CAP_FACTOR = 3  # however many long files an issue names, a session gets at most this many times MAX_TURNS


def ceilings_of(settings: Settings) -> Ceilings:
    memory = settings.session_memory_gb
    return Ceilings(
        processes=settings.session_processes,
        memory=int(memory * _GIB) if memory else None,
        disk=int(settings.session_disk_gb * _GIB),
    )


def limits_of(settings: Settings) -> Limits:
    return Limits(
        turns=settings.max_turns,
        turn_cap=settings.max_turns * _TURN_CAP_FACTOR,
        budget_usd=settings.budget_usd,
        session_minutes=settings.session_minutes,
        stall_minutes=settings.stall_minutes,
        model=settings.model,
    )
