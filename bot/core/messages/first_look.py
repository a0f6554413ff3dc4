"""The first lines of a pull request: the files that people should look at before anything else, each with the reason.

Files with the same reason share a line, so that many harmless ones cannot push another reason out of sight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.changes import Note
from bot.core.messages.quoting import code, words

_LINES = 10
_PATHS = 3  # of one line
_PATH = 90  # characters
_REASON = 130
_BREAK = "\u200b"  # shows nothing
_LINK = re.compile(r":(?=//)|\bwww(?=\.)", re.IGNORECASE)  # GitHub makes links of bare addresses


def first_look(flags: Sequence[Note]) -> str:
    """Empty where there is nothing to look at first."""
    if not flags:
        return ""
    paths: dict[str, dict[str, None]] = {}
    for flag in flags:
        paths.setdefault(flag.what, {})[flag.path] = None
    lines = [_line(list(named), what) for what, named in list(paths.items())[:_LINES]]
    if len(paths) > _LINES:
        lines.append(f"- and {len(paths) - _LINES} more reasons; see the files of this change")
    return "**This change touches files that people should look at first:**\n\n" + "\n".join(lines)


def _line(paths: Sequence[str], what: str) -> str:
    shown = ", ".join(code(path, _PATH) for path in paths[:_PATHS])
    more = f" and {len(paths) - _PATHS} more" if len(paths) > _PATHS else ""
    return f"- {shown}{more}: {_LINK.sub(lambda link: f'{link[0]}{_BREAK}', words(what, _REASON))}"
