"""Quotes other people's words so that they cannot mention a person, close an issue, give a command, load an image, draw
a table or a diagram, hide the target of a link, end the quote, or forge one of the bot's hidden tags."""

from __future__ import annotations

import re

from bot.core.markdown import code_span, fence_for
from bot.core.messages.inert import BREAK, inert, inert_words, unforgeable
from bot.core.visible import without_invisible

_COMMAND = re.compile(r"^([ \t]*)/(?=[A-Za-z])", re.MULTILINE)
_LONGER = 2  # a quote may be this many times as long as its text


def quote_text(text: str, limit: int) -> str:
    """At most `limit` characters of `text` as a Markdown quote of at most twice as many. An open fence or list in the
    text does not change where the quote ends."""
    length = limit
    while len(quote := _quote(inert(shorten(text.strip(), length)))) > _LONGER * limit:
        length //= 2  # only text that was made to grow needs this
    return quote


def fence(text: str, limit: int, language: str = "text") -> str:
    """`text` as a code block that it cannot end. Empty for an empty text."""
    code = _COMMAND.sub(rf"\1{BREAK}/", unforgeable(shorten(text.strip("\r\n"), limit)))
    marks = fence_for(code)
    return f"{marks}{language}\n{code}\n{marks}" if code.strip() else ""


def code(text: str, limit: int = 200) -> str:
    """`text` on one line as code."""
    return code_span(unforgeable(shorten(text, limit)))


def cell(text: str, limit: int = 200) -> str:
    """`text` as code in a table, where `|` ends even code."""
    return code(text, limit).replace("|", "\\|")


def words(text: str, limit: int = 200) -> str:
    """`text` on one line with no markup at all."""
    return inert_words(shorten(" ".join(without_invisible(text.replace("\r", "\n")).split()), limit))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; an ellipsis marks a cut."""
    if len(text) <= limit:
        return text
    return text[: max(0, limit - 1)] + "…"


def _quote(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if any(lines) else ""
