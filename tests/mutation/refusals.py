"""The changes that weaken or widen a refusal of the gate, and how one of them is made in this process.

A refusal is a statement that refuses a call. Changed are the statement itself, the conditions around it, and the
conditions before it under which its function returns. A change replaces the code of the one function that it is in,
so that no module is loaded again.
"""

from __future__ import annotations

import ast
import copy
import functools
import gc
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

REFUSES = frozenset(
    {"refuse", "refuse_unless_lenient", "refuse_pattern_as_program", "refuse_if_surely_code", "refuse_if_code"}
)
RAISED = frozenset({"Refused", "NotUnderstood", "TooMuch"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`how`: "drop" for a statement, "true" or "false" for a condition, "without" for a part of one.

    `lines`: those that are reached whenever the change can matter. `number` finds the node in its function.
    """

    module: str
    function: str
    how: str
    number: int
    lines: tuple[int, int]
    text: str

    @property
    def key(self) -> str:
        """Without the line, which moves."""
        return f"{self.module} {self.function}: {self.how} `{self.text}`"

    def __str__(self) -> str:
        return f"{self.module}:{self.lines[0]} {self.function}: {self.how} `{self.text}`"


def find_changes(folder: Path, package: str) -> Iterator[Change]:
    """Every change of the modules below a folder. `package`: its dotted name."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        module = ".".join((package, *parts)).removesuffix(".__init__")
        for name, function in _functions(ast.parse(path.read_text(encoding="utf-8"))):
            yield from _changes_of(module, name, function)


def _functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """Functions of a module and of its classes, by their qualified names."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    yield f"{node.name}.{inner.name}", inner


def _changes_of(module: str, name: str, function: Function) -> Iterator[Change]:
    refusals = [node for node in ast.walk(function) if isinstance(node, ast.stmt) and is_refusal(node)]
    numbers = {id(node): number for number, node in enumerate(ast.walk(function))}

    def change(how: str, node: ast.stmt | ast.expr, reached: ast.stmt | ast.expr) -> Change:
        lines = (reached.lineno, reached.end_lineno or reached.lineno)
        text = ast.unparse(node).replace("\n", " ")[:100]
        return Change(module=module, function=name, how=how, number=numbers[id(node)], lines=lines, text=text)

    for refusal in refusals:
        yield change("drop", refusal, refusal)
    for test in _conditions(function, refusals) if refusals else ():
        yield change("true", test, test)
        yield change("false", test, test)
        for part in _parts(test):
            yield change("without", part, test)


def is_refusal(node: ast.AST) -> bool:
    """Whether this statement refuses the call."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return isinstance(node.exc.func, ast.Name) and node.exc.func.id in RAISED
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return isinstance(node.value.func, ast.Attribute) and node.value.func.attr in REFUSES
    return False


def _conditions(function: Function, refusals: Sequence[ast.AST]) -> Iterator[ast.expr]:
    """Of each `if` and `while` that holds a refusal, or that ends the function or a round of a loop."""
    for node in ast.walk(function):
        if isinstance(node, ast.If | ast.While | ast.IfExp):
            inside = {id(each) for each in ast.walk(node)}
            ends = isinstance(node, ast.If) and isinstance(node.body[-1], ast.Return | ast.Continue | ast.Break)
            if ends or any(id(refusal) in inside for refusal in refusals):
                yield node.test


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    """The operands of `and` and `or`: without one of them the condition holds more often, or less."""
    for node in ast.walk(test):
        if isinstance(node, ast.BoolOp):
            yield from node.values


class _Editor(ast.NodeTransformer):
    def __init__(self, target: ast.AST, how: str) -> None:
        self.target, self.how = target, how

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.target:
            if isinstance(node, ast.stmt):
                return ast.copy_location(ast.If(test=ast.Constant(value=False), body=[node], orelse=[]), node)
            assert isinstance(node, ast.expr)
            return _instead(value=self.how == "true", node=node)
        if isinstance(node, ast.BoolOp) and self.target in node.values and self.how == "without":
            neutral = isinstance(node.op, ast.And)
            node.values = [_instead(value=neutral, node=each) if each is self.target else each for each in node.values]
        return self.generic_visit(node)


def _instead(*, value: bool, node: ast.expr) -> ast.expr:
    """The node stays, out of reach: a function that lacked one of its variables could not take the place of another."""
    new = ast.IfExp(test=ast.Constant(value=True), body=ast.Constant(value=value), orelse=node)
    return ast.copy_location(new, node)


@functools.cache
def _read(path: str) -> ast.Module:
    return ast.parse(Path(path).read_text(encoding="utf-8"))


def make(change: Change) -> None:
    """Make the change in this process, for good: call this in a process of which nothing else is wanted."""
    module = importlib.import_module(change.module)
    tree = copy.deepcopy(_read(str(module.__file__)))
    function = dict(_functions(tree))[change.function]
    target = list(ast.walk(function))[change.number]
    _Editor(target, change.how).visit(function)
    code = compile(ast.fix_missing_locations(tree), str(module.__file__), "exec", dont_inherit=True)
    changed = {each.co_qualname: each for each in _codes(code) if _belongs(each.co_qualname, change.function)}
    for each in gc.get_objects():
        if isinstance(each, FunctionType) and each.__code__.co_filename == module.__file__:
            each.__code__ = changed.get(each.__code__.co_qualname, each.__code__)
    _forget_answers()


def _belongs(name: str, function: str) -> bool:
    """Functions that a function made are changed where they are, too: those of a table are made once, at the start."""
    return name == function or (name.startswith(f"{function}.<locals>.") and not name.endswith(">"))


def _codes(code: CodeType) -> Iterator[CodeType]:
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield each
            yield from _codes(each)


def _forget_answers() -> None:
    """What cached functions answered before the change; tables and parsed texts are no part of the judgement."""
    kept = ("hooks.policy.tables", "hooks.policy.shell.syntax", "hooks.policy.shell.parsers")
    for each in gc.get_objects():
        if isinstance(each, functools._lru_cache_wrapper):
            wrapped: Callable[..., object] = each.__wrapped__
            if wrapped.__module__.startswith("hooks.") and not wrapped.__module__.startswith(kept):
                each.cache_clear()
