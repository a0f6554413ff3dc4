"""A text of the source as a reader of the documentation sees it: each value is in braces, as the source names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

Names = Mapping[str, ast.expr]
_NO_NAMES: Names = {}
_SAYS_NOTHING = {"value", "name", "text", "stem"}  # `kind.value` is the kind
_OF_LOG = re.compile(r"%[-.\d]*[a-z]")
_DEEPEST = 4


def show(node: ast.expr, names: Names = _NO_NAMES, depth: int = 0) -> str:
    """Of several texts from which one is chosen, all; in brackets what may be left out."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=values):
            return "".join(show(value, names, depth) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return show(left, names, depth) + show(right, names, depth)
        case ast.FormattedValue(value=value):
            return show(value, names, depth)
    choices = list(_choices(node, names)) if depth < _DEEPEST else []
    texts = list(dict.fromkeys(show(each, names, depth + 1) for each in choices))
    if not texts:
        return f"{{{name_of(node)}}}"
    said = " / ".join(filter(None, texts))
    return f"[{said}]" if "" in texts else said


def show_log_line(call: ast.Call, names: Names) -> str:
    """The logging module fills in the values by their order."""
    values = iter(show(each, names) for each in call.args[1:])
    return _OF_LOG.sub(lambda found: next(values, found[0]), show(call.args[0], names))


def _choices(node: ast.expr, names: Names) -> Iterable[ast.expr]:
    """What a value may be, as far as the function shows it, if that is text."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="format")) if is_text(value, names):
            return [value]
        case ast.Name(id=name) if name in names and is_text(names[name], names):
            return [names[name]]
        case ast.Subscript(value=ast.Name(id=name)) if isinstance(names.get(name), ast.Dict):
            return _choices(names[name], names)
        case ast.Dict(values=values) if all(is_text(value, names) for value in values):
            return values
        case ast.IfExp(body=one, orelse=other) if is_text(one, names) and is_text(other, names):
            return [one, other]
        case _:
            return []


def is_text(node: ast.expr, names: Names, depth: int = 0) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, str)
        case ast.JoinedStr():
            return True
        case ast.IfExp(body=one, orelse=other):
            return is_text(one, names, depth) and is_text(other, names, depth)
        case ast.Name(id=name):
            return depth < _DEEPEST and name in names and is_text(names[name], names, depth + 1)
        case _:
            return False


def name_of(node: ast.expr) -> str:
    """What the source calls a value, without what it does to make text of it."""
    match node:
        case ast.Constant(value=value):
            return str(value)
        case ast.Name(id=name) | ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name.strip("_").lower().replace("_", " ")
        case ast.Attribute(attr=name) if name not in _SAYS_NOTHING and not name.startswith("__"):
            return name.strip("_").lower().replace("_", " ")
        case ast.Call():
            return _name_of_call(node)
    inner = _inner(node)
    return name_of(inner) if inner is not None else "…"


def _inner(node: ast.expr) -> ast.expr | None:
    """The value that a longer expression is about."""
    match node:
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.Starred(value=value):
            return value
        case ast.FormattedValue(value=value) | ast.UnaryOp(operand=value) | ast.BinOp(left=value):
            return value
        case ast.IfExp(body=value) | ast.BoolOp(values=[value, *_]):
            return value
        case ast.GeneratorExp(generators=[first, *_]) | ast.ListComp(generators=[first, *_]):
            return first.iter
        case _:
            return None


def _name_of_call(call: ast.Call) -> str:
    """`len(hosts)` is their number; `one_line(reason)` is the reason, `", ".join(hosts)` the hosts."""
    if isinstance(call.func, ast.Name) and call.func.id in {"len", "sum"} and call.args:
        return f"number of {name_of(call.args[0])}"
    if call.args and not isinstance(call.args[-1], ast.Constant):
        return name_of(call.args[-1])
    named = call.func.value if isinstance(call.func, ast.Attribute) else None
    if named is not None and not (isinstance(named, ast.Name) and named.id == "self"):
        return name_of(named)
    return name_of(call.args[0] if call.args else call.func)
