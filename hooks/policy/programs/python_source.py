"""Rewrites Python code to one spelling before patterns are matched: aliases are resolved, constants are joined.

`from os import system as s; s("rm " + "-rf ~")` and `os.system('rm -rf ~')` are the same program.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import lru_cache
from itertools import islice

from hooks.policy.programs.python_callables import spell_out_calls
from hooks.policy.programs.python_tree import parse_python

LENGTH_LIMIT = 40_000
NODE_LIMIT = 8_000


class TooComplex(Exception):
    """The code is longer, or nested deeper, than can be read at once: padding must not hide what it does."""


@lru_cache(maxsize=256)
def normalise(code: str) -> str:
    """The code in one spelling; unchanged if it is not Python. Raises TooComplex.

    Kept from call to call: a session runs the same programs many times, and parsing them costs more than all else.
    """
    if len(code) > LENGTH_LIMIT:
        raise TooComplex
    try:
        tree = ast.parse(code)
        if sum(1 for _ in islice(ast.walk(tree), NODE_LIMIT + 1)) > NODE_LIMIT:
            raise TooComplex
        return spell_out_calls(ast.fix_missing_locations(_Spelling(tree).visit(tree)))
    except (SyntaxError, ValueError):
        return code
    except (RecursionError, MemoryError) as error:
        raise TooComplex from error


def drop_comments(code: str) -> str:
    """The code as Python itself would write it; unchanged if it is not Python, or is nested too deeply."""
    tree = parse_python(code)
    try:
        return code if tree is None else ast.unparse(tree)
    except RecursionError:
        return code


class _Spelling(ast.NodeTransformer):
    """Replaces names by their values, where one assignment or import gives the value."""

    def __init__(self, tree: ast.Module) -> None:
        self.imported: dict[str, str] = {}
        self.constants: dict[str, ast.expr] = {}
        assigned: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._import(node)
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                assigned.append(node.targets[0].id)
                self.constants[node.targets[0].id] = node.value
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                assigned.append(node.id)
        times = Counter(assigned)
        changed = {
            node.value.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.value, ast.Name)
        }
        self.constants = {
            name: value
            for name, value in self.constants.items()
            if times[name] <= 2  # noqa: PLR2004
            and isinstance(value, ast.Constant | ast.List | ast.Tuple | ast.BinOp)
            and not (isinstance(value, ast.List) and name in changed)
        }

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        prefix = f"{node.module}." if isinstance(node, ast.ImportFrom) and node.module else ""
        for alias in node.names:
            if alias.asname or prefix:
                self.imported[alias.asname or alias.name] = prefix + alias.name

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        """A text that stands alone, as docstrings do, does nothing."""
        return ast.Pass() if _text(node.value) is not None else self.generic_visit(node)  # type: ignore[return-value]

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name for what was imported or assigned under it."""
        if not isinstance(node.ctx, ast.Load):
            return node
        if node.id in self.imported:
            return ast.parse(self.imported[node.id], mode="eval").body
        if node.id in self.constants:
            return self.visit(self.constants.pop(node.id))  # type: ignore[no-any-return]
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`__import__('os')` and `getattr(os, 'system')` are names too."""
        self.generic_visit(node)
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        texts = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if called in {"__import__", "import_module"} and len(texts) == 1 and texts[0].isidentifier():
            return ast.Name(id=texts[0], ctx=ast.Load())
        if called == "getattr" and len(node.args) == 2 and len(texts) == 1 and texts[0].isidentifier():  # noqa: PLR2004
            return ast.Attribute(value=node.args[0], attr=texts[0], ctx=ast.Load())
        return _split_text(node, texts) or node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """`sys.executable` is Python."""
        self.generic_visit(node)
        if node.attr == "executable" and isinstance(node.value, ast.Name) and node.value.id == "sys":
            return ast.Constant(value="python")
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Joined texts are one text."""
        self.generic_visit(node)
        left, right = node.left, node.right
        if isinstance(node.op, ast.Add) and (first := _text(left)) is not None and (second := _text(right)) is not None:
            return ast.Constant(value=first + second)
        return node


def _split_text(node: ast.Call, texts: list[str]) -> ast.expr | None:
    """The list that `shlex.split("git push")` and `"git push".split()` give, and the text of `" ".join([…])`."""
    if not isinstance(node.func, ast.Attribute):
        return None
    before = _text(node.func.value)
    if node.func.attr == "split" and (text := texts[0] if len(texts) == 1 and before is None else before) is not None:
        words = text.split() if not (before is not None and texts) else text.split(texts[0] or None)
        return ast.List(elts=[ast.Constant(value=word) for word in words], ctx=ast.Load())
    if node.func.attr == "join" and before is not None and len(node.args) == 1:
        elements = getattr(node.args[0], "elts", None)
        parts = [_text(each) for each in elements] if elements else [None]
        if None not in parts:
            return ast.Constant(value=before.join(part or "" for part in parts))
    return None


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
