"""The syntax trees of all modules."""

from __future__ import annotations

import ast
import functools

from tests.layers import MODULES


@functools.cache
def trees() -> dict[str, ast.Module]:
    """Not on import: every test process imports this module."""
    return {module: ast.parse(path.read_text()) for module, path in MODULES.items()}
