"""Functions over a syntax tree that need no state."""

from __future__ import annotations

from typing import Any

from hooks.policy.shell.syntax import Node
from hooks.policy.shell.values import UNKNOWN

ITEM_LIMIT = 12
"""So many items of a loop are walked one by one."""


def split_chain(command: Node) -> list[Node]:
    """The parts of a chain of `&&`, from the left; written as a loop because such chains may be long."""
    found = [command["Y"]]
    while (left := command["X"].get("Cmd") or {}).get("Op") == "&&" and "Redirs" not in command["X"]:
        command = left
        found.append(command["Y"])
    return [command["X"], *reversed(found)]


def select_items(items: list[str]) -> list[str]:
    """Of more items than are walked one by one, all distinct ones that leave the folder, and one for the rest."""
    return [*[*(item for item in items if item[:1] in "/~.-" or UNKNOWN in item)][:ITEM_LIMIT], UNKNOWN]


POSITION_KEYS = frozenset({"Pos", "End", "ValuePos", "ValueEnd", "OpPos", "Left", "Right", "Position", "Dollar"})
"""Positions of nodes in the text: half of what the parser prints."""


def find_variables(node: Any) -> list[str]:
    """The variables that a command's own words read, substitutions left out (they run in separate scopes)."""
    names: dict[str, None] = {}
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, list):
            pending += current
        elif isinstance(current, dict):
            if current.get("Type") == "ParamExp":
                names[current["Param"]["Value"]] = None
            pending += [
                value for key, value in current.items() if key not in POSITION_KEYS and value.__class__ in (list, dict)
            ]
    return list(names)


PAUSES = ("sleep", "wait", "break", "read", "exit", "return")


def multiplies(loop: Node) -> bool:
    """Whether a loop without end starts processes in the background and never waits."""
    endless = str(loop.get("Cond")).count("'Value': 'true'") + str(loop.get("Cond")).count("'Value': ':'") > 0
    body = loop.get("Do", [])
    return (
        endless
        and any(each.get("Background") for each in body)
        and not any(f"'{word}'" in str(body) for word in PAUSES)
    )


def is_change_of_folder(statement: Node) -> bool:
    """Whether a statement is a `cd` and nothing else."""
    return not statement.get("Negated") and _first_word(statement) in {"cd", "pushd", "popd"}


def leaves(statement: Node) -> bool:
    """Whether the shell ends with this statement: `exit`, or a block that ends with it."""
    command = statement.get("Cmd") or {}
    if command.get("Type") == "Block":
        statements = command.get("Stmts") or [{}]
        return leaves(statements[-1])
    return not statement.get("Background") and _first_word(statement) == "exit"


def _first_word(statement: Node) -> str:
    command = statement.get("Cmd") or {}
    parts = (command.get("Args") or [{}])[0].get("Parts", []) if command.get("Type") == "CallExpr" else []
    return parts[0].get("Value", "") if len(parts) == 1 and parts[0]["Type"] == "Lit" else ""


def find_literal_words(command: Node) -> tuple[str, ...]:
    """The words of a simple command, if all of them are literals; none otherwise."""
    words = [_literal_word(word) for word in command.get("Args", [])] if command.get("Type") == "CallExpr" else []
    known = tuple(word for word in words if word is not None)
    return known if len(known) == len(words) and "Assigns" not in command else ()


def _literal_word(word: Node) -> str | None:
    parts = [part for each in word.get("Parts", []) for part in each.get("Parts", [each])]
    texts = [part.get("Value") for part in parts if part["Type"] in {"Lit", "SglQuoted"} and not part.get("Dollar")]
    return "".join(map(str, texts)) if len(texts) == len(parts) else None
