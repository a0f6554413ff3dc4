"""What the expressions of a Python program are, as far as its text tells: texts, lists, functions by their names.

An expression has several values where its variables have; UNCLEAR stands for what only running the program gives.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from itertools import islice, product

from hooks.policy.programs.python_bindings import Binding, Bindings
from hooks.policy.programs.python_definitions import Definitions
from hooks.policy.programs.python_texts import (
    TEXT_LIMIT,
    UNCLEAR,
    UNKNOWN_PART,
    Named,
    Prepared,
    Program,
    Table,
    Values,
    as_text,
    call_method,
    compute,
    from_numbers,
)

ALTERNATIVES = 64
DEPTH_LIMIT = 16
ELEMENTS_LIMIT = 200
STEPS_LIMIT = 4_000
NOT_CLEAR: Values = (UNCLEAR,)
MODULE_GIVERS = frozenset({"__import__", "importlib.import_module", "import_module", "importlib.__import__"})
PARTIALS = frozenset({"functools.partial", "partial", "functools.partialmethod"})
GET_ATTRIBUTE = frozenset({"getattr", "builtins.getattr", "inspect.getattr_static"})
SAME = frozenset(
    {"list", "tuple", "iter", "reversed", "sorted", "str", "set", "shlex.join", "os.fsencode", "os.fsdecode"}
)
COMMAND_ARGUMENTS = frozenset({"args", "cmd", "command", "path", "url"})
C_LIBRARIES = frozenset({"ctypes.CDLL", "ctypes.PyDLL", "ctypes.cdll.LoadLibrary", "ctypes.LibraryLoader"})
PROGRAM_GIVERS = frozenset({"sh.Command", "plumbum.local.get", "plumbum.machines.LocalCommand"})
NAMESPACES = ("sh.", "plumbum.cmd.", "plumbum.local.cmd.")
RUNS_PROGRAM = frozenset({"run", "run_fg", "run_bg", "run_tee", "popen", "bake", "nohup", "with_env", "run_retcode"})


class PythonKnown:
    """The values of one program's expressions."""

    def __init__(self, tree: ast.Module) -> None:
        self._bindings = Bindings(tree)
        self._definitions = Definitions(tree)
        self._current: dict[str, object] = {}
        self._depth = self._steps = 0
        self._modules = {alias.name.partition(".")[0] for node in ast.walk(tree) for alias in _imports_of(node)}
        self._modules |= {
            (node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
        }

    def values(self, node: ast.expr | None) -> Values:
        """What an expression may be."""
        self._steps += 1
        if node is None or self._depth > DEPTH_LIMIT or self._steps > STEPS_LIMIT:
            return NOT_CLEAR
        self._depth += 1
        try:
            found = tuple(islice(dict.fromkeys(self._evaluate(node)), ALTERNATIVES))
        finally:
            self._depth -= 1
        return found or NOT_CLEAR

    def all_values(self, node: ast.expr) -> Values | None:
        """What a variable may be, if the text tells all of it; None otherwise."""
        bound = self._bindings.all_of(node.id) if isinstance(node, ast.Name) else []
        if not bound or any(each.kind not in {"value", "each"} for each in bound) or node.id in self._definitions.open:  # type: ignore[attr-defined]
            return None
        found = self.values(node)
        return found if len(found) < ALTERNATIVES and all(map(_is_known, found)) else None

    def elements(self, node: ast.expr | None) -> Values:
        """What a loop over an expression gives."""
        return tuple(each for value in self.values(node) for each in _elements(value)) or NOT_CLEAR

    def arguments(self, call: ast.Call) -> Iterator[Values]:
        """The arguments of a call: those by position, then those by the names that functions give to commands."""
        named = [each.value for each in call.keywords if each.arg in COMMAND_ARGUMENTS]
        for found in self._sequence([*call.args, *named]):
            yield found if isinstance(found, tuple) else ()

    def functions_given(self, call: ast.Call) -> Iterator[tuple[object, ast.expr]]:
        """Functions among the arguments of a call, each with the argument."""
        for given in (*call.args, *(each.value for each in call.keywords)):
            if isinstance(given, ast.Name | ast.Attribute | ast.Call | ast.Subscript):
                yield from ((value, given) for value in self.values(given) if isinstance(value, Named | Prepared))

    def _evaluate(self, node: ast.expr) -> Iterable[object]:
        if isinstance(node, ast.Constant):
            return (_constant(node.value),)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            shown = [self._attribute(value, node.attr) for value in self.values(node.value)]
            return shown + self._values_kept(node.attr)
        if isinstance(node, ast.Call):
            return self._call(node)
        return self._compound(node)

    def _compound(self, node: ast.expr) -> Iterable[object]:
        if isinstance(node, ast.Subscript):
            return self._subscript(node)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._sequence(node.elts)
        if isinstance(node, ast.BinOp):
            return [compute(node.op, *pair) for pair in self._pairs([node.left, node.right])]
        if isinstance(node, ast.JoinedStr):
            parts = [each.value if isinstance(each, ast.FormattedValue) else each for each in node.values]
            return ["".join(map(as_text, found)) for found in self._pairs(parts)]
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.Dict):
            return (self._table(node) if isinstance(node, ast.Dict) else self._comprehend(node),)
        return [value for each in _one_of(node) for value in self.values(each)]

    def _table(self, node: ast.Dict) -> Table:
        return Table(tuple(value for each in node.values for value in self.values(each)))

    def _comprehend(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> Values:
        """Each element in turn, where one loop goes over a list that is known."""
        loop = node.generators[0]
        looped = self.values(loop.iter)[0]
        if len(node.generators) > 1 or not isinstance(loop.target, ast.Name) or not isinstance(looped, tuple | str):
            return self.values(node.elt)
        found: list[object] = []
        for each in tuple(looped)[:ELEMENTS_LIMIT]:
            self._current[loop.target.id] = each
            found.append(self.values(node.elt)[0])
        self._current.pop(loop.target.id, None)
        return tuple(found)

    def _name(self, name: str) -> Iterable[object]:
        if name in self._current:
            return (self._current[name],)
        bound = [each for each in self._bindings.all_of(name) if each.kind != "unknown"]
        given = [
            value
            for node, each in self._definitions.arguments.get(name, [])
            for value in (self.elements(node) if each else self.values(node))
        ]
        items = tuple(value for each in bound if each.kind == "item" for value in self.values(each.node)[:1])
        found = [value for each in bound if each.kind != "item" for value in self._values_bound(each)]
        if items:
            found = [(*value, *items) if isinstance(value, tuple) else value for value in found]
        if name in self._definitions.returns or not self._bindings.all_of(name):
            found.append(Named(name))
        return [*found, *given] or NOT_CLEAR

    def _values_bound(self, binding: Binding) -> Values:
        if binding.kind == "each":
            return self.elements(binding.node)
        return self.values(binding.node) if binding.kind in {"value", "entered"} else NOT_CLEAR

    def _values_kept(self, name: str) -> list[object]:
        """What the program itself puts into an attribute of this name."""
        bound = self._bindings.all_of(f".{name}")
        return [value for each in bound if each.kind == "value" for value in self.values(each.node)]

    def _attribute(self, value: object, name: str) -> object:
        if isinstance(value, Program):
            return value if name in RUNS_PROGRAM else Program((*value.words, name.replace("_", "-")))
        if not isinstance(value, Named):
            return UNCLEAR
        if name == "__call__":
            return value
        full = f"{value.name.removesuffix('.__dict__')}.{name}".removeprefix("__builtins__.").removeprefix("builtins.")
        for space in NAMESPACES:
            if full.startswith(space) and space.partition(".")[0] in self._modules and full != "sh.Command":
                return Program((full.removeprefix(space).replace("_", "-"),)) if full not in {"sh.contrib"} else UNCLEAR
        return Named(full)

    def _sequence(self, nodes: list[ast.expr]) -> Iterable[object]:
        for found in self._pairs(nodes):
            words: list[object] = []
            for node, value in zip(nodes, found, strict=True):
                words += value if isinstance(node, ast.Starred) and isinstance(value, tuple) else (value,)
            yield tuple(words)

    def _pairs(self, nodes: list[ast.expr]) -> Iterator[Values]:
        return islice(product(*map(self.values, nodes)), ALTERNATIVES)

    def _subscript(self, node: ast.Subscript) -> Iterable[object]:
        for value in self.values(node.value):
            if isinstance(node.slice, ast.Slice):
                reverses = isinstance(node.slice.step, ast.UnaryOp) and isinstance(value, str | tuple)
                yield value[::-1] if reverses else UNCLEAR  # type: ignore[index]
                continue
            if isinstance(value, Table):
                yield from value.values
                continue
            for key in self.values(node.slice):
                yield self._item(value, key)

    def _item(self, value: object, key: object) -> object:
        if isinstance(value, Program) and isinstance(key, str | tuple):
            return Program((*value.words, *(key if isinstance(key, tuple) else (key,))))
        if isinstance(value, Named) and isinstance(key, str):
            if value.name.endswith(("plumbum.local", "sh.local")) or value.name == "local":
                return Program((key,))
            if value.name in {"sys.modules", "globals()", "locals()", "__builtins__"}:
                return Named(key)
            return self._attribute(value, key) if value.name.endswith("__dict__") else UNCLEAR
        if isinstance(value, tuple) and isinstance(key, int) and -len(value) <= key < len(value):
            return value[key]
        return UNCLEAR

    def _call(self, node: ast.Call) -> Iterable[object]:
        if isinstance(node.func, ast.Attribute):
            for value in self.values(node.func.value):
                if isinstance(value, Table):
                    yield from (value.values,) if node.func.attr == "values" else value.values
                found = [call_method(value, node.func.attr, given) for given in self._pairs(node.args)]
                yield from (each for each in found if each is not UNCLEAR)
        for function in self.values(node.func):
            for given in self._pairs(node.args):
                yield from self._result(function, given)

    def _result(self, function: object, given: Values) -> Iterable[object]:
        if not isinstance(function, Named):
            return (function,) if isinstance(function, Program) else NOT_CLEAR
        name, first = function.name, (*given, UNCLEAR)[0]
        found = self._function(name, first, (*given, UNCLEAR, UNCLEAR)[1])
        if found is UNCLEAR and name in PARTIALS and given:
            found = Prepared(first, given[1:])
        if found is UNCLEAR:
            found = _text_from(name, first)
        return (found,) if found is not UNCLEAR else self._values_returned(name)

    def _values_returned(self, name: str) -> Values:
        return (
            tuple(value for each in self._definitions.returns.get(name, []) for value in self.values(each)) or NOT_CLEAR
        )

    def _function(self, name: str, first: object, second: object) -> object:
        """What a call gives that names a function, a module or a program."""
        found: object = UNCLEAR
        if name in GET_ATTRIBUTE and isinstance(second, str):
            found = self._attribute(first, second)
        elif name in C_LIBRARIES:
            found = Named("posix")  # its functions are those of C
        elif name in {"vars", "globals", "locals"}:
            found = Named(f"{first.name}.__dict__" if isinstance(first, Named) else f"{name}()")
        elif name in {"map", "builtins.map"} and isinstance(second, tuple | str):
            found = tuple(value for each in second for value in list(self._result(first, (each,)))[:1])
        elif not isinstance(first, str):
            return UNCLEAR
        elif name in MODULE_GIVERS:
            found = Named(first if "module" in name else first.partition(".")[0])
        elif name in PROGRAM_GIVERS:
            found = Program((first,))
        elif name.endswith((".__getattribute__", ".__dict__.get")):
            found = self._attribute(Named(name.rpartition(".__")[0].removesuffix(".__dict__")), first)
        return found


def _is_known(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_known, value))
    return isinstance(value, str) and UNKNOWN_PART not in value


def _one_of(node: ast.expr) -> list[ast.expr]:
    """The expressions one of which is the value."""
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.value] if isinstance(node, ast.NamedExpr | ast.Await | ast.Starred) else []


def _imports_of(node: ast.AST) -> list[ast.alias]:
    return node.names if isinstance(node, ast.Import) else []


def _constant(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value[:TEXT_LIMIT] if isinstance(value, str) else value


def _elements(value: object) -> Values:
    return value if isinstance(value, tuple) else NOT_CLEAR


def _text_from(name: str, first: object) -> object:
    """What functions give that leave a text, or the words of a list, as they are; and texts from numbers."""
    if name == "chr" and isinstance(first, int) and 0 <= first <= sys.maxunicode:
        return chr(first)
    if name in {"bytes", "bytearray"}:
        return from_numbers(first)
    if name == "shlex.join" and isinstance(first, tuple):
        return " ".join(map(as_text, first))
    return first if name in SAME else UNCLEAR
