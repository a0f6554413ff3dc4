"""What the verb in a subcommand's name says, however it is spelled: `destroy-all`, `db:drop`, `dropDatabase`."""

from __future__ import annotations

import re

PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def names_verb(word: str, verbs: frozenset[str]) -> bool:
    """Whether a word is one of these verbs, or begins or ends with it."""
    parts = [part.lower() for part in PART.findall(word)]
    return bool(parts) and not verbs.isdisjoint((parts[0], parts[-1]))
