"""What a shell knows while it walks a command: variables, functions, folders, files, and standard input.

A variable holds every value that it may have at this point, so that a branch not taken cannot hide what runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hooks.policy.shell.syntax import Node
from hooks.policy.shell.values import DYNAMIC, NO_FEED, UNKNOWN, Feed, is_set_by_bash
from hooks.policy.shell.work import FOLDERS_LIMIT, TooMuch

Values = tuple[str, ...]
Saved = tuple[Values | None, Values | None]
"""The values of a variable and of an array; None where there is none."""

Readers = tuple[tuple[str, ...], ...]
"""The words of the programs behind a pipe, the next one first; no words where they are not literals."""
VALUES_LIMIT = 6


@dataclass(slots=True, kw_only=True)
class Scope:
    """One shell's state; a subshell works on a `copy`."""

    variables: dict[str, Values] = field(default_factory=dict)
    arrays: dict[str, Values] = field(default_factory=dict)
    functions: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_bash: bool = True
    """False: words are read as POSIX has them, without `$'…'` and braces."""
    folders: frozenset[str] = frozenset()
    if_failed: frozenset[str] = frozenset()
    """Where this shell is instead if the last `cd` has failed; empty if that is impossible."""
    previous: frozenset[str] = frozenset({UNKNOWN})
    """Where `cd -` leads."""
    stack: tuple[frozenset[str], ...] = ()
    """Where `popd` leads."""
    jumps: list[Scope] = field(default_factory=list)
    """States in which the function or loop that is walked may be left early; shared by all copies."""
    positional: Values | None = None
    feed: Feed = NO_FEED
    calls: tuple[str, ...] = ()
    attributes: dict[str, frozenset[str]] = field(default_factory=dict)
    """What `declare` said of a variable, by the letters of its options; and `x`, `r` of export and readonly."""
    origins: dict[str, frozenset[str]] = field(default_factory=dict)
    """The environment's variables that a variable was assigned from."""
    prefixed: frozenset[str] = frozenset()
    """Variables that are set for the command that runs, and for its children."""
    readers: Readers = ()
    """What reads the output of the statement that is walked, through pipes; no copy has it."""
    locals: dict[str, Saved] | None = None
    """Within a function: what its local variables were before."""

    def copy(self) -> Scope:
        """A subshell's state: what it changes stays in it."""
        return Scope(
            variables=dict(self.variables),
            arrays=dict(self.arrays),
            functions=dict(self.functions),
            aliases=dict(self.aliases),
            is_bash=self.is_bash,
            folders=self.folders,
            if_failed=self.if_failed,
            previous=self.previous,
            stack=self.stack,
            jumps=self.jumps,
            positional=self.positional,
            feed=self.feed,
            calls=self.calls,
            attributes=dict(self.attributes),
            origins=dict(self.origins),
            prefixed=self.prefixed,
            locals=None if self.locals is None else dict(self.locals),
        )

    @contextmanager
    def reading(self, feed: Feed) -> Iterator[None]:
        """Within: commands read this on their standard input."""
        before, self.feed = self.feed, feed
        try:
            yield
        finally:
            self.feed = before

    def become(self, other: Scope) -> None:
        """Take over the variables, functions and folders of `other`."""
        self.variables, self.arrays = dict(other.variables), dict(other.arrays)
        self.functions, self.aliases, self.folders = dict(other.functions), dict(other.aliases), other.folders
        self.if_failed, self.previous, self.stack = other.if_failed, other.previous, other.stack
        self.attributes = dict(other.attributes)
        self.locals = None if other.locals is None else dict(other.locals)
        self.positional, self.origins = other.positional, dict(other.origins)

    def merge(self, other: Scope) -> None:
        """What holds after a part that may or may not have run: either state."""
        for name in self.variables.keys() | other.variables.keys():
            absent = _unset(name)
            self.variables[name] = _either(self.variables.get(name, absent), other.variables.get(name, absent))
        for name in other.arrays.keys() | self.arrays.keys():
            if self.arrays.get(name) != other.arrays.get(name):
                self.arrays[name] = (UNKNOWN,)
        for name, bodies in other.functions.items():
            self.define(name, *bodies)
        for name, texts in other.aliases.items():
            self.aliases[name] = tuple(dict.fromkeys((*self.aliases.get(name, ()), *texts)))
        for name, letters in other.attributes.items():
            self.attributes[name] = letters | self.attributes.get(name, frozenset())
        for name, names in other.origins.items():
            self.origins[name] = names | self.origins.get(name, frozenset())
        if self.locals is not None:
            self.locals = {**(other.locals or {}), **self.locals}
        if self.positional != other.positional:
            self.positional = None
        self.previous |= other.previous
        self.stack = self.stack if self.stack == other.stack else ()
        self.if_failed |= other.if_failed
        self.may_be_in(other.folders)

    def settle(self) -> None:
        """What follows runs whether the last `cd` has failed or not."""
        if self.if_failed:
            self.may_be_in(self.if_failed)
            self.if_failed = frozenset()

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """A function or a loop: at its end, a state in which it was left early may hold."""
        outer, self.jumps = self.jumps, []
        yield
        jumps, self.jumps = self.jumps, outer
        for state in jumps:
            self.merge(state)

    def note_jump(self) -> None:
        """`return`, `break` or `continue`."""
        if self not in self.jumps:
            self.jumps.append(self.copy())

    def may_be_in(self, folders: frozenset[str]) -> None:
        """It may be in one of these folders too."""
        self.folders |= folders
        if len(self.folders) > FOLDERS_LIMIT:
            raise TooMuch("may be in more folders than can be followed: use absolute paths")

    def define(self, name: str, *bodies: Node) -> None:
        """Remember a function's body beside earlier ones: which of them is in force may depend on the run."""
        known = self.functions.get(name, ())
        self.functions[name] = (*known, *(body for body in bodies if not any(body is other for other in known)))

    def put(self, name: str, values: Values) -> None:
        """Assign a variable; an array gets the value as its first element."""
        letters = self.attributes.get(name, frozenset())
        if name in DYNAMIC:
            values = (UNKNOWN,)
        if "n" in letters:
            self.forget()
            self.variables.update(dict.fromkeys(values, (UNKNOWN,)))
        if letters:
            values = tuple(_as_declared(value, letters) for value in values)
        if "r" in letters:
            values = _either(self.variables.get(name, _unset(name)), values)
        if (elements := self.arrays.get(name)) is not None:
            self.arrays[name] = (values[0], *elements[1:]) if len(values) == 1 else (UNKNOWN,)
        self.variables[name] = values if len(values) <= VALUES_LIMIT else (UNKNOWN,)

    def remove(self, name: str) -> None:
        """`unset`: the variable is empty from here on."""
        if self.arrays.pop(name, None) is not None and name not in self.variables:
            return
        self.put(name, ("",))
        if name == "IFS":
            del self.variables[name]

    def keep_exported(self, *, everything: bool) -> None:
        """What a separate shell inherits: variables that were exported, or came with the environment."""
        exported = {name for name, letters in self.attributes.items() if "x" in letters} | self.prefixed
        if not everything:
            kept = {name for name in self.variables if name in exported or _is_inherited(name)}
            self.variables = {name: self.variables[name] for name in kept}
        self.functions = {name: bodies for name, bodies in self.functions.items() if name in exported}
        self.arrays, self.aliases, self.locals = {}, {}, None
        self.attributes = {name: frozenset("x") for name in exported}
        self.variables.pop("IFS", None)

    def forget(self) -> None:
        """Any variable may have got any value."""
        self.variables = dict.fromkeys(self.variables, (UNKNOWN,))
        self.arrays = dict.fromkeys(self.arrays, (UNKNOWN,))

    def save_local(self, name: str) -> None:
        """`local`: the variable gets its value back when the function returns."""
        if self.locals is not None:
            self.locals.setdefault(name, (self.variables.get(name), self.arrays.get(name)))

    def restore(self, saved: dict[str, Saved]) -> None:
        """Give variables the values back that they had before."""
        for name, (values, elements) in saved.items():
            _restore(self.variables, name, values)
            _restore(self.arrays, name, elements)


def _restore(among: dict[str, Values], name: str, values: Values | None) -> None:
    if values is None:
        among.pop(name, None)
    else:
        among[name] = values


def _unset(name: str) -> Values:
    """What a variable is where no command has assigned it."""
    return (UNKNOWN,) if _is_inherited(name) else ("",)


def _is_inherited(name: str) -> bool:
    return is_set_by_bash(name) or name in KNOWN_ELSEWHERE


KNOWN_ELSEWHERE = frozenset({"HOME", "PWD", "TMPDIR", "IFS"})
"""Variables whose first value the session knows."""


def _as_declared(value: str, letters: frozenset[str]) -> str:
    """A value as `declare -i`, `-l` or `-u` make it."""
    if letters & set("nc") or ("i" in letters and not re.fullmatch(r"0|-?[1-9][0-9]{0,9}", value)):
        return UNKNOWN
    if letters & set("lu"):
        return UNKNOWN if not value.isascii() else value.lower() if "l" in letters else value.upper()
    return value


def _either(one: Values, other: Values) -> Values:
    both = one if one == other else tuple(dict.fromkeys((*one, *other)))
    return both if len(both) <= VALUES_LIMIT else (UNKNOWN,)
