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
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

Node = dict[str, Any]

TEXT_LIMIT = 64 * 1024
TREE_LIMIT = 6 * 1024 * 1024
DEPTH_LIMIT = 40
OPENING_LIMIT = 400
UNCLOSED = re.compile(r"unclosed here-document `([^`\n]+)`")


class NotUnderstood(Exception):
    """The text is not shell, or too large or too deep to be judged."""


def parse(text: str) -> list[Node]:
    """The statements of a shell text; raises NotUnderstood.

    A here-document that the text leaves open ends with the text, as in bash.
    """
    _bounded(text)
    for _ in range(4):
        tree, complaint = _shfmt(text)
        if tree is not None:
            return tree
        unclosed = UNCLOSED.search(complaint)
        if unclosed is None:
            break
        text = f"{text}\n{unclosed.group(1)}\n"
    raise NotUnderstood(complaint or "the parser gave no answer")


def _bounded(text: str) -> None:
    """Deep nesting makes the printed tree grow with its square, so depth is bounded before the parser sees it."""
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_LIMIT:
        raise NotUnderstood(f"longer than {TEXT_LIMIT} bytes")
    if re.search(r"[\x00\ud800-\udfff]", text):
        raise NotUnderstood("holds NUL or half a surrogate pair")
    depth = deepest = 0
    for character in text:
        if character in "({":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")}":
            depth = max(0, depth - 1)
    if (
        deepest > DEPTH_LIMIT
        or text.count("`") > 4 * DEPTH_LIMIT
        or len(re.findall(r"\bif\b|\bdo\b|!", text)) > OPENING_LIMIT
    ):
        raise NotUnderstood("nested too deeply")


@lru_cache(maxsize=1)
def _program() -> str:
    beside = Path(sys.executable).with_name("shfmt")
    found = str(beside) if beside.exists() else shutil.which("shfmt")
    if found is None:
        raise NotUnderstood("shfmt, the shell parser, is not installed beside Python")
    return found


@lru_cache(maxsize=512)
def _shfmt(text: str) -> tuple[list[Node] | None, str]:
    """The tree, or the parser's complaint. `posix_spawn` costs half of what `subprocess` does."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as tree, tempfile.TemporaryFile() as errors:
        source.write(text.encode())
        source.seek(0)
        wires = [(os.POSIX_SPAWN_DUP2, stream.fileno(), number) for number, stream in enumerate((source, tree, errors))]
        process = os.posix_spawn(_program(), ["shfmt", "-ln=bash", "--to-json"], {}, file_actions=wires)
        status = _wait(process)
        if status == 0 and tree.seek(0, os.SEEK_END) <= TREE_LIMIT:
            tree.seek(0)
            return _statements(tree.read()), ""
        errors.seek(0)
        return None, errors.read(500).decode("utf-8", "replace") or f"the parser ended with {status}"


def _wait(process: int) -> int:
    try:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    except BaseException:
        os.kill(process, signal.SIGKILL)
        raise


def _statements(document: bytes) -> list[Node]:
    tree = json.loads(document)
    return list(tree.get("Stmts", []))
