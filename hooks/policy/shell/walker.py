"""Walks a syntax tree to the simple commands that would run, in order, and has each of them examined.

Both branches of a condition are walked, bodies of loops twice, functions where they are called; a variable that
a branch may have changed keeps all its values. What the walk does not know it refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from hooks.policy.ruling import Refused
from hooks.policy.shell.expansion import Expansion
from hooks.policy.shell.scope import Scope
from hooks.policy.shell.syntax import Node, NotUnderstood, parse
from hooks.policy.shell.tree import ITEM_LIMIT, find_variables, multiplies, select_items, split_chain, strip_tabs
from hooks.policy.shell.values import UNKNOWN, Command, Feed, Redirect

if TYPE_CHECKING:
    from hooks.policy.shell.session import Session

NOTHING_PRINTED = Feed(text="")
COMBINATIONS = 12

Execute = Callable[[Command, Scope], Feed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """How a statement is wired: its redirections, what feeds it, and the variables that the wiring reads."""

    redirects: tuple[Redirect, ...]
    feed: Feed | None
    names: frozenset[str]
    background: bool


class Walker:
    """One walk over one command; `execute` examines each simple command and tells what it would print."""

    def __init__(self, session: Session, execute: Execute) -> None:
        self.session = session
        self.execute = execute

    def text(self, text: str, scope: Scope) -> Feed:
        """Walk a shell text in this scope; what it would print, where that is known."""
        with self.session.deeper():
            self.session.work.parse(text)
            return self.statements(parse(text), scope)

    def statements(self, nodes: list[Node], scope: Scope) -> Feed:
        printed: list[str | None] = []
        started = len(self.session.log)
        for node in nodes:
            before = scope.folders
            printed.append(self.statement(node, scope).text)
            if not self.session.exist(scope.folders):
                scope.may_be_in(before)  # a `cd` that fails leaves what follows where it was
        known = None if None in printed else "".join(piece or "" for piece in printed)
        return Feed(text=known, sources=self.session.since(started))

    def statement(self, node: Node, scope: Scope) -> Feed:
        """One statement with its redirections; a background one cannot change this shell's state."""
        self.session.work.spend(5 + len(scope.variables) // 4)
        with self.session.deeper():
            inside = scope.copy() if node.get("Background") else scope
            wires = self._wires(node, inside)
            command = node.get("Cmd") or {"Type": "CallExpr"}
            simple = command["Type"] in {"CallExpr", "DeclClause"}
            flow = self._simple(command, inside, wires) if simple else self._compound(command, inside, wires)
            return self.session.captured(flow, wires.redirects, inside)

    def _wires(self, node: Node, scope: Scope) -> Wires:
        redirects: list[Redirect] = []
        feed, names = None, set[str]()
        for redirection in node.get("Redirs", []):
            expansion = self._expansion(scope)
            operator = redirection["Op"]
            if operator in {"<<", "<<-"}:
                quoted = any(part["Type"] != "Lit" or "\\" in part["Value"] for part in redirection["Word"]["Parts"])
                text = expansion.document(redirection.get("Hdoc") or {}, literal=quoted)
                feed = Feed(text=strip_tabs(text) if operator == "<<-" else text)
            elif operator == "<<<":
                feed = Feed(text=expansion.text(redirection["Word"]) + "\n")
            else:
                target = expansion.text(redirection["Word"])
                descriptor = redirection.get("N", {}).get("Value", "")
                redirects.append(Redirect(operator=operator, target=target, descriptor=descriptor))
                if operator == "<":
                    feed = self.session.file_feed(target, scope)
            names |= expansion.names
        background = bool(node.get("Background"))
        return Wires(redirects=tuple(redirects), feed=feed, names=frozenset(names), background=background)

    def _expansion(self, scope: Scope) -> Expansion:
        return Expansion(
            scope=scope,
            environment=self.session.environment(scope),
            run=lambda nodes: self.statements(nodes, scope.copy()),
            run_fed=lambda nodes: self._fed_by_others(nodes, scope),
            piped=self.session.pipe_name,
        )

    def _fed_by_others(self, nodes: list[Node], scope: Scope) -> Feed:
        """`>( … )`: what it reads is what some other command writes into it."""
        inside = scope.copy()
        inside.feed = Feed(sources=(*scope.feed.sources, *self.session.log[-8:]))
        return self.statements(nodes, inside)

    # Simple commands

    def _simple(self, command: Node, scope: Scope, wires: Wires) -> Feed:
        flow = NOTHING_PRINTED
        states = []
        for variant in self._variants(command, scope):
            expansion = self._expansion(variant)
            argv, assignments = self._words(command, expansion, variant)
            built = Command(
                argv=tuple(argv),
                assignments=tuple(assignments),
                redirects=wires.redirects,
                feed=wires.feed or variant.feed,
                background=wires.background,
                names=wires.names | expansion.names,
            )
            flow = self.execute(built, variant)
            states.append(variant)
        self._join(scope, states)
        return flow

    def _variants(self, command: Node, scope: Scope) -> Iterator[Scope]:
        """One scope for each combination of values that the command's variables may have."""
        several = [name for name in find_variables(command) if len(scope.variables.get(name, ())) > 1]
        combinations = list(product(*(scope.variables[name] for name in several)))
        if not several or len(combinations) > COMBINATIONS:
            yield scope.copy()
            return
        for combination in combinations:
            variant = scope.copy()
            variant.variables.update({name: (value,) for name, value in zip(several, combination, strict=True)})
            yield variant

    def _join(self, scope: Scope, states: list[Scope]) -> None:
        self.session.work.spend(6 * (len(states) - 1))
        scope.become(states[0])
        for state in states[1:]:
            scope.merge(state)

    def _words(self, command: Node, expansion: Expansion, scope: Scope) -> tuple[list[str], list[tuple[str, str]]]:
        if command.get("Type") == "DeclClause":
            return self._declared(command, expansion, scope)
        argv: list[str] = []
        for position, word in enumerate(command.get("Args", [])):
            if position == 0 and expansion.pattern(word):
                self.session.pattern_as_program(expansion.text(word))
            argv += expansion.fields(word)
        assignments = [self._assigned(node, expansion, scope, lasting=not argv) for node in command.get("Assigns", [])]
        return argv, assignments

    def _declared(self, command: Node, expansion: Expansion, scope: Scope) -> tuple[list[str], list[tuple[str, str]]]:
        """`export`, `declare` and their kind: a command whose assignments last."""
        argv, assignments = [command["Variant"]["Value"]], []
        for node in command.get("Args", []):
            if "Name" not in node:
                argv += expansion.fields(node["Value"])
            elif node.get("Naked"):
                argv.append(node["Name"]["Value"])
            else:
                assignments.append(self._assigned(node, expansion, scope, lasting=True))
                argv.append("=".join(assignments[-1]))
        return argv, assignments

    def _assigned(self, node: Node, expansion: Expansion, scope: Scope, *, lasting: bool) -> tuple[str, str]:
        name = node["Name"]["Value"]
        expansion.inspect(node.get("Index") or {})
        if "Array" in node:
            elements = [field for element in node["Array"].get("Elems", []) for field in _element(element, expansion)]
            if lasting:
                scope.variables.pop(name, None)
                before = scope.arrays.get(name, ()) if node.get("Append") else ()
                scope.arrays[name] = (*before, *elements)
            return name, " ".join(elements)
        value = expansion.text(node.get("Value"))
        if node.get("Append"):
            value = (expansion.lookup(name) or "") + value
        if lasting and "Index" in node:
            scope.arrays[name] = (UNKNOWN,)
        elif lasting:
            scope.put(name, (value,))
        return name, value

    # Compound commands

    def _compound(self, command: Node, scope: Scope, wires: Wires) -> Feed:
        kind = command["Type"]
        if kind not in COMPOUND:
            raise NotUnderstood(f"{kind} is not understood")
        if wires.redirects:
            self.execute(Command(argv=(), redirects=wires.redirects), scope)
        with _fed(scope, wires.feed):
            return COMPOUND[kind](self, command, scope)

    def binary(self, command: Node, scope: Scope) -> Feed:
        """`a | b`, `a && b`, `a || b`."""
        if command["Op"] in {"|", "|&"}:
            flow = self.statement(command["X"], scope.copy())
            with _fed(inside := scope.copy(), Feed(text=flow.text, sources=flow.sources)):
                last = self.statement(command["Y"], inside)
            return Feed(text=last.text, sources=_joined(flow, last))
        if command["Op"] == "&&":
            return self._chain(split_chain(command), scope)
        first = self.statement(command["X"], scope)
        before = scope.copy()
        second = self.statement(command["Y"], scope)
        scope.merge(before)
        return _together(first, second)

    def _chain(self, operands: list[Node], scope: Scope) -> Feed:
        """In `a && b && c` what follows knows that the earlier ones ran; after it, any of them may have failed."""
        flow = self.statement(operands[0], scope)
        stopped = scope.copy()
        for operand in operands[1:]:
            flow = _together(flow, self.statement(operand, scope))
            stopped.merge(scope)
        scope.merge(stopped)
        return flow

    def block(self, command: Node, scope: Scope) -> Feed:
        """`{ …; }`."""
        return self.statements(command.get("Stmts", []), scope)

    def subshell(self, command: Node, scope: Scope) -> Feed:
        """`( … )`: what it changes stays in it."""
        return self.statements(command.get("Stmts", []), scope.copy())

    def branches(self, command: Node, scope: Scope) -> Feed:
        """`if`: both branches are walked."""
        started = len(self.session.log)
        self.statements(command.get("Cond", []), scope)
        untaken = scope.copy()
        self.statements(command.get("Then", []), scope)
        if "Else" in command:
            self.branches(command["Else"], untaken)
        scope.merge(untaken)
        return Feed(sources=self.session.since(started))

    def repeated(self, command: Node, scope: Scope) -> Feed:
        """`while` and `until`: twice, for what a first round changes for a second."""
        if multiplies(command):
            raise Refused("system.bomb", "a loop without end that starts processes")
        started = len(self.session.log)
        for _ in range(2):
            before = scope.copy()
            self.statements(command.get("Cond", []), scope)
            self.statements(command.get("Do", []), scope)
            scope.merge(before)
        return Feed(sources=self.session.since(started))

    def each(self, command: Node, scope: Scope) -> Feed:
        """`for`: once for each item, as far as there are few."""
        started = len(self.session.log)
        loop = command["Loop"]
        expansion = self._expansion(scope)
        if loop["Type"] != "WordIter":
            expansion.inspect(loop)
            return self.repeated(command, scope)
        items = [field for word in loop.get("Items", []) for field in expansion.fields(word)]
        if "Items" not in loop:
            items = list(scope.positional or (UNKNOWN,))
        if len(items) > ITEM_LIMIT:
            items = [*items[: ITEM_LIMIT - 1], *select_items(items[ITEM_LIMIT - 1 :])]
        for item in items:
            before = scope.copy()
            scope.put(loop["Name"]["Value"], (item,))
            self.statements(command.get("Do", []), scope)
            scope.merge(before)
        return Feed(sources=self.session.since(started))

    def cases(self, command: Node, scope: Scope) -> Feed:
        """`case`: each branch from the same beginning."""
        started = len(self.session.log)
        expansion = self._expansion(scope)
        expansion.text(command.get("Word"))
        before = scope.copy()
        for item in command.get("Items", []):
            expansion.inspect(item.get("Patterns"))
            branch = before.copy()
            self.statements(item.get("Stmts", []), branch)
            scope.merge(branch)
        return Feed(sources=self.session.since(started))

    def defined(self, command: Node, scope: Scope) -> Feed:
        """A function: walked where it is called."""
        if "Name" not in command:
            raise NotUnderstood("a function without a name")
        scope.define(command["Name"]["Value"], command["Body"])
        return NOTHING_PRINTED

    def wrapped(self, command: Node, scope: Scope) -> Feed:
        """`time` and `coproc`."""
        return self.statement(command["Stmt"], scope) if "Stmt" in command else NOTHING_PRINTED

    def computed(self, command: Node, scope: Scope) -> Feed:
        """`[[ … ]]`, `(( … ))` and `let` compute; only the substitutions inside them run anything."""
        self._expansion(scope).inspect(command)
        return NOTHING_PRINTED


COMPOUND: dict[str, Callable[[Walker, Node, Scope], Feed]] = {
    "BinaryCmd": Walker.binary,
    "Block": Walker.block,
    "Subshell": Walker.subshell,
    "IfClause": Walker.branches,
    "WhileClause": Walker.repeated,
    "ForClause": Walker.each,
    "CaseClause": Walker.cases,
    "FuncDecl": Walker.defined,
    "TimeClause": Walker.wrapped,
    "CoprocClause": Walker.wrapped,
    "TestClause": Walker.computed,
    "ArithmCmd": Walker.computed,
    "LetClause": Walker.computed,
}


@contextmanager
def _fed(scope: Scope, feed: Feed | None) -> Iterator[None]:
    before = scope.feed
    scope.feed = before if feed is None else feed
    try:
        yield
    finally:
        scope.feed = before


def _together(first: Feed, second: Feed) -> Feed:
    known = None if first.text is None or second.text is None else first.text + second.text
    return Feed(text=known, sources=_joined(first, second))


def _joined(first: Feed, second: Feed) -> tuple[tuple[str, ...], ...]:
    """Each source once: what reads a pipe names its sources again, and a long pipe would double them at each turn."""
    return tuple(dict.fromkeys((*first.sources, *second.sources)))


def _element(element: Node, expansion: Expansion) -> list[str]:
    return expansion.fields(element["Value"]) if "Value" in element else []
