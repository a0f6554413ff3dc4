"""What a shell knows while it walks a command: variables, functions, folders, files, and standard input.

A variable holds every value that it may have at this point, so that a branch not taken cannot hide what runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hooks.policy.shell.syntax import Node
from hooks.policy.shell.values import NO_FEED, UNKNOWN, Feed
from hooks.policy.shell.work import FOLDERS_LIMIT, TooMuch

Values = tuple[str, ...]

VALUES_LIMIT = 6


@dataclass(slots=True, kw_only=True)
class Scope:
    """One shell's state; a subshell works on a `copy`."""

    variables: dict[str, Values] = field(default_factory=dict)
    arrays: dict[str, Values] = field(default_factory=dict)
    functions: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()
    positional: Values | None = None
    feed: Feed = NO_FEED
    calls: tuple[str, ...] = ()

    def copy(self) -> Scope:
        """A subshell's state: what it changes stays in it."""
        return Scope(
            variables=dict(self.variables),
            arrays=dict(self.arrays),
            functions=dict(self.functions),
            aliases=dict(self.aliases),
            folders=self.folders,
            positional=self.positional,
            feed=self.feed,
            calls=self.calls,
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

    def merge(self, other: Scope) -> None:
        """What holds after a part that may or may not have run: either state."""
        for name in self.variables.keys() | other.variables.keys():
            self.variables[name] = _either(self.variables.get(name, ("",)), other.variables.get(name, ("",)))
        for name in other.arrays.keys() | self.arrays.keys():
            if self.arrays.get(name) != other.arrays.get(name):
                self.arrays[name] = (UNKNOWN,)
        for name, bodies in other.functions.items():
            self.define(name, *bodies)
        for name, texts in other.aliases.items():
            self.aliases[name] = tuple(dict.fromkeys((*self.aliases.get(name, ()), *texts)))
        self.may_be_in(other.folders)

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
        """Assign a variable."""
        self.arrays.pop(name, None)
        self.variables[name] = values if len(values) <= VALUES_LIMIT else (UNKNOWN,)


def _either(one: Values, other: Values) -> Values:
    both = tuple(dict.fromkeys((*one, *other)))
    return both if len(both) <= VALUES_LIMIT else (UNKNOWN,)
