"""Which issues a text closes: what GitHub reads out of a description, and out of each commit of the default branch."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from bot.core.markdown import tokens
from bot.rehearsal.github.world import Repository

_WORD = r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?\s+"
_CLOSES = re.compile(
    rf"{_WORD}(?:(?:([\w.-]+/[\w.-]+))?#|gh-|https?://[^/\s]+/([\w.-]+/[\w.-]+)/(?:issues|pull)/)(\d+)", re.IGNORECASE
)


def closed_by(text: str, repository: str) -> tuple[int, ...]:
    """The issues of `repository` that a commit message says it closes."""
    found = ((found[1] or found[2] or "", int(found[3])) for found in _CLOSES.finditer(text))
    here = repository.lower()
    return tuple(dict.fromkeys(number for name, number in found if name.lower() in ("", here)))


def closed_by_description(body: str | None, repository: str) -> tuple[int, ...]:
    """As in a message, but Markdown: what stands in code is shown and not done."""
    return closed_by("\n".join(_read_said(tokens(body or ""))), repository)


def find_links(repository: Repository, *, base: str, body: str | None) -> tuple[int, ...]:
    """The issues to which a pull request is linked when its description is saved. Keywords are read only where the base
    is the default branch by then, and not again when the base changes:
    https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue"""
    return closed_by_description(body, repository.full_name) if base == repository.default_branch else ()


def _read_said(parsed: list[Token]) -> Iterator[str]:
    for token in parsed:
        if token.type == "inline":
            yield "".join(_word(child) for child in token.children or [])
        elif token.type == "html_block":
            yield token.content


def _word(child: Token) -> str:
    if child.type in ("softbreak", "hardbreak"):
        return "\n"
    return "`" if child.type == "code_inline" else child.content
