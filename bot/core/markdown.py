"""GitHub's Markdown: which words of a text are said, which lines can be commands, and how to quote code safely.

CommonMark decides, by a real parser, what is code, a quote or HTML: a second opinion made of regular expressions
would differ from the page that people see, and such a difference is where instructions hide.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

# The parser drops deeper nesting, which no person writes by hand.
_PARSER = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])

# At its level DEBUG the parser logs each rule that it tries for each line ("entering heading: …").
logging.getLogger("markdown_it").setLevel(logging.INFO)

_COMMAND_LINE = re.compile(r" {0,3}/")
_BACKTICKS = re.compile(r"(?<!\\)`+")
_COMMENT = re.compile(r"<!--(?:-?>|.*?-->)", re.DOTALL)
_VISIBLE_IN_CODE = "`"  # stands for a code span, so that the words around it do not grow together


def tokens(text: str) -> list[Token]:
    """The blocks of `text` as markdown-it tokens, opening and closing ones in a flat row."""
    return _PARSER.parse(text)


def source_lines(text: str) -> list[str]:
    """The lines as the parser counts them: it ends a line at CR, LF or both, and nowhere else."""
    return re.sub(r"\r\n?", "\n", text).split("\n")


def prose(text: str) -> str:
    """What the author says: no code, no quotes, no HTML, nothing struck out, no markup.

    Blocks are set apart by an empty line; each list item begins with `- ` on a separate line.
    """
    said: list[str] = []
    quotes = 0
    item = False
    for token in tokens(text):
        quotes += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        item = item or token.type == "list_item_open"
        if token.type == "inline" and not quotes:
            said.append(("- " if item else "\n") + _read_said(token.children or []))
            item = False
    return "\n".join(said).strip("\n")


def said_everywhere(text: str) -> Iterator[str]:
    """The words of each paragraph, heading and cell, also of quotes: no code and no HTML."""
    return ("".join(map(_word, token.children or [])) for token in tokens(text) if token.type == "inline")


def command_lines(text: str) -> Iterator[str]:
    """The lines that start with `/`, outside code, quotes and HTML.

    A line right under a list or a quote counts although CommonMark renders it as part of that: somebody who
    answers numbered questions and types `/retry` on the next line means it.
    """
    lines = source_lines(text)
    for opening, token in pairwise(tokens(text)):
        if token.type != "inline" or token.map is None or opening.type not in ("paragraph_open", "heading_open"):
            continue
        for offset, content in enumerate(_blank_out(token.content).split("\n")):
            source = lines[token.map[0] + offset]
            if _COMMAND_LINE.match(source) and content.lstrip().startswith("/"):
                yield source.strip()


def fence_for(text: str) -> str:
    """A code fence that nothing in `text` can close."""
    return "`" * max(3, 1 + _longest_run(text))


def code_span(text: str) -> str:
    """`text` on one line in a code span that nothing in it can close. Empty for an empty text."""
    line = " ".join(text.split())
    if not line:
        return ""
    marks = "`" * (1 + _longest_run(line))
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{marks}{edge}{line}{edge}{marks}"


def code_spans(source: str) -> Iterator[tuple[int, int]]:
    """Where code spans begin and end in the source of one paragraph: a run of backticks up to the next run as long."""
    runs = [(match.start(), match.end()) for match in _BACKTICKS.finditer(source)]
    upcoming: dict[int, list[tuple[int, int]]] = {}
    for start, end in reversed(runs):
        upcoming.setdefault(end - start, []).append((start, end))
    position = 0
    for start, end in runs:
        same = upcoming[end - start]
        same.pop()
        if start >= position and same:
            position = same[-1][1]
            yield start, position


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _read_said(children: list[Token]) -> str:
    words: list[str] = []
    struck = 0
    for child in children:
        struck += (child.type == "s_open") - (child.type == "s_close")
        if not struck:
            words.append(_word(child))
    return "".join(words)


def _word(child: Token) -> str:
    match child.type:
        case "text":
            return child.content
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return _VISIBLE_IN_CODE
    return ""


def _blank_out(source: str) -> str:
    """`source` with code spans and comments overwritten, each line still where it was."""
    for start, end in code_spans(source):
        source = source[:start] + _blank(source[start:end]) + source[end:]
    return _COMMENT.sub(lambda match: _blank(match[0]), source) if "-->" in source else source


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", "`", text)
