"""Compound commands: pipes, chains, branches, loops and functions, walked so that no way through them hides what runs.

Both branches of a condition are walked, bodies of loops twice; afterwards either state may hold.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from hooks.policy.ruling import Refused
from hooks.policy.shell.scope import Scope
from hooks.policy.shell.syntax import Node, NotUnderstood
from hooks.policy.shell.tree import (
    ITEM_LIMIT,
    find_literal_words,
    is_change_of_folder,
    leaves,
    multiplies,
    select_items,
    split_chain,
)
from hooks.policy.shell.values import UNKNOWN, Feed, join_feeds, join_sources

if TYPE_CHECKING:
    from hooks.policy.shell.expansion import Expansion
    from hooks.policy.shell.memory import Memory

NOTHING_PRINTED = Feed(text="")


class StatementWalker(Protocol):
    """What walks the statements inside a compound command."""

    memory: Memory

    def walk_statements(self, nodes: list[Node], scope: Scope) -> Feed:
        """Walk statements one after the other."""

    def walk_statement(self, node: Node, scope: Scope) -> Feed:
        """Walk one statement."""

    def expansion(self, scope: Scope) -> Expansion:
        """Expands words in this scope."""


def walk_binary(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`a | b`, `a && b`, `a || b`."""
    if command["Op"] in {"|", "|&"}:
        return _walk_pipe(walker, command, scope)
    if command["Op"] == "&&":
        return _walk_chain(walker, split_chain(command), scope)
    first = walker.walk_statement(command["X"], scope)
    failed = scope.copy()
    if failed.if_failed and is_change_of_folder(command["X"]):
        failed.folders, failed.if_failed = failed.if_failed, frozenset()
    failed.settle()
    second = walker.walk_statement(command["Y"], failed)
    if leaves(command["Y"]):
        scope.if_failed = frozenset()
    else:
        failed.settle()
        scope.merge(failed)
    return join_feeds(first, second)


def _walk_pipe(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    before, inside = scope.copy(), scope.copy()
    before.readers, inside.readers = (_read_words(command, scope), *scope.readers), scope.readers
    flow = walker.walk_statement(command["X"], before)
    with inside.reading(Feed(text=flow.text, sources=flow.sources)):
        last = walker.walk_statement(command["Y"], inside)
    return Feed(text=last.text, sources=join_sources(flow, last))


def _read_words(command: Node, scope: Scope) -> tuple[str, ...]:
    """The words of the program behind a pipe, if they are literals and nothing else stands for its name."""
    statement = command["Y"]
    words = find_literal_words(statement.get("Cmd") or {}) if command["Op"] == "|" else ()
    quiet = all(each["Op"] == ">" and each.get("N", {}).get("Value") == "2" for each in statement.get("Redirs", []))
    return words if words and quiet and words[0] not in scope.functions.keys() | scope.aliases.keys() else ()


def _walk_chain(walker: StatementWalker, operands: list[Node], scope: Scope) -> Feed:
    """In `a && b && c` what follows knows that the earlier ones ran; after it, any of them may have failed."""
    flow = walker.walk_statement(operands[0], scope)
    stopped = scope.copy()
    for operand in operands[1:]:
        scope.if_failed = frozenset()
        flow = join_feeds(flow, walker.walk_statement(operand, scope))
        stopped.merge(scope)
    scope.become(stopped)
    return flow


def walk_block(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`{ …; }`."""
    return walker.walk_statements(command.get("Stmts", []), scope)


def walk_subshell(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`( … )`: what it changes stays in it."""
    return walker.walk_statements(command.get("Stmts", []), scope.copy())


def walk_if(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`if`: both branches are walked."""
    started = len(walker.memory.log)
    walker.walk_statements(command.get("Cond", []), scope)
    untaken = scope.copy()
    walker.walk_statements(command.get("Then", []), scope)
    if "Else" in command:
        walk_if(walker, command["Else"], untaken)
    scope.merge(untaken)
    return Feed(sources=walker.memory.commands_since(started))


def walk_while(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`while` and `until`: twice, for what a first round changes for a second."""
    if multiplies(command):
        raise Refused("system.bomb", "a loop without end that starts processes")
    started = len(walker.memory.log)
    for _ in range(2):
        before = scope.copy()
        with scope.leaving():
            walker.walk_statements(command.get("Cond", []), scope)
            walker.walk_statements(command.get("Do", []), scope)
        scope.merge(before)
    return Feed(sources=walker.memory.commands_since(started))


def walk_for(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`for`: once for each item, as far as there are few."""
    started, loop = len(walker.memory.log), command["Loop"]
    if loop["Type"] != "WordIter":
        walker.expansion(scope).run_arithmetic(loop)
        return walk_while(walker, command, scope)
    for item in _items(walker, loop, scope):
        before = scope.copy()
        scope.put(loop["Name"]["Value"], (item,))
        with scope.leaving():
            walker.walk_statements(command.get("Do", []), scope)
        scope.merge(before)
    return Feed(sources=walker.memory.commands_since(started))


def _items(walker: StatementWalker, loop: Node, scope: Scope) -> list[str]:
    """The items of a loop; without a list these are the positional parameters."""
    expansion = walker.expansion(scope)
    items = [field for word in loop.get("Items", []) for field in expansion.fields(word)]
    if "Items" not in loop:
        items = list(scope.positional or (UNKNOWN,))
    return items if len(items) <= ITEM_LIMIT else [*items[: ITEM_LIMIT - 1], *select_items(items[ITEM_LIMIT - 1 :])]


def walk_case(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`case`: each branch from the same beginning."""
    started = len(walker.memory.log)
    expansion = walker.expansion(scope)
    expansion.text(command.get("Word"))
    before = scope.copy()
    for item in command.get("Items", []):
        expansion.run_substitutions(item.get("Patterns"))
        branch = before.copy()
        walker.walk_statements(item.get("Stmts", []), branch)
        scope.merge(branch)
    return Feed(sources=walker.memory.commands_since(started))


def define_function(_walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """A function: walked where it is called."""
    if "Name" not in command:
        raise NotUnderstood("a function without a name")
    scope.functions[command["Name"]["Value"]] = (command["Body"],)
    return NOTHING_PRINTED


def walk_timed(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`time` and `coproc`."""
    return walker.walk_statement(command["Stmt"], scope) if "Stmt" in command else NOTHING_PRINTED


def walk_computation(walker: StatementWalker, command: Node, scope: Scope) -> Feed:
    """`[[ … ]]`, `(( … ))` and `let` compute, and assign; the substitutions inside them run."""
    if command["Type"] == "ArithmCmd" and not scope.is_bash:
        raise NotUnderstood("(( )) in a shell that may take it for two subshells")
    walker.expansion(scope).run_arithmetic(command)
    return NOTHING_PRINTED


COMPOUND: dict[str, Callable[[StatementWalker, Node, Scope], Feed]] = {
    "BinaryCmd": walk_binary,
    "Block": walk_block,
    "Subshell": walk_subshell,
    "IfClause": walk_if,
    "WhileClause": walk_while,
    "ForClause": walk_for,
    "CaseClause": walk_case,
    "FuncDecl": define_function,
    "TimeClause": walk_timed,
    "CoprocClause": walk_timed,
    "TestClause": walk_computation,
    "ArithmCmd": walk_computation,
    "LetClause": walk_computation,
}
