"""Shell text to a syntax tree, by mvdan/sh (the `shfmt` program), within bounds.

Nothing is guessed here: text that the parser rejects, or that would take it long, raises `NotUnderstood`.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from hooks.policy.shell.outline import strip_quoted
from hooks.policy.shell.parsers import PARSERS, ParserFailed

Node = dict[str, Any]

TEXT_LIMIT = 64 * 1024
DEPTH_LIMIT = 40
QUOTED_DEPTH_LIMIT = 400
"""With what seems to be quoted: text may be built so that it only seems so."""
OPENING_LIMIT = 400
UNCLOSED = re.compile(r"unclosed here-document `([^`\n]+)`")


class NotUnderstood(Exception):
    """The text is not shell, or too large or too deep to be judged."""


def parse(text: str) -> list[Node]:
    """The statements of a shell text; raises NotUnderstood.

    A here-document that the text leaves open ends with the text, as in bash.
    """
    _check_bounds(text)
    for _ in range(4):
        tree, complaint = _shfmt(text)
        if tree is not None:
            return tree
        unclosed = UNCLOSED.search(complaint)
        if unclosed is None:
            break
        text = f"{text}\n{unclosed.group(1)}\n"
    raise NotUnderstood(complaint or "the parser gave no answer")


def _check_bounds(text: str) -> None:
    """Deep nesting makes the printed tree grow with its square, so depth is bounded before the parser sees it."""
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_LIMIT:
        raise NotUnderstood(f"longer than {TEXT_LIMIT} bytes")
    if re.search(r"[\x00\ud800-\udfff]", text):
        raise NotUnderstood("holds NUL or half a surrogate pair")
    syntax = strip_quoted(text)
    if (
        _depth(syntax) > DEPTH_LIMIT
        or _depth(text) > QUOTED_DEPTH_LIMIT
        or syntax.count("`") > 4 * DEPTH_LIMIT
        or len(re.findall(r"\bif\b|\bdo\b|!", syntax)) > OPENING_LIMIT
    ):
        raise NotUnderstood("nested too deeply")


def _depth(text: str) -> int:
    depth = deepest = 0
    for bracket in re.findall(r"[(){}]", text):
        depth = depth + 1 if bracket in "({" else max(0, depth - 1)
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=512)
def _shfmt(text: str) -> tuple[list[Node] | None, str]:
    """The tree, or the parser's complaint. Raises NotUnderstood where no parser answers; that is not remembered."""
    try:
        answer = PARSERS.run(text.encode())
    except ParserFailed as error:
        raise NotUnderstood(str(error)) from error
    return (None, answer.complaint) if answer.tree is None else (_statements(answer.tree), "")


def _statements(document: bytes) -> list[Node]:
    tree = json.loads(document)
    return list(tree.get("Stmts", []))
