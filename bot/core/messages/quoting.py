"""Other people's words inside of ours: they cannot mention anybody, close an issue, give a command, load an image,
leave their place, or pass for one of the bot's hidden tags."""

from __future__ import annotations

import re

from bot.core.markdown import code_span, fence_for
from bot.core.visible import without_invisible

_BREAK = "\u200b"  # shows nothing, and ends a word for GitHub
_ACTIVE = re.compile(
    r"@(?=\S)|#(?=\d)|\bgh-(?=\d)|/(?:issues|pull|discussions)/(?=\d)"  # mentions and references
    r"|&(?=#?\w+;)|<(?=[A-Za-z/!?])|!(?=\[)|\](?=:)",  # entities that spell them, HTML, images, definitions of links
    re.IGNORECASE,
)
_COMMAND = re.compile(r"^([ \t]*)/(?=[A-Za-z])", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*_\[\]|~<>])")


def neutral(text: str) -> str:
    """`text` as inert Markdown: emphasis, lists and code work; mentions, references, HTML and images do not."""
    plain = without_invisible(re.sub(r"\r\n?", "\n", text))
    return _ACTIVE.sub(lambda match: match[0] + _BREAK, plain)


def quoted(text: str, limit: int) -> str:
    """`text` as a Markdown quote. A quote ends where we end it, whatever fence or list is open inside of it."""
    lines = cut(neutral(text).strip(), limit).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if any(lines) else ""


def fenced(text: str, limit: int, language: str = "text") -> str:
    """`text` as a code block that it cannot leave. Empty for an empty text."""
    inert = _COMMAND.sub(rf"\1{_BREAK}/", _unforgeable(cut(text.strip("\r\n"), limit)))
    marks = fence_for(inert)
    return f"{marks}{language}\n{inert}\n{marks}" if inert.strip() else ""


def code(text: str, limit: int = 200) -> str:
    """`text` on one line as code."""
    return code_span(_unforgeable(cut(text, limit)))


def cell(text: str, limit: int = 200) -> str:
    """`text` as code in a table, where even code ends at a bar."""
    return code(text, limit).replace("|", "\\|")


def words(text: str, limit: int = 200) -> str:
    """`text` on one line with no markup at all."""
    line = cut(" ".join(without_invisible(text.replace("\r", "\n")).split()), limit)
    return _ACTIVE.sub(lambda match: match[0] + _BREAK, _SPECIAL.sub(r"\\\1", line))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; what was cut off is told."""
    if len(text) <= limit:
        return text
    return text[: limit - 1] + "…"


def _unforgeable(text: str) -> str:
    plain = without_invisible(re.sub(r"\r\n?", "\n", text))
    return plain.replace("<!--", f"<!{_BREAK}--")
