"""An issue's text as the sentences that ask for something: no quotes, code blocks or HTML, and no sections of context.

Code spans stay, because people name files and identifiers in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token

from bot.core.markdown import tokens

_CONTEXT = re.compile(
    r"\b(reproduc\w*|repro|actual|current|environment|versions?|system|logs?|output|traceback|background|context|"
    r"motivation|alternatives?|additional|screenshots?|out of scope|non-?goals?|not in scope|related|see also|notes?|"
    r"what happen(s|ed)|observed)\b",
    re.IGNORECASE,
)
_CRITERIA = re.compile(
    r"\b(acceptance|criteria|expected|expectation|definition of done|done when|requirements?|should|desired|"
    r"specification|tests?)\b",
    re.IGNORECASE,
)
_CHECKBOX = re.compile(r"\[[ xX]\]\s+")
_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_NUMBERED = re.compile(r"(?:^|\s)\(?\d{1,2}[.)]\s+")
_NO_RESPONSE = frozenset({"_no response_", "no response", "n/a", "none", "-", "tbd", "todo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePart:
    """A paragraph, a list item or a heading. `under`: the heading above it, empty for none."""

    text: str
    under: str = ""
    is_heading: bool = False

    @property
    def is_context(self) -> bool:
        """Whether it says how things are, and asks for nothing."""
        return bool(_CONTEXT.search(self.under)) and not self.is_criterion

    @property
    def is_criterion(self) -> bool:
        """Whether it says when the work is done."""
        return bool(_CRITERIA.search(self.under))

    @property
    def sentences(self) -> list[str]:
        return [each.strip() for each in _END.split(self.text) if each.strip()]


def read_parts(body: str) -> list[IssuePart]:
    """In the order of the text. What a form holds where a person answered nothing is left out."""
    return [part for part in _parts(body) if part.text.strip().lower() not in _NO_RESPONSE]


def split_numbered(text: str) -> list[str]:
    """The items of an enumeration within a sentence: `1) one 2) two`. One item for any other text."""
    found = [each.strip() for each in _NUMBERED.split(text) if each.strip()]
    return found if len(found) > 1 else [text]


def _parts(body: str) -> Iterator[IssuePart]:
    quotes = 0
    under, opened = "", ""
    for token in tokens(body):
        quotes += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if token.type != "inline":
            opened = token.type
        elif not quotes:
            text = _read_said(token)
            is_heading = opened == "heading_open" or _is_bold_line(token)
            under = text.strip(": ") if is_heading else under
            yield IssuePart(text=_CHECKBOX.sub("", text, count=1), under=under, is_heading=is_heading)


def _is_bold_line(token: Token) -> bool:
    """`**Steps**` alone in a paragraph, which many people write for a heading."""
    return re.fullmatch(r"\*\*[^*]{1,60}\*\*:?", token.content.strip()) is not None


def _read_said(token: Token) -> str:
    words = []
    struck = 0
    for child in token.children or []:
        struck += (child.type == "s_open") - (child.type == "s_close")
        if struck:
            continue
        if child.type in ("text", "code_inline"):
            words.append(f"`{child.content}`" if child.type == "code_inline" else child.content)
        elif child.type in ("softbreak", "hardbreak"):
            words.append("\n")
    return "".join(words)
