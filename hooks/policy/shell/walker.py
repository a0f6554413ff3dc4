"""Walks a syntax tree to the simple commands that would run, in order, and passes each of them to `execute`.

Both branches of a condition are walked, bodies of loops twice, functions where they are called; a variable that
a branch may have changed keeps all its values. An unknown kind of node is refused.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from hooks.policy.shell import declarations
from hooks.policy.shell.arithmetic import find_effects
from hooks.policy.shell.compound import COMPOUND, NOTHING_PRINTED
from hooks.policy.shell.expansion import Expansion
from hooks.policy.shell.scope import Scope
from hooks.policy.shell.syntax import Node, parse
from hooks.policy.shell.tree import find_variables
from hooks.policy.shell.values import DYNAMIC, UNKNOWN, Command, Feed, Redirect, single_value
from hooks.policy.shell.work import limit_size

if TYPE_CHECKING:
    from hooks.policy.shell.memory import Memory

COMBINATIONS = 12
DECLARING = frozenset({"declare", "typeset", "local", "export", "readonly"})
"""What they assign lasts."""

Execute = Callable[[Command, Scope], Feed]
Words = tuple[list[str], list[tuple[str, str]]]
"""A simple command's words, and its assignments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """How a statement is wired: its redirections, what feeds it, and the variables that the wiring reads."""

    redirects: tuple[Redirect, ...]
    feed: Feed | None
    names: frozenset[str]
    background: bool


