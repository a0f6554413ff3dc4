"""Other people's words inside of ours: they cannot mention anybody, close an issue, give a command, load an image,
draw a table or a diagram, hide where a link leads, leave their place, or pass for one of the bot's hidden tags."""

from __future__ import annotations

import re

from bot.core.markdown import code_span, fence_for
from bot.core.messages.inert import BREAK, inert, inert_words, unforgeable
from bot.core.visible import without_invisible

_COMMAND = re.compile(r"^([ \t]*)/(?=[A-Za-z])", re.MULTILINE)
_LONGER = 2  # times as long as it was may a text become by being quoted


def quoted(text: str, limit: int) -> str:
    """At most `limit` characters of `text` as a Markdown quote of at most twice as many. A quote ends where we end it,
    whatever fence or list is open inside of it."""
    length = limit
    while len(quote := _quote(inert(cut(text.strip(), length)))) > _LONGER * limit:
        length //= 2  # text made to grow; the words of people hardly do
    return quote


def fenced(text: str, limit: int, language: str = "text") -> str:
    """`text` as a code block that it cannot leave. Empty for an empty text."""
    code = _COMMAND.sub(rf"\1{BREAK}/", unforgeable(cut(text.strip("\r\n"), limit)))
    marks = fence_for(code)
    return f"{marks}{language}\n{code}\n{marks}" if code.strip() else ""


def code(text: str, limit: int = 200) -> str:
    """`text` on one line as code."""
    return code_span(unforgeable(cut(text, limit)))


def cell(text: str, limit: int = 200) -> str:
    """`text` as code in a table, where even code ends at a bar."""
    return code(text, limit).replace("|", "\\|")


def words(text: str, limit: int = 200) -> str:
    """`text` on one line with no markup at all."""
    return inert_words(cut(" ".join(without_invisible(text.replace("\r", "\n")).split()), limit))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what was cut off is told."""
    if len(text) <= limit:
        return text
    return text[: max(0, limit - 1)] + "…"


def _quote(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if any(lines) else ""
