"""What is bound to each variable of a Python program, anywhere in it, so that no assignment hides what is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

Kind = Literal["value", "each", "entered", "item", "below", "name", "made", "unknown"]

CHANGES_VARIABLES = frozenset({"globals", "locals", "vars", "setattr", "delattr", "exec", "eval", "__builtins__"})
"""Names with which a program changes variables unseen."""
TRUSTED = frozenset(
    {"tempfile", "os", "pathlib", "shutil", "glob", "str", "sorted", "list", "set", "tuple", "reversed"}
)
"""Names whose meaning an evaluation relies on: a program that binds one of them itself is not evaluated."""
TRUSTED_MODULES = frozenset({"tempfile", "os", "os.path", "pathlib", "pathlib.Path", "shutil", "glob"})
TAKE_ITEM = frozenset({"append", "add", "insert", "appendleft"})
CHANGE_LIST = frozenset({"extend", "update", "remove", "pop", "clear", "sort", "reverse", "setdefault"})
TEMPORARY_ARGUMENTS = frozenset({"tmp_path", "tmpdir"})
"""Arguments of a test for which pytest makes an empty folder."""
NAME_PARTS = 5


def dotted_name(node: ast.AST) -> str:
    """The name of a variable or of an attribute, as `os.path.join`; `?` stands for what is no name before a dot.

    Cheaper than `ast.unparse`, which writes all that is inside.
    """
    parts: list[str] = []
    while isinstance(node, ast.Attribute) and len(parts) < NAME_PARTS:
        parts.append(node.attr)
        node = node.value
    parts.append(node.id if isinstance(node, ast.Name) else "?")
    return ".".join(reversed(parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """One way in which a variable gets its value.

    `value`: that of the node. `each`: each element of it, as in a loop. `entered`: what `with` gives. `item`: the
    variable is a list that takes it. `below`: a folder below the node, as `os.walk` gives it. `name`: any file's name.
    `made`: a temporary file or folder. `unknown`: anything.
    """

    kind: Kind
    node: ast.expr | None = None


UNKNOWN_BINDING = Binding(kind="unknown")


class Bindings:
    """The bindings of one program, by name; those of attributes by `.name`, whatever the object."""

    def __init__(self, tree: ast.Module) -> None:
        self._found: dict[str, list[Binding]] = defaultdict(list)
        self._calls: dict[str, list[ast.Call]] = defaultdict(list)
        self._rebinds_modules = False
        nodes = list(ast.walk(tree))
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self._calls[node.func.id].append(node)
        for node in nodes:
            self._bind_node(node)
        names = {node.id for node in nodes if isinstance(node, ast.Name)}
        attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        hidden = CHANGES_VARIABLES & names or {"__dict__", "__setattr__"} & attributes
        self.trusted = not (hidden or self._rebinds_modules or TRUSTED & set(self._found))

    def of(self, name: str) -> list[Binding]:
        """All bindings of a name; an unknown one where there is none."""
        return (self._found.get(name) if self.trusted else None) or [UNKNOWN_BINDING]

    def all_of(self, name: str) -> list[Binding]:
        """All bindings of a name, of a program too that changes variables unseen; none where there is none."""
        return self._found.get(name, [])

    def _bind_node(self, node: ast.AST) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, Binding(kind="value", node=node.value))
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._bind(node.target, Binding(kind="value", node=node.value))
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._bind(node.target, Binding(kind="each", node=node.iter))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, Binding(kind="entered", node=node.context_expr))
        elif isinstance(node, ast.AugAssign):
            self._bind(node.target, UNKNOWN_BINDING)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if dotted_name(node.func.value) not in TRUSTED_MODULES:
                self._bind_changed_list(node, node.func)
        else:
            self._bind_definition(node)

    def _bind_definition(self, node: ast.AST) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._bind_arguments(node)
        name = getattr(node, "name", None)
        if isinstance(name, str) and not isinstance(node, ast.alias):
            self._found[name].append(UNKNOWN_BINDING)

    def _bind_changed_list(self, call: ast.Call, function: ast.Attribute) -> None:
        if function.attr in TAKE_ITEM and call.args:
            self._bind(function.value, Binding(kind="item", node=call.args[-1]))
        elif function.attr in CHANGE_LIST:
            self._bind(function.value, UNKNOWN_BINDING)

    def _bind(self, target: ast.expr, binding: Binding) -> None:
        if isinstance(target, ast.Tuple | ast.List):
            for position, part in enumerate(target.elts):
                self._bind(part, _part(binding, position, len(target.elts)))
        elif isinstance(target, ast.Name):
            self._found[target.id].append(binding)
        elif isinstance(target, ast.Attribute):
            self._found[f".{target.attr}"].append(binding)
            self._rebinds_modules |= dotted_name(target.value) in TRUSTED_MODULES and binding.kind != "item"
        elif isinstance(target, ast.Starred | ast.Subscript):
            self._bind(target.value, UNKNOWN_BINDING)

    def _bind_arguments(self, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> None:
        """Arguments have the values of all calls by the function's name; without a call they are not known."""
        arguments = function.args
        calls = self._calls.get(getattr(function, "name", ""), [])
        for position, argument in enumerate((*arguments.posonlyargs, *arguments.args)):
            given = [_argument(call, position, argument.arg) for call in calls]
            if not calls:
                given = [Binding(kind="made") if argument.arg in TEMPORARY_ARGUMENTS else UNKNOWN_BINDING]
            self._found[argument.arg] += given
        for other in (*arguments.kwonlyargs, *filter(None, (arguments.vararg, arguments.kwarg))):
            self._found[other.arg].append(UNKNOWN_BINDING)


def _argument(call: ast.Call, position: int, name: str) -> Binding:
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    given = dict(enumerate(call.args)).get(position) or next(
        (each.value for each in call.keywords if each.arg == name), None
    )
    return UNKNOWN_BINDING if given is None or starred else Binding(kind="value", node=given)


def _part(binding: Binding, position: int, length: int) -> Binding:
    """One of several names: of a tuple of the same length, of `os.walk`, `enumerate` or `mkstemp`."""
    value = binding.node
    if binding.kind == "value" and isinstance(value, ast.Tuple) and len(value.elts) == length:
        return Binding(kind="value", node=value.elts[position])
    if not isinstance(value, ast.Call):
        return UNKNOWN_BINDING
    called, first = dotted_name(value.func), value.args[0] if value.args else None
    if called == "os.walk" and binding.kind == "each":
        return Binding(kind="below", node=first) if position == 0 else Binding(kind="name")
    if called == "enumerate" and binding.kind == "each" and position == 1:
        return Binding(kind="each", node=first)
    return Binding(kind="made") if called == "tempfile.mkstemp" and position == 1 else UNKNOWN_BINDING
