"""What the functions of a Python program give, and what their arguments are, by all of their calls."""

from __future__ import annotations

import ast
from collections import defaultdict


class Definitions:
    """`returns`: the expressions that a function gives. `arguments`: by the argument's name, what it is given, and
    whether it is each element of that. `open`: arguments of functions that are handed on, and called from elsewhere."""

    def __init__(self, tree: ast.Module) -> None:
        self.returns: dict[str, list[ast.expr]] = defaultdict(list)
        self.arguments: dict[str, list[tuple[ast.expr, bool]]] = defaultdict(list)
        self.open: set[str] = set()
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        called = {id(call.func) for call in calls}
        handed = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called}
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                self.returns[node.name] += [
                    each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value
                ]
                self._read_arguments(node, calls)
                if node.name in handed:
                    self.open |= {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        for call in calls:
            self._read_lambdas(call)

    def _read_arguments(self, function: ast.FunctionDef | ast.AsyncFunctionDef, calls: list[ast.Call]) -> None:
        """Of methods, which are called by an attribute, and of `*words`."""
        names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
        method = names[:1] in (["self"], ["cls"])
        taken = names[1:] if method else names
        for call in calls:
            if _last_name(call.func, attribute=method) != function.name:
                continue
            for name, argument in zip(taken, call.args, strict=False) if method else ():
                self.arguments[name].append((argument, False))
            if rest := function.args.vararg:
                words = ast.Tuple(elts=call.args[len(taken) :], ctx=ast.Load())
                self.arguments[rest.arg].append((words, False))

    def _read_lambdas(self, call: ast.Call) -> None:
        if isinstance(call.func, ast.Lambda):
            for name, argument in zip(_names(call.func), call.args, strict=False):
                self.arguments[name].append((argument, False))
        others = [each for each in call.args if not isinstance(each, ast.Lambda)]
        for given in call.args:
            for name in _names(given) if isinstance(given, ast.Lambda) else ():
                self.arguments[name] += [(each, True) for each in others]


def _last_name(function: ast.expr, *, attribute: bool) -> str:
    if attribute:
        return function.attr if isinstance(function, ast.Attribute) else ""
    return function.id if isinstance(function, ast.Name) else ""


def _names(function: ast.Lambda) -> list[str]:
    return [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
