"""Which paths an expression of a Python program may name, as far as the text tells.

A value is a path, perhaps with `*` where a loop takes each file, and UNKNOWN where only running tells. An expression
has several values where its variables have.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable

from hooks.policy.programs.python_bindings import UNKNOWN_BINDING, Binding, Bindings, dotted_name
from hooks.policy.shell.memory import MADE_BY_MKTEMP
from hooks.policy.shell.values import UNKNOWN

Values = tuple[str, ...]
NOT_KNOWN: Values = (UNKNOWN,)
TEMPORARY_OBJECT = "\1"
"""Stands for a TemporaryDirectory: its `name` is the folder, and so is what `with` gives."""
VALUES_LIMIT = 8
DEPTH_LIMIT = 14
STEPS_LIMIT = 2_000
"""Expressions that are evaluated for one program: `b = a + a; c = b + b; …` would double them each time."""

SAME_PATH = frozenset({
    "str", "os.fspath", "os.fsdecode", "os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser",
})  # fmt: skip
SAME_PATH_METHODS = frozenset({"resolve", "absolute", "expanduser", "as_posix"})
SAME_ELEMENTS = frozenset({"sorted", "list", "set", "tuple", "reversed", "iter"})
JOINS = frozenset({"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
FIXED = {
    "tempfile.mkdtemp": MADE_BY_MKTEMP, "tempfile.mktemp": f"{MADE_BY_MKTEMP}/file",
    "tempfile.TemporaryDirectory": TEMPORARY_OBJECT, "pathlib.Path.home": "~", "os.getcwd": ".",
    "pathlib.Path.cwd": ".",
}  # fmt: skip


class PythonValues:
    """The values of one program's expressions; `temporary` is what gettempdir() gives."""

    def __init__(self, tree: ast.Module, temporary: str) -> None:
        self._temporary = temporary
        self._bindings = Bindings(tree)
        self._depth = self._steps = 0

    def values(self, node: ast.expr | None) -> Values:
        """The paths that an expression may be; none for None."""
        return self._limit(node, self._evaluate)

    def elements(self, node: ast.expr | None) -> Values:
        """The paths that a loop over an expression gives."""
        return self._limit(node, self._evaluate_elements)

    def name_of(self, function: ast.expr) -> str:
        """The dotted name of what is called, resolved where it is a variable for a function: `rm = shutil.rmtree`."""
        if isinstance(function, ast.Name) and len(bound := self._bindings.of(function.id)) == 1:
            node = bound[0].node
            if bound[0].kind == "value" and isinstance(node, ast.Attribute):
                return dotted_name(node)
        return dotted_name(function)

    def _limit(self, node: ast.expr | None, evaluate: object) -> Values:
        self._steps += 1
        if node is None or self._depth > DEPTH_LIMIT or self._steps > STEPS_LIMIT:
            return NOT_KNOWN
        self._depth += 1
        try:
            found = tuple(dict.fromkeys(evaluate(node)))  # type: ignore[operator]
        finally:
            self._depth -= 1
        return found if len(found) <= VALUES_LIMIT else NOT_KNOWN

    def _evaluate(self, node: ast.expr) -> Iterable[str]:
        if isinstance(node, ast.Constant):
            known = (node.value,) if isinstance(node.value, str) else NOT_KNOWN
            return () if node.value is None else known
        if isinstance(node, ast.Name):
            return [value for binding in self._bindings.of(node.id) for value in self._values_bound(binding)]
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript) and dotted_name(node.value) == "os.environ":
            return ("~",) if isinstance(node.slice, ast.Constant) and node.slice.value == "HOME" else NOT_KNOWN
        return self._compound(node)

    def _parents(self, node: ast.Subscript) -> Values:
        """`Path(…).parents[1]`."""
        number = node.slice.value if isinstance(node.slice, ast.Constant) else None
        found = self.values(getattr(node.value, "value", None))
        for _ in range(number + 1 if isinstance(number, int) and 0 <= number < DEPTH_LIMIT else 0):
            found = tuple(map(_above, found))
        return found if isinstance(number, int) else NOT_KNOWN

    def _compound(self, node: ast.expr) -> Iterable[str]:
        """Expressions made of several."""
        if isinstance(node, ast.Subscript) and dotted_name(node.value).endswith(".parents"):
            return self._parents(node)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return _join_paths(self.values(node.left), self.values(node.right))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return _concatenate(self.values(node.left), self.values(node.right))
        if isinstance(node, ast.JoinedStr):
            return self._format(node)
        return [value for each in _alternatives(node) for value in self.values(each)] or NOT_KNOWN

    def _evaluate_elements(self, node: ast.expr) -> Iterable[str]:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [value for each in node.elts for value in self.values(each)]
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return self.values(node.elt)
        if isinstance(node, ast.Name):
            return [value for binding in self._bindings.of(node.id) for value in self._elements_bound(binding)]
        if isinstance(node, ast.Attribute):
            return [value for each in self._bindings.of(f".{node.attr}") for value in self._elements_bound(each)]
        return self._list_files(node) if isinstance(node, ast.Call) else NOT_KNOWN

    def _list_files(self, node: ast.Call) -> Iterable[str]:
        """Calls that list files."""
        name, first = dotted_name(node.func), node.args[0] if node.args else None
        method = name.rpartition(".")[2]
        if name in SAME_ELEMENTS:
            return self.elements(first)
        if name in {"glob.glob", "glob.iglob"}:
            return self.values(first)
        if name == "os.listdir":
            return ("*",)
        if name == "os.scandir":
            return self._below(first, "*")
        if not isinstance(node.func, ast.Attribute) or method not in {"iterdir", "glob", "rglob"}:
            return NOT_KNOWN
        start = self._below(node.func.value, "**") if method == "rglob" else self.values(node.func.value)
        return _join_paths(start, ("*",) if first is None else self.values(first))

    def _values_bound(self, binding: Binding) -> Values:
        if binding.kind == "value":
            return self.values(binding.node)
        if binding.kind == "each":
            return self.elements(binding.node)
        if binding.kind == "below":
            return self._below(binding.node, "**")
        if binding.kind == "entered":
            return (MADE_BY_MKTEMP,) if self.values(binding.node) == (TEMPORARY_OBJECT,) else NOT_KNOWN
        return {"name": ("*",), "made": (MADE_BY_MKTEMP,)}.get(binding.kind, NOT_KNOWN)

    def _elements_bound(self, binding: Binding) -> Values:
        if binding.kind == "value":
            return self.elements(binding.node)
        if binding.kind == "name":
            return ("*",)  # `for root, folders, files in os.walk(…)`
        return self.values(binding.node) if binding.kind == "item" else NOT_KNOWN

    def _format(self, node: ast.JoinedStr) -> Values:
        found: Values = ("",)
        for part in node.values:
            found = _concatenate(found, self.values(part.value if isinstance(part, ast.FormattedValue) else part))
        return found

    def _attribute(self, node: ast.Attribute) -> Iterable[str]:
        if node.attr == "name" and self.values(node.value) == (TEMPORARY_OBJECT,):
            return (MADE_BY_MKTEMP,)
        bindings = self._bindings.of(f".{node.attr}")
        if node.attr == "parent" and bindings == [UNKNOWN_BINDING]:
            return tuple(map(_above, self.values(node.value)))
        if node.attr == "path" and bindings == [UNKNOWN_BINDING]:
            return self.values(node.value)  # an entry of os.scandir()
        return [value for binding in bindings for value in self._values_bound(binding)]

    def _call(self, node: ast.Call) -> Iterable[str]:
        name, first = dotted_name(node.func), node.args[0] if node.args else None
        if not self._bindings.trusted or any(isinstance(each, ast.Starred) for each in node.args):
            return NOT_KNOWN
        if name in FIXED or name == "tempfile.gettempdir":
            return (FIXED.get(name, self._temporary),)
        if name in JOINS:
            return self._join(node.args) if node.args else (".",)
        if name == "next":
            return self.elements(first)
        if name == "os.path.dirname":
            return tuple(map(_above, self.values(first)))
        return self.values(first) if name in SAME_PATH else self._method(node)

    def _method(self, node: ast.Call) -> Values:
        if not isinstance(node.func, ast.Attribute):
            return NOT_KNOWN
        if node.func.attr == "joinpath":
            return self._join([node.func.value, *node.args])
        return self.values(node.func.value) if node.func.attr in SAME_PATH_METHODS else NOT_KNOWN

    def _below(self, folder: ast.expr | None, pattern: str) -> Values:
        return _join_paths((".",) if folder is None else self.values(folder), (pattern,))

    def _join(self, parts: list[ast.expr]) -> Values:
        found = self.values(parts[0])
        for part in parts[1:]:
            found = _join_paths(found, self.values(part))
        return found


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """The expressions one of which is the value."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, ast.NamedExpr | ast.Await) else []


def _above(path: str) -> str:
    """The folder of a path; of several files, or of one that is not known, nothing is known."""
    return UNKNOWN if UNKNOWN in path or "*" in path else os.path.dirname(path) or "."  # noqa: PTH120 -- as text


def _concatenate(left: Values, right: Values) -> Values:
    return tuple(first + second for first in left for second in right)[: VALUES_LIMIT + 1]


def _join_paths(left: Values, right: Values) -> Values:
    """A part that is not known may be absolute, so nothing is known of the whole."""
    return tuple(
        UNKNOWN if second.startswith(UNKNOWN) else os.path.join(first, second)  # noqa: PTH118 -- as text
        for first in left
        for second in right
    )[: VALUES_LIMIT + 1]
