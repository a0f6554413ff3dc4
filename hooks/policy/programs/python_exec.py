"""Python code that runs other Python code whose text is at hand: `exec("…")`, `exec(open("x.py").read())`, `runpy`."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from hooks.policy.programs.python_tree import parse_python

RUNS_CODE = re.compile(r"exec|eval|run_path|run_module|timeit|rofile|pdb|runsource|runcode")
"""Code without these words is not parsed for them."""


@dataclass(slots=True, kw_only=True)
class Executed:
    """What a program runs, as texts and as names of files; `rest` is the program without these calls."""

    texts: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    rest: str = ""


def find_executed(code: str) -> Executed:
    """What the code runs, where a literal says so; code that cannot be parsed is left as it is."""
    tree = parse_python(code) if RUNS_CODE.search(code) else None
    if tree is None:
        return Executed(rest=code)
    finder = _Finder(tree)
    try:
        finder.found.rest = ast.unparse(ast.fix_missing_locations(finder.visit(tree)))
    except RecursionError:
        return Executed(rest=code)
    return finder.found


EVALUATES = frozenset({
    "timeit.timeit", "timeit.repeat", "timeit.Timer", "cProfile.run", "profile.run", "cProfile.runctx", "pdb.run",
    "pdb.runeval",
})  # fmt: skip
"""Functions of the standard library that run their first argument as a program."""


class _Finder(ast.NodeTransformer):
    """Takes the calls out whose code is known; one whose code is not known stays."""

    def __init__(self, tree: ast.Module) -> None:
        self.found = Executed()
        self._names: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self._names.setdefault(node.targets[0].id, []).append(node.value)
            elif isinstance(node, ast.withitem) and isinstance(node.optional_vars, ast.Name):
                self._names.setdefault(node.optional_vars.id, []).append(node.context_expr)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """`exec`, `eval` and `runpy.run_path` with what is known."""
        self.generic_visit(node)
        called, first = ast.unparse(node.func), node.args[0] if node.args else None
        if called.removeprefix("builtins.") in {"exec", "eval"} and first is not None:
            return self._take(node, self._text_of(first), self._file_read_by(first))
        if first is not None and (called in EVALUATES or called.endswith((".runsource", ".runcode"))):
            return self._take(node, self._text_of(first), None)
        if called in {"runpy.run_path", "run_path"} and first is not None:
            return self._take(node, None, self._literal(first))
        if called in {"runpy.run_module", "run_module"} and (name := self._literal(first)) is not None:
            self.found.files += [f"{name.replace('.', '/')}{end}" for end in (".py", "/__main__.py")]
        return node

    def _take(self, node: ast.Call, text: str | None, file: str | None) -> ast.expr:
        if text is None and file is None:
            return node
        self.found.texts += [text] if text is not None else []
        self.found.files += [file] if file is not None else []
        return ast.Constant(value=None)

    def _text_of(self, node: ast.expr) -> str | None:
        return self._literal(self._unwrap_compile(node))

    def _file_read_by(self, node: ast.expr) -> str | None:
        """The name in `open("x").read()`, `Path("x").read_text()`, and `f.read()` with `open("x") as f`."""
        node = self._unwrap_compile(node)
        reads = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if not reads or node.func.attr not in {"read", "read_text", "read_bytes", "decode"}:  # type: ignore[attr-defined]
            return None
        opened = self._value(node.func.value)  # type: ignore[attr-defined]
        if node.func.attr == "decode":  # type: ignore[attr-defined]
            return self._file_read_by(opened)
        opens = isinstance(opened, ast.Call) and ast.unparse(opened.func).rpartition(".")[2] in {"open", "Path"}
        return self._literal(opened.args[0]) if opens and opened.args else None  # type: ignore[attr-defined]

    def _unwrap_compile(self, node: ast.expr) -> ast.expr:
        node = self._value(node)
        compiles = isinstance(node, ast.Call) and ast.unparse(node.func) == "compile" and node.args
        return self._value(node.args[0]) if compiles else node  # type: ignore[attr-defined]

    def _value(self, node: ast.expr) -> ast.expr:
        """What a name stands for, where exactly one assignment says it."""
        values = self._names.get(node.id, []) if isinstance(node, ast.Name) else []
        return values[0] if len(values) == 1 else node

    def _literal(self, node: ast.expr | None) -> str | None:
        value = self._value(node) if node is not None else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str | bytes):
            return value.value if isinstance(value.value, str) else value.value.decode("utf-8", "replace")
        return None
