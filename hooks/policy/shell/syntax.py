"""Shell text to a syntax tree, by mvdan/sh (the `shfmt` program), within bounds.

Nothing is guessed here: text that the parser rejects, or that would take it long, raises `NotUnderstood`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from hooks.policy.shell.outline import strip_quoted

Node = dict[str, Any]

TEXT_LIMIT = 64 * 1024
TREE_LIMIT = 6 * 1024 * 1024
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


@lru_cache(maxsize=1)
def _program() -> str:
    beside = Path(sys.executable).with_name("shfmt")
    found = str(beside) if beside.exists() else shutil.which("shfmt")
    if found is None:
        raise NotUnderstood("shfmt, the shell parser, is not installed beside Python")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parser:
    """A `shfmt` process that was started ahead and waits for its text; it ends by itself when its input is closed."""

    process: int
    source: int
    tree: int
    complaints: int


_waiting: deque[_Parser] = deque()
"""One parser started ahead hides the time that a program takes to start."""


def _start_parser() -> _Parser:
    """`posix_spawn` costs half of what `subprocess` does."""
    ends = [os.pipe() for _ in range(3)]
    theirs = (ends[0][0], ends[1][1], ends[2][1])
    wires = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate(theirs)]
    process = os.posix_spawn(_program(), ["shfmt", "-ln=bash", "--to-json"], {}, file_actions=wires)
    for end in theirs:
        os.close(end)
    return _Parser(process=process, source=ends[0][1], tree=ends[1][0], complaints=ends[2][0])


@lru_cache(maxsize=512)
def _shfmt(text: str) -> tuple[list[Node] | None, str]:
    """The tree, or the parser's complaint."""
    try:
        answer = _ask(_waiting.pop(), text.encode())
    except (IndexError, BrokenPipeError):  # none waits, or it was ended while it waited
        answer = _ask(_start_parser(), text.encode())
    _waiting.append(_start_parser())
    return answer


def _ask(parser: _Parser, text: bytes) -> tuple[list[Node] | None, str]:
    with os.fdopen(parser.tree, "rb") as tree, os.fdopen(parser.complaints, "rb") as complaints:
        try:
            with os.fdopen(parser.source, "wb") as source:
                source.write(text)
            document = tree.read(TREE_LIMIT + 1)
            if len(document) > TREE_LIMIT:
                os.kill(parser.process, signal.SIGKILL)
            complaint = complaints.read(500).decode("utf-8", "replace")
        finally:
            status = os.waitstatus_to_exitcode(os.waitpid(parser.process, 0)[1])
    if status == 0:
        return _statements(document), ""
    return None, complaint or f"the parser ended with {status}"


def _statements(document: bytes) -> list[Node]:
    tree = json.loads(document)
    return list(tree.get("Stmts", []))
