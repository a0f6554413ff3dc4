"""Every text that the source of a module holds and that reads as a sentence, with what the program does with it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.placeholders import Names, is_text, show, show_log_line

FEWEST_WORDS = 3
_WORD = re.compile(r"[\[(\"'`*_]*[A-Za-z][a-z'’]*(?:-[a-z]+)*[\])\"'`*_.,;:!?…]*")
_IN_BRACES = re.compile(r"\{[^{}\":\n]*\}")
_OF_TEXT = {"join", "format", "strip", "rstrip", "splitlines", "split"}  # what they return goes on
_LOG_LEVELS = {"debug", "info", "warning", "error", "exception"}
Parents = dict[ast.AST, ast.AST]


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """`carrier` is the function or class that is given the text as `argument`, which is a name or a number; or what the
    text is assigned to; or `return`, `yield`, `compare`. `kind` is the level of a line of the log, or a failure's kind.
    """

    module: str
    text: str
    carrier: str = ""
    argument: str = ""
    kind: str = ""

    @property
    def is_logged(self) -> bool:
        return self.kind in _LOG_LEVELS


def reads_as_sentence(text: str, fewest: int = FEWEST_WORDS) -> bool:
    """At least half of what stands between blanks is words. Values count as neither."""
    parts = _IN_BRACES.sub(" ", text).split()
    words = sum(_WORD.fullmatch(part) is not None for part in parts)
    return words >= fewest and 2 * words >= len(parts)


def literals_of(path: Path, module: str) -> Iterator[Literal]:
    """In the order of the source. A debug line of the log is for those who work on the code."""
    parents = _parse(path)[1]
    for node in parents:
        if not isinstance(node, ast.Constant | ast.JoinedStr) or not is_text(node, {}):
            continue
        if isinstance(parents[node], ast.JoinedStr | ast.Expr) or not reads_as_sentence(show(node)):
            continue  # a part of a longer text, or a docstring
        carrier, argument, call = _carrier(node, parents)
        kind = _kind(call) if call else ""
        text = show(node, _names_at(path, node))
        if kind != "debug" and not (kind in _LOG_LEVELS and argument == "0"):  # `log_lines` has these
            yield Literal(module=module, text=text, carrier=carrier, argument=argument, kind=kind)


def log_lines(path: Path, module: str) -> Iterator[Literal]:
    """Also the short ones."""
    for level in sorted(_LOG_LEVELS - {"debug"}):
        for call, names in calls_of(path, level):
            if _kind(call) == level and call.args:
                text = show_log_line(call, names)
                yield Literal(module=module, text=text, carrier=level, argument="0", kind=level)


def calls_of(path: Path, name: str) -> Iterator[tuple[ast.Call, Names]]:
    """Each call with what the names of its module and of its function stand for."""
    for node in _parse(path)[1]:
        if isinstance(node, ast.Call) and _name(node.func) == name:
            yield node, _names_at(path, node)


@cache
def _parse(path: Path) -> tuple[ast.Module, Parents]:
    tree = ast.parse(path.read_text())
    return tree, {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _carrier(node: ast.AST, parents: Parents) -> tuple[str, str, ast.Call | None]:
    above = parents.get(node)
    while above is not None:
        match above:
            case ast.Call(func=func) if func is not node and _name(func) not in _OF_TEXT:
                return _name(func), _argument(above, node), above
            case ast.Return() | ast.Yield() | ast.YieldFrom() | ast.Compare():
                return type(above).__name__.lower(), "", None
            case ast.Assign(targets=[target, *_]) | ast.AnnAssign(target=target) | ast.AugAssign(target=target):
                return ast.unparse(target), "", None
        node, above = above, parents.get(above)
    return "", "", None


def _argument(call: ast.Call, node: ast.AST) -> str:
    if node in call.args:
        return str(call.args.index(node))  # type: ignore[arg-type]  # it is one of them
    return next((each.arg or "" for each in call.keywords if node in {each, each.value}), "")


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def _kind(call: ast.Call) -> str:
    if ast.unparse(call.func).removeprefix("_").removeprefix("log.") in _LOG_LEVELS:
        return _name(call.func)
    kinds = (each for each in call.args if isinstance(each, ast.Attribute) and _name(each.value) == "FailureKind")
    return next((each.attr.lower() for each in kinds), "")


def _names_at(path: Path, node: ast.expr) -> Names:
    """What the names of the module and of the function around a text stand for there."""
    tree = _parse(path)[0]
    names = _assigned(tree.body)
    for each in _functions(path):
        if each.lineno <= node.lineno <= (each.end_lineno or 0):
            names |= _assigned(inner for inner in ast.walk(each) if getattr(inner, "lineno", 0) < node.lineno)
    return names


@cache
def _functions(path: Path) -> list[ast.FunctionDef]:
    return [each for each in _parse(path)[1] if isinstance(each, ast.FunctionDef)]


def _assigned(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """Without a name that is assigned more than once: each of its texts is a line of the page."""
    assigned: dict[str, ast.expr] = {}
    seen: Counter[str] = Counter()
    for each in nodes:
        if isinstance(each, ast.Assign | ast.AugAssign):
            name = ast.unparse(each.targets[0] if isinstance(each, ast.Assign) else each.target)
            assigned[name] = each.value
            seen[name] += 1
    return {name: value for name, value in assigned.items() if seen[name] == 1}
