"""Texts of a Python program that name code without running it: what it prints, looks for, or puts into a file."""

from __future__ import annotations

import ast
import re

from hooks.policy.programs.python_tree import parse_python

_TAKES_TEXT = frozenset({
    "replace", "write", "write_text", "sub", "subn", "find", "index", "count", "startswith", "endswith", "search",
    "match", "findall", "error", "info", "debug", "warning", "print", "assertIn", "assertEqual",
})  # fmt: skip
_FEEDS_PROGRAM = re.compile(r"stdin|communicate|channel|sock|proc\b|\bp\b|child|pty")
_MAY_HAVE_ANY = re.compile(
    r"\b(?:system|popen|subprocess|exec|eval|spawn\w*|run|call|check_output|Popen)\(.*['\"]\s*[,)]", re.DOTALL
)


def drop_quoted_code(code: str) -> str:
    """The code without these texts; unchanged if it has none, or is no Python."""
    tree = parse_python(code) if _MAY_HAVE_ANY.search(code) else None
    if tree is None:
        return code
    dropped = _Dropper()
    try:
        tree = dropped.visit(tree)
        return ast.unparse(tree) if dropped.found else code
    except RecursionError:
        return code


class _Dropper(ast.NodeTransformer):
    def __init__(self) -> None:
        self.found = False

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in _TAKES_TEXT and not _FEEDS_PROGRAM.search(ast.unparse(function)):
            node.args = [self._drop(each) for each in node.args]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        node.left, node.comparators = self._drop(node.left), [self._drop(each) for each in node.comparators]
        return node

    def _drop(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "(" in node.value:
            self.found = True
            return ast.Constant(value="")
        return node
