"""What a press of a button on a check run asks for: one of the commands, and of which attempt."""

from __future__ import annotations

import re

from bot.core.commands import Cancel, Command, Retry, parse_command

_COMMANDS = {"retry": "/retry", "stop": "/cancel"}
_LABELS = {"retry": "Retry", "stop": "Stop"}
_BUDGET = re.compile(r"budget=[0-9]{1,4}(?:\.[0-9]{1,2})?", re.ASCII)
_REFERENCE = re.compile(r"([1-9][0-9]{0,17}):([0-9]{1,9})", re.ASCII)


def command_of(identifier: str) -> Command | None:
    """The command that a button stands for; None for one that the bot does not offer."""
    typed = f"/retry {identifier}" if _BUDGET.fullmatch(identifier) else _COMMANDS.get(identifier, "")
    found = parse_command(typed)
    return found if isinstance(found, Retry | Cancel) else None


def label_of(identifier: str) -> str:
    return _LABELS.get(identifier, "More budget")


def read_reference(external_id: str) -> tuple[int, int] | None:
    """The numbers of the issue and of the attempt that a check run is of; None for a foreign one."""
    found = _REFERENCE.fullmatch(external_id)
    return (int(found[1]), int(found[2])) if found else None
