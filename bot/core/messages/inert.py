"""Other people's Markdown, written anew from its parsed tree so that it stays what it looks like.

Words, emphasis, lists, quotes and code stay. What GitHub would turn into something else is shown as the text or code
that it is: tables, drawings, formulas, HTML, images, footnotes, boxes to tick, alerts, mentions and references. A link
shows its words and, as code, its address.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.core.languages import shown_language
from bot.core.margins import Margins
from bot.core.markdown import code_span, fence_for, source_lines
from bot.core.visible import without_invisible

BREAK = "\u200b"  # shows nothing, and ends a word for GitHub

# Definitions of links are words here: the page would not show them.
_PARSER = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"]).disable("reference")

# Mentions, references, entities that spell them, HTML, images. At the end of a piece, what follows may complete one.
_ACTIVE = re.compile(
    r"@(?=\S|\Z)|#(?=\d|\Z)|\bgh-(?=\d|\Z)|/(?:issues|pull|discussions)/(?=\d|\Z)"
    r"|&(?=#?\w+;|#?\w*\Z)|<(?=[A-Za-z/!?]|\Z)|!(?=\\?\[|\Z)"
    r"|\\\[(?=[ x!^])",  # boxes, alerts, footnotes: by the rendered text, too, they are none
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"[\\`*\[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
# Formulas, and words that could begin or end one; addresses. Each goes on to the end of its word.
_APART = re.compile(
    r"(\$+[^\s$](?:[^$\n]*[^\s$])?\$+\S*|(?<!\S)\S*\$\S*|(?<![^\s(])(?:https?://|www\.)\S+)", re.IGNORECASE
)
_PLAIN_ADDRESS = re.compile(
    r"(?:https?://|www\.)(?:[A-Za-z0-9./:?=&%+,;-]|(?<=[A-Za-z0-9])_(?=[A-Za-z0-9]))*", re.IGNORECASE
)
_BEGINS_BLOCK = re.compile(r"[-+>#=:\s]|\d+[.)]|/[A-Za-z]")
_SMALLEST_HEADING = 4  # inside of a quote; ours are larger


def inert(text: str) -> str:
    """`text` as Markdown in which nothing works but emphasis, lists, quotes and code."""
    plain = without_invisible(re.sub(r"\r\n?", "\n", text))
    return _Writer(source_lines(plain)).write(_PARSER.parse(plain))


def inert_words(text: str) -> str:
    """`text` on one line, with no markup at all."""
    return _joined([_words(part) for part in _APART.split(text)])


def unforgeable(text: str) -> str:
    """Code that holds none of the bot's hidden tags."""
    plain = without_invisible(re.sub(r"\r\n?", "\n", text))
    return plain.replace("<!--", f"<!{BREAK}--")


class _Writer:
    """Writes a flat row of tokens; each open quote or list item puts its mark before its lines."""

    def __init__(self, source: list[str]) -> None:
        self._source = source
        self._lines: list[str] = []
        self._margins = Margins()
        self._heading = ""
        self._tables = 0

    def write(self, row: list[Token]) -> str:
        for token in row:
            self._block(token)
        return "\n".join(self._lines).strip("\n")

    def _block(self, token: Token) -> None:
        if token.type in ("table_open", "table_close"):
            self._tables += token.nesting
            if token.nesting > 0 and token.map is not None:
                self._code("\n".join(self._source[token.map[0] : token.map[1]]), "text")
        elif self._tables == 0:
            self._outside_tables(token)

    def _outside_tables(self, token: Token) -> None:
        match token.type:
            case "inline":
                self._put([self._heading + line for line in _paragraph(token.children or [])])
            case "fence" | "code_block":
                self._code(token.content, shown_language(token.info) or "text")
            case "html_block":
                self._code(token.content, "html")
            case "heading_open":
                self._heading = "#" * max(int(token.tag[1]), _SMALLEST_HEADING) + " "
            case "heading_close":
                self._heading = ""
            case "hr":
                self._put(["* * *"])
            case _:
                self._container(token)

    def _container(self, token: Token) -> None:
        if self._margins.begins_list(token) and self._lines:  # one that starts at 3 would continue the paragraph before
            self._lines.append(self._margins.rest.rstrip())
        self._margins.follow(token)

    def _code(self, content: str, language: str) -> None:
        code = unforgeable(content.strip("\n"))
        marks = fence_for(code)
        self._put([f"{marks}{language}", *code.split("\n"), marks])

    def _put(self, lines: list[str]) -> None:
        first, rest = self._margins.first, self._margins.rest
        self._margins.begin_block()
        if self._lines and first == rest:
            self._lines.append(rest.rstrip())
        self._lines += [(rest if index else first) + line for index, line in enumerate(lines)]


def _paragraph(children: list[Token]) -> list[str]:
    """Its lines. None of them begins a block."""
    lines = _joined(_spelled(children)).split("\n")
    return [f"{BREAK}{line}" if _BEGINS_BLOCK.match(line) else line for line in map(str.strip, lines)]


def _spelled(children: list[Token]) -> list[str]:
    words: list[str] = []
    links: list[tuple[int, str]] = []
    for child in children:
        match child.type:
            case "link_open":
                links.append((len(words), str(child.attrGet("href") or "")))
            case "link_close":
                start, address = links.pop()
                words[start:] = [_link(_joined(words[start:]), address)]
            case _:
                words.append(_word(child))
    return words


def _word(child: Token) -> str:
    match child.type:
        case "text" | "html_inline":
            return inert_words(child.content)
        case "softbreak" | "hardbreak":
            return "\n"
        case "code_inline":
            return code_span(unforgeable(child.content))
        case "image":
            return f"image {_link(inert_words(child.content), str(child.attrGet('src') or ''))}"
        case "em_open" | "em_close" | "strong_open" | "strong_close" | "s_open" | "s_close":
            return child.markup
    return ""


def _link(words: str, address: str) -> str:
    """One that shows its own address is said once."""
    if words in (inert_words(address), inert_words(address.removeprefix("mailto:"))):
        return words
    return f"{words} ({code_span(unforgeable(address)) or 'no address'})".lstrip()


def _words(part: str) -> str:
    if "$" in part or (_APART.fullmatch(part) and not _PLAIN_ADDRESS.fullmatch(part)):
        return code_span(unforgeable(part))
    return _ACTIVE.sub(lambda match: match[0] + BREAK, _SPECIAL.sub(lambda match: f"\\{match[0]}", part))


def _joined(parts: list[str]) -> str:
    """Code beside code would be one piece of it."""
    joined: list[str] = []
    for part in filter(None, parts):
        apart = joined and joined[-1].endswith("`") and part.startswith("`")
        joined.append(f"{BREAK}{part}" if apart else part)
    return "".join(joined)
