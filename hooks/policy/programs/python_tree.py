"""Python code as a syntax tree."""

from __future__ import annotations

import ast
from functools import lru_cache

TREES_LIMIT = 16
"""How many trees are kept: a program and what it runs are read several times in one judgement."""


def parse_python(code: str) -> ast.Module | None:
    """The caller's tree, which it may change; None if it is not Python, or is nested too deeply."""
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


read_python = lru_cache(maxsize=TREES_LIMIT)(parse_python)
"""As parse_python, for callers that only read: they share one tree."""
