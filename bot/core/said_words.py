"""How a comment with `/say` is read."""

from __future__ import annotations

import re
from datetime import datetime

from bot.core.commands import MARKS
from bot.core.markdown import command_lines, source_lines
from bot.core.references import IssueRef
from bot.core.said import Said

_COMMAND = re.compile(rf"/say[{MARKS}]*(?=\s|\Z)\s*", re.IGNORECASE)


def read_words(body: str) -> str:
    """What stands behind the first `/say` of a comment, to its end."""
    first = next((line for line in command_lines(body) if _COMMAND.match(line)), None)
    if first is None:
        return ""
    lines = source_lines(body)
    at = next(index for index, line in enumerate(lines) if line.strip() == first.strip())
    return "\n".join([_COMMAND.sub("", lines[at].strip()), *lines[at + 1 :]]).strip()


def said_in(body: str, *, item: str, by: str, at: datetime, place: IssueRef) -> Said:
    """What a comment or a review with this text says. `item`, `place`: as of `Said`."""
    return Said(item=item, by=by, text=read_words(body), at=at, place=str(place))
