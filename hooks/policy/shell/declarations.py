"""`declare`, `local`, `export`, `readonly`: what they say of a variable beyond its value."""

from __future__ import annotations

import re

from hooks.policy.shell.scope import Scope
from hooks.policy.shell.values import UNKNOWN

IMPLIED = {"export": "x", "readonly": "r"}
"""The attribute that a command gives without an option."""
_LOCAL = frozenset({"local", "declare", "typeset"})
_LASTING = frozenset("rilucxAn")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def declare(name: str, variant: str, letters: str, scope: Scope, *, naked: bool) -> None:
    """A name after one of these commands; `letters` are the letters of the options before it."""
    if variant in _LOCAL and "g" not in letters and scope.locals is not None and not {"f", "F", "p"} & set(letters):
        scope.save_local(name)
        scope.attributes.pop(name, None)
        if naked:
            scope.remove(name)
    kept = scope.attributes.get(name, frozenset()) | (_LASTING & set(letters))
    if variant == "export":
        kept -= {"n"}
    if kept:
        scope.attributes[name] = kept


def declare_words(words: list[str], variant: str, letters: str, scope: Scope) -> None:
    """Words whose name only the expansion gives: `declare "$x=1"`, `export "X=$y"`."""
    for word in words:
        name, equals, value = word.partition("=")
        if word[:1] in "-+":
            continue
        if not _NAME.fullmatch(name.removesuffix("+")):
            if UNKNOWN in name:
                scope.forget()
            continue
        declare(name.removesuffix("+"), variant, letters, scope, naked=not equals)
        if equals:
            scope.put(name.removesuffix("+"), (UNKNOWN if name.endswith("+") else value,))