class Walker:
    """One walk over one command; `execute` examines each simple command and tells what it would print."""

    def __init__(self, memory: Memory, execute: Execute) -> None:
        self.memory = memory
        self.execute = execute

    def walk_text(self, text: str, scope: Scope) -> Feed:
        """Walk a shell text in this scope; what it would print, where that is known."""
        with self.memory.one_level_deeper():
            self.memory.work.spend_on_parsing(text)
            return self.walk_statements(parse(text), scope)

    def walk_statements(self, nodes: list[Node], scope: Scope) -> Feed:
        printed: list[str | None] = []
        started = len(self.memory.log)
        for node in nodes:
            printed.append(self.walk_statement(node, scope).text)
            scope.settle()  # a `cd` that fails leaves what follows where it was
        known = None if None in printed else "".join(piece or "" for piece in printed)
        return Feed(text=known, sources=self.memory.commands_since(started))

    def walk_statement(self, node: Node, scope: Scope) -> Feed:
        """One statement with its redirections; a background one cannot change this shell's state."""
        self.memory.work.spend(3 + len(scope.variables) // 8)
        with self.memory.one_level_deeper():
            inside = scope.copy() if node.get("Background") else scope
            wires = self._read_wires(node, inside)
            command = node.get("Cmd") or {"Type": "CallExpr"}
            simple = command["Type"] in {"CallExpr", "DeclClause"}
            flow = self._walk_simple(command, inside, wires) if simple else self._walk_compound(command, inside, wires)
            if node.get("Negated"):
                inside.settle()
            return self.memory.capture(flow, wires.redirects, inside)

    def _read_wires(self, node: Node, scope: Scope) -> Wires:
        redirects: list[Redirect] = []
        feed, names = None, set[str]()
        for redirection in node.get("Redirs", []):
            expansion = self.expansion(scope)
            operator = redirection["Op"]
            if operator in {"<<", "<<-"}:
                quoted = any(part["Type"] != "Lit" or "\\" in part["Value"] for part in redirection["Word"]["Parts"])
                document, strip = redirection.get("Hdoc") or {}, operator == "<<-"
                feed = Feed(text=expansion.expand_document(document, literal=quoted, strip_tabs=strip))
            elif operator == "<<<":
                feed = Feed(text=expansion.text(redirection["Word"]) + "\n")
            else:
                target = expansion.text(redirection["Word"])
                descriptor = redirection.get("N", {}).get("Value", "")
                redirects.append(Redirect(operator=operator, target=target, descriptor=descriptor))
                if operator == "<":
                    feed = self.memory.read_feed(target, scope)
            names |= expansion.names
        background = bool(node.get("Background"))
        return Wires(redirects=tuple(redirects), feed=feed, names=frozenset(names), background=background)

    def expansion(self, scope: Scope) -> Expansion:
        """Expands words in this scope."""
        return Expansion(
            scope=scope,
            environment=self.memory.environment(scope),
            run=lambda nodes: self._walk_substitution(nodes, scope.copy()),
            run_fed=lambda nodes: self._walk_fed_by_others(nodes, scope),
            name_pipe=self.memory.name_pipe,
            compute=lambda node: self._compute(node, scope),
            spend=self.memory.work.spend,
        )

    def _walk_substitution(self, nodes: list[Node], scope: Scope) -> Feed:
        """What a substitution prints; `$(< file)` prints the file."""
        flow = self.walk_statements(nodes, scope)
        redirects = nodes[0].get("Redirs", []) if len(nodes) == 1 and "Cmd" not in nodes[0] else []
        if len(redirects) != 1 or redirects[0]["Op"] != "<":
            return flow
        name = self.expansion(scope).text(redirects[0]["Word"])
        return Feed(text=self.memory.read_feed(name, scope).text, sources=(("cat", name),))

    def _compute(self, node: Node, scope: Scope) -> None:
        """Arithmetic assigns variables, and runs the substitutions in the values that it evaluates."""
        effects = find_effects(node, ChainMap(scope.variables, scope.arrays))
        for name in effects.assigned:
            scope.arrays.pop(name, None)
            scope.put(name, (UNKNOWN,))
        for code in effects.code:
            self.walk_text(f": <<END_OF_TEXT\n{code}\nEND_OF_TEXT\n", scope.copy())

    def _walk_fed_by_others(self, nodes: list[Node], scope: Scope) -> Feed:
        """`>( … )`: what it reads is what some other command writes into it."""
        inside = scope.copy()
        inside.feed = Feed(sources=(*scope.feed.sources, *self.memory.log[-8:]))
        return self.walk_statements(nodes, inside)

    def _walk_simple(self, command: Node, scope: Scope, wires: Wires) -> Feed:
        flow = NOTHING_PRINTED
        states = []
        for variant in self._split_by_values(command, scope):
            expansion = self.expansion(variant)
            argv, assignments = self._expand_words(command, expansion, variant)
            built = Command(
                argv=tuple(argv),
                assignments=tuple(assignments),
                redirects=wires.redirects,
                feed=wires.feed or variant.feed,
                background=wires.background,
                names=wires.names | expansion.names,
                direct=True,
            )
            variant.readers = scope.readers if all(each.descriptor == "2" for each in wires.redirects) else ()
            flow = self._execute_with(built, variant)
            states.append(variant)
        self._join(scope, states)
        return flow

    def _execute_with(self, command: Command, scope: Scope) -> Feed:
        """Execute a command; the assignments before it hold in functions and children, and end with it."""
        if not command.argv or not command.assignments or command.argv[0] in DECLARING:
            return self.execute(command, scope)
        saved = {name: (scope.variables.get(name), scope.arrays.get(name)) for name, _ in command.assignments}
        for name, value in command.assignments:
            scope.arrays.pop(name, None)
            scope.put(name, (value,))
        exported, scope.prefixed = scope.prefixed, scope.prefixed | saved.keys()
        flow = self.execute(command, scope)
        scope.prefixed = exported
        scope.restore(saved)
        return flow

    def _split_by_values(self, command: Node, scope: Scope) -> Iterator[Scope]:
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
        self.memory.work.spend(6 * (len(states) - 1))
        scope.become(states[0])
        for state in states[1:]:
            scope.merge(state)

    def _expand_words(self, command: Node, expansion: Expansion, scope: Scope) -> Words:
        if command.get("Type") == "DeclClause":
            return self._expand_declaration(command, expansion, scope)
        argv: list[str] = []
        for position, word in enumerate(command.get("Args", [])):
            if position == 0 and expansion.is_pattern(word):
                self.memory.refuse_pattern_as_program(expansion.text(word))
            argv += expansion.fields(word)
        assignments = [self._assign(node, expansion, scope, lasting=not argv) for node in command.get("Assigns", [])]
        return argv, assignments

    def _expand_declaration(self, command: Node, expansion: Expansion, scope: Scope) -> Words:
        """`export`, `declare` and similar commands: their assignments last, and their options hold for later ones."""
        variant = command["Variant"]["Value"]
        argv, assignments, letters = [variant], [], declarations.IMPLIED.get(variant, "")
        for node in command.get("Args", []):
            if "Name" not in node:
                words = expansion.fields(node["Value"])
                argv += words
                letters += "".join(words)
                if "i" in letters:
                    for word in words:
                        expansion.run_arithmetic(_literal(word.partition("=")[2]))
                declarations.declare_words(words, variant, letters, scope)
                continue
            name = node["Name"]["Value"]
            declarations.declare(name, variant, letters, scope, naked=bool(node.get("Naked")))
            if node.get("Naked"):
                argv.append(name)
            else:
                assignments.append(self._assign(node, expansion, scope, lasting=True))
                argv.append("=".join(assignments[-1]))
        return argv, assignments

    def _assign(self, node: Node, expansion: Expansion, scope: Scope, *, lasting: bool) -> tuple[str, str]:
        name = node["Name"]["Value"]
        expansion.run_arithmetic(node.get("Index") or {})
        if "Array" in node:
            return name, self._assign_array(name, node, expansion, scope, lasting=lasting)
        read, expansion.names = expansion.names, set()
        value = expansion.value(node.get("Value"))
        if lasting:
            scope.origins[name] = frozenset(expansion.names)
        expansion.names |= read
        if "i" in scope.attributes.get(name, ()):
            expansion.run_arithmetic(_literal(value))
        if node.get("Append") and "Index" not in node:
            value = UNKNOWN if (before := expansion.lookup(name)) is None else limit_size(before + value)
        if lasting and "Index" in node:
            scope.arrays[name] = (UNKNOWN,)
            scope.variables[name] = (UNKNOWN,)
        elif lasting:
            scope.put(name, (value,))
        return name, value

    def _assign_array(self, name: str, node: Node, expansion: Expansion, scope: Scope, *, lasting: bool) -> str:
        given = node["Array"].get("Elems", [])
        for element in given:
            expansion.run_arithmetic(element.get("Index") or {})
        elements = [field for element in given for field in _element(element, expansion)]
        if lasting and name not in DYNAMIC:
            keyed = any("Index" in element for element in given) or "A" in scope.attributes.get(name, ())
            scope.arrays[name] = (UNKNOWN,) if keyed else (*_before(name, node, scope), *elements)
            scope.variables.pop(name, None)
        return " ".join(elements)

    def _walk_compound(self, command: Node, scope: Scope, wires: Wires) -> Feed:
        kind = command["Type"]
        scope.readers = scope.readers if all(each.descriptor == "2" for each in wires.redirects) else ()
        if wires.redirects:
            self.execute(Command(argv=(), redirects=wires.redirects, compound=True), scope)
        with scope.reading(scope.feed if wires.feed is None else wires.feed):
            flow = COMPOUND[kind](self, command, scope)
        if wires.redirects and flow.text == "" and kind in {"Block", "Subshell"} and not self.memory.lenient:
            self.execute(Command(argv=(":",), redirects=wires.redirects), scope)  # prints nothing into the file
        return flow


def _literal(text: str) -> Node:
    """Text that bash evaluates."""
    return {"Type": "SglQuoted", "Value": text}


def _element(element: Node, expansion: Expansion) -> list[str]:
    return expansion.fields(element["Value"]) if "Value" in element else []


def _before(name: str, node: Node, scope: Scope) -> tuple[str, ...]:
    """The elements to which `a+=(…)` appends; a variable counts as one."""
    if not node.get("Append"):
        return ()
    if name in scope.arrays:
        return scope.arrays[name]
    value = single_value(scope.variables[name]) if name in scope.variables else None
    return () if value is None else (value or UNKNOWN,)  # an empty one may be unset, and is no element then
