"""Texts that people and bots wrote, as HTML that cannot do harm: escaped, without scripts, without anything to load.

Of HTML only a few bare tags pass, as GitHub lets them; comments are hidden. A picture becomes a link to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_PASSING = "details|summary|sub|sup|kbd|b|i|em|strong|code|br"
_PIECE = re.compile(rf"<!--.*?(?:-->|\Z)|</?(?:{_PASSING})\s*/?>|<details\s+open>", re.DOTALL | re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w/&#])#(\d+)\b")
_BY_KEYBOARD = ' tabindex="0"'  # what is wider than the page can be scrolled with the arrow keys
_BOXES = {"[ ] ": "☐ ", "[x] ": "☑ ", "[X] ": "☑ "}


class _Renderer(RendererHTML):
    """`env["issues"]` is the address below which `#12` leads to an issue."""

    def html_block(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        return harmless(tokens[idx].content)

    def html_inline(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        return harmless(tokens[idx].content)

    def image(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, _env: EnvType) -> str:
        source, name = str(tokens[idx].attrGet("src") or ""), tokens[idx].content or "without a name"
        return f'<a href="{escapeHtml(source)}" rel="noopener noreferrer nofollow">picture: {escapeHtml(name)}</a>'

    def table_open(self, _tokens: Sequence[Token], _idx: int, _options: OptionsDict, _env: EnvType) -> str:
        return f"<table{_BY_KEYBOARD}>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return super().fence(tokens, idx, options, env).replace("<pre>", f"<pre{_BY_KEYBOARD}>", 1)

    def code_block(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return super().code_block(tokens, idx, options, env).replace("<pre>", f"<pre{_BY_KEYBOARD}>", 1)

    def text(self, tokens: Sequence[Token], idx: int, _options: OptionsDict, env: EnvType) -> str:
        escaped = escapeHtml(tokens[idx].content)
        if _inside_link(tokens[:idx]):
            return escaped
        return _MENTION.sub(lambda match: f'<a href="{escapeHtml(env["issues"])}/{match[1]}">#{match[1]}</a>', escaped)


_MARKDOWN = MarkdownIt("commonmark", {"html": True, "linkify": False}, renderer_cls=_Renderer).enable(
    ["table", "strikethrough"]
)


def rendered(text: str | None, *, issues: str) -> Markup:
    """Markdown as HTML. `issues` is the address of the repository's issues, such as `/octo/tools/issues`."""
    tokens = _MARKDOWN.parse(text or "")
    for inline in _first_lines_of_items(tokens):
        _draw_box(inline)
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {"issues": issues}))  # noqa: S704 - see above


def harmless(html: str) -> str:
    """Comments go, the passing tags stay, the rest becomes text."""
    kept, end = [], 0
    for match in _PIECE.finditer(html):
        kept.append(escapeHtml(html[end : match.start()]))
        kept.append("" if match[0].startswith("<!--") else match[0])
        end = match.end()
    return "".join([*kept, escapeHtml(html[end:])])


def _inside_link(before: Sequence[Token]) -> bool:
    return sum(token.type == "link_open" for token in before) > sum(token.type == "link_close" for token in before)


def _first_lines_of_items(tokens: Sequence[Token]) -> Iterator[Token]:
    for opened, inline in zip(tokens, tokens[2:], strict=False):
        if opened.type == "list_item_open" and inline.type == "inline":
            yield inline


def _draw_box(inline: Token) -> None:
    """`- [x] done` as a ticked box."""
    for first in (inline.children or [])[:1]:
        box = _BOXES.get(first.content[:4])
        if first.type == "text" and box is not None:
            first.content = box + first.content[4:]
