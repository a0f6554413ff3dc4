"""Whether a Python program gives its environment away: handed on to another program it prints nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from hooks.policy.programs.python_bindings import dotted_name
from hooks.policy.programs.python_tree import read_python

ENVIRONMENTS = frozenset({"os.environ", "os.environb", "posix.environ", "nt.environ"})
HARMLESS_METHODS = frozenset({"get", "setdefault", "update", "pop", "__setitem__", "__contains__", "clear", "keys"})
HANDED_TO = frozenset({"env", "environ", "environment", "extra_env"})
"""Keywords under which functions take the environment of a program that they start."""
PATCHES = frozenset({"setitem", "delitem", "dict", "setenv", "patch"})
"""Functions of test libraries that change a dictionary for a while: `mock.patch.dict`, `monkeypatch.setitem`."""
GIVES_NAMES = frozenset({"len", "sorted", "list", "set", "bool"})
"""Functions that give the names of the variables, or their number."""
ROUNDS = 12
"""How often a copy may be copied on before it counts as printed."""


def read_environment(code: str) -> tuple[bool, list[str]] | None:
    """Whether all of the environment goes anywhere but to another program, and names of variables that may be read by
    computed names or from a copy of it; None if the code is not Python."""
    tree = read_python(code)
    if tree is None:
        return None
    environment = _Environment(tree)
    return environment.is_printed(), environment.find_names()


def _is_environment(node: ast.AST) -> TypeGuard[ast.expr]:
    """`os.environ`; `dotenv_values()` without a name reads the environment file that it finds,
    `Process().environ()` of psutil the environment of a process."""
    if isinstance(node, ast.Call):
        name = dotted_name(node.func).rpartition(".")[2]
        return name in {"dotenv_values", "environ"} and not node.args and not node.keywords
    return isinstance(node, ast.Attribute) and dotted_name(node) in ENVIRONMENTS


class _Environment:
    """Follows the environment from expression to expression, and through variables that hold it."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = list(ast.walk(tree))
        self._parents = {id(child): node for node in self._nodes for child in ast.iter_child_nodes(node)}
        self._holders: set[str] = set()
        self._environments = [node for node in self._nodes if _is_environment(node)]
        self._names = [node for node in self._nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]

    def is_printed(self) -> bool:
        for _ in range(ROUNDS):
            known = len(self._holders)
            if any(self._leaks(node) for node in self._sources()):
                return True
            if known == len(self._holders):
                return self._is_read_by_its_names() or any(self._is_reflected(node) for node in self._nodes)
        return True

    def _is_read_by_its_names(self) -> bool:
        """`for k in os.environ: print(os.environ[k])`: each variable, by the names that were just listed."""
        named = any(isinstance(node, ast.Call) and dotted_name(node.func) in GIVES_NAMES for node in self._nodes)
        named = named or any(self._is_iterated(node) for node in self._sources())
        return named and bool(self._environments) and any(self._reads_computed(node) for node in self._nodes)

    def _is_iterated(self, node: ast.AST) -> bool:
        parent = self._parents.get(id(node))
        if isinstance(parent, ast.Attribute):
            return parent.attr == "keys"
        return isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension) and parent.iter is node

    def _reads_computed(self, node: ast.AST) -> bool:
        """`os.environ[k]`, `os.getenv(k)`, and the same of a copy; or the function that does so, under another name."""
        if isinstance(node, ast.Subscript):
            return (
                self._holds(node.value) and isinstance(node.ctx, ast.Load) and not isinstance(node.slice, ast.Constant)
            )
        if isinstance(node, ast.Call) and node.args:
            return self._gives_value(node.func) and not isinstance(node.args[0], ast.Constant)
        parent = self._parents.get(id(node))
        return self._gives_value(node) and not (isinstance(parent, ast.Call) and parent.func is node)

    def _gives_value(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute) and node.attr in {"get", "pop", "setdefault", "__getitem__"}:
            return self._holds(node.value)
        return isinstance(node, ast.Name | ast.Attribute) and dotted_name(node) in {"os.getenv", "os.getenvb"}

    def _holds(self, node: ast.AST) -> bool:
        return _is_environment(node) or (isinstance(node, ast.Name) and node.id in self._holders)

    def find_names(self) -> list[str]:
        """Texts that may be names of variables that the code reads; to be asked after `is_printed`."""
        computed = any(self._reads_computed(node) for node in self._nodes)
        return [
            node.value
            for node in self._nodes
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and (computed or self._is_read(node))
        ]

    def _is_read(self, key: ast.Constant) -> bool:
        """Whether a text is the key with which a copy of the environment is read."""
        parent = self._parents.get(id(key))
        of = parent.value if isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Load) else None
        return isinstance(of, ast.Name) and of.id in self._holders

    def _sources(self) -> Iterator[ast.expr]:
        yield from self._environments
        yield from (node for node in self._names if node.id in self._holders)

    @staticmethod
    def _is_reflected(node: ast.AST) -> bool:
        """`vars(os)["environ"]`, `os.__dict__["environ"]`."""
        if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
            return False
        of = node.value
        names = [dotted_name(of.func), *map(dotted_name, of.args)] if isinstance(of, ast.Call) else [dotted_name(of)]
        return names in (["vars", "os"], ["os.__dict__"]) and node.slice.value in ("environ", "environb")

    def _leaks(self, node: ast.AST) -> bool:
        """Whether this value is used in any other way than those that print nothing."""
        parent = self._parents.get(id(node))
        if isinstance(parent, ast.Attribute):
            return self._leaks_by_method(parent)
        if isinstance(parent, ast.Assign):
            return self._leaks_by_assignment(parent)
        if isinstance(parent, ast.Call):
            return self._leaks_by_call(parent)
        if isinstance(parent, ast.keyword):
            return parent.arg not in HANDED_TO and (parent.arg is not None or self._leaks(self._parents[id(parent)]))
        if isinstance(parent, ast.Dict | ast.BinOp | ast.IfExp | ast.BoolOp | ast.NamedExpr):
            return self._leaks(parent)
        key = isinstance(parent, ast.Subscript) and parent.slice is node
        used = isinstance(parent, ast.Subscript | ast.Compare | ast.Delete | ast.AugAssign | ast.Expr)
        return key or not (used or self._is_iterated(node))

    def _leaks_by_assignment(self, assignment: ast.Assign) -> bool:
        self._holders |= {target.id for target in assignment.targets if isinstance(target, ast.Name)}
        return not all(isinstance(target, ast.Name | ast.Subscript | ast.Attribute) for target in assignment.targets)

    def _leaks_by_method(self, attribute: ast.Attribute) -> bool:
        call = self._parents.get(id(attribute))
        if not isinstance(call, ast.Call):
            return True
        return self._leaks(call) if attribute.attr == "copy" else attribute.attr not in HARMLESS_METHODS

    def _leaks_by_call(self, call: ast.Call) -> bool:
        name = dotted_name(call.func)
        if name in {"dict", "copy.copy", "copy.deepcopy"}:
            return self._leaks(call)
        return name.rpartition(".")[2] not in PATCHES and name not in GIVES_NAMES
