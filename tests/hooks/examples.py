"""How an example of a row is asked of the gate, also under the name of another program."""

from __future__ import annotations

from functools import cache

from hooks.policy import judge
from tests.hooks.rewriting import PERSON


def renamed(example: str, new: str, names: tuple[str, ...]) -> str:
    """The example with its program's name replaced; the name is its first word that is one of the row's."""
    words = example.split(" ")
    position = next(index for index, word in enumerate(words) if word in names)
    return " ".join((*words[:position], new, *words[position + 1 :]))


@cache
def ask(command: str) -> tuple[bool, str]:
    ruling = judge("Bash", {"command": command}, PERSON)
    return ruling.granted, ruling.rule
