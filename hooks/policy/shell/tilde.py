"""Tilde expansion: at the beginning of a word, and in words like assignments after `=` and each colon."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from hooks.policy.shell import marks
from hooks.policy.shell.values import UNKNOWN

if TYPE_CHECKING:
    from hooks.policy.shell.syntax import Node

Lookup = Callable[[str], "str | None"]

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
_PREFIX = re.compile(r"~([^/:]*)(?=[/:]|$)", re.DOTALL)
_USER = re.compile(r"[A-Za-z_][\w.-]*|[+-]?[0-9]+|-", re.ASCII)


def expand_tildes(word: str, lookup: Lookup) -> str:
    """The word with its home folders written out; only unquoted characters make a tilde prefix."""
    if "~" not in word:
        return word
    found = _ASSIGNMENT.match(word)
    if found is None:
        return expand_tilde(word, lookup)
    return found[0] + ":".join(expand_tilde(piece, lookup) for piece in word[found.end() :].split(":"))


def expand_tildes_of_braces(word: str, lookup: Lookup) -> str:
    """The same for a word that braces made: bash no longer sees an assignment in it, which a version may change."""
    if "~" in word and _ASSIGNMENT.match(word):
        return UNKNOWN
    return expand_tilde(word, lookup)


def expand_tilde(word: str, lookup: Lookup) -> str:
    """`~/x` and its like at the beginning of this text."""
    prefix = _PREFIX.match(word)
    if prefix is None:
        return word
    folder, rest = _folder_of(prefix[1], lookup), word[prefix.end() :]
    if folder is not None and rest.startswith(":"):
        return UNKNOWN  # what bash makes of `~:x` depends on what follows
    return word if folder is None else folder + rest


def _folder_of(name: str, lookup: Lookup) -> str | None:
    """The folder of a tilde prefix; None if it is none."""
    if name in ("", "+"):
        value = lookup("PWD" if name else "HOME")
        return UNKNOWN if value is None else marks.mark(value) or marks.EMPTY
    if name == "root":
        return marks.mark("/root")
    return UNKNOWN if _USER.fullmatch(name) else None


def expand_operand_tilde(parts: list[Node], lookup: Lookup) -> tuple[str, list[Node]] | None:
    """The home folder that the operand of `${x:-~/y}` begins with, and what follows; None where it is unknown."""
    prefix = _PREFIX.match(parts[0]["Value"]) if parts and parts[0]["Type"] == "Lit" else None
    if prefix is None:
        return "", parts
    if prefix.end() == len(parts[0]["Value"]) and len(parts) > 1:
        return None
    folder = _folder_of(prefix[1], lookup)
    if folder is None:
        return "", parts
    return folder, [{"Type": "Lit", "Value": parts[0]["Value"][prefix.end() :]}, *parts[1:]]
