"""Which accounts a text mentions, as GitHub finds them: not in code, not in a link, not in hidden comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
# Before it no letter, digit or `/`, as in an address; behind it no `/`, which would make it a team.
_MENTION = re.compile(r"(?<![\w/@.&-])@([A-Za-z0-9](?:[A-Za-z0-9]|[-_](?=[A-Za-z0-9])){0,38})(?![\w/-])")


def find_mentions(text: str) -> tuple[str, ...]:
    """The logins in lower case, each once, in their order. Whether there is such an account is not asked."""
    found = (login.lower() for piece in _words(_MARKDOWN.parse(text)) for login in _MENTION.findall(piece))
    return tuple(dict.fromkeys(found))


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    """The text that a reader sees outside of code and links; what stands beside each other in one piece."""
    for token in tokens:
        if token.type == "inline":
            yield _inline(token.children or [])


def _inline(children: Sequence[Token]) -> str:
    words, links = [], 0
    for child in children:
        links += (child.type == "link_open") - (child.type == "link_close")
        match child.type:
            case "text" if not links:
                words.append(child.content)
            case "softbreak" | "hardbreak":
                words.append("\n")
            case "code_inline":
                words.append("`x`")  # a word: `code`@ada is no mention
            case _:
                continue
    return "".join(words)
