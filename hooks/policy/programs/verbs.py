"""What the verb in a subcommand's name says, however it is spelled: `destroy-all`, `db:drop`, `dropDatabase`."""

from __future__ import annotations

import re

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def parts_of(word: str) -> list[str]:
    """The words that a name is made of, in lower case."""
    return [part.lower() for part in PART.findall(word)]


def names_verb(word: str, verbs: frozenset[str]) -> bool:
    """Whether a word is one of these verbs, or begins or ends with it."""
    parts = parts_of(word)
    return bool(parts) and not verbs.isdisjoint((parts[0], parts[-1]))
