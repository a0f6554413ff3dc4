"""Command-line options as programs read them: bundled, joined, abbreviated, in any order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

ABBREVIATION = 4
"""The shortest abbreviation of a long option that is taken for it: `--ha` for `--hard`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options given, each with its value or None, in order; and the operands."""

    given: tuple[tuple[str, str | None], ...]
    operands: tuple[str, ...]

    def has(self, *names: str) -> bool:
        """Whether one of these options is given, a long one perhaps abbreviated."""
        return any(_means(given, name) for given, _ in self.given for name in names)

    def values(self, *names: str) -> tuple[str, ...]:
        """The values given to these options, in order."""
        return tuple(value for given, value in self.given if value is not None for name in names if _means(given, name))

    def value(self, *names: str) -> str | None:
        """The last value given to these options, which is the one that programs take."""
        found = self.values(*names)
        return found[-1] if found else None


@lru_cache(maxsize=1024)
def split_names(names: str) -> frozenset[str]:
    """Names between blanks; kept, because the same few lists are read for every command."""
    return frozenset(names.split())


def sources_and_target(options: Options) -> tuple[tuple[str, ...], str]:
    """What is copied or moved, and where to: `-t FOLDER` or the last operand. rsync's `-t` has no value."""
    folder = options.value("-t", "--target-directory")
    return (options.operands, folder) if folder else (options.operands[:-1], "".join(options.operands[-1:]))


def _means(given: str, name: str) -> bool:
    return given == name or (name.startswith("--") and len(given) >= ABBREVIATION and name.startswith(given))


def parse(
    arguments: Iterable[str], valued: str = "", *, stop_at_operand: bool = False, one_dash: bool = False
) -> Options:
    """Read arguments; `valued` names, separated by blanks, the options that take the next word as their value.

    With `stop_at_operand` everything from the first operand on is operands, as for wrappers. With `one_dash` a long
    option has one dash (find, java, terraform), so that nothing is unbundled.
    """
    words = list(arguments)
    takes = split_names(valued)
    given: list[tuple[str, str | None]] = []
    operands: list[str] = []
    while words:
        word = words.pop(0)
        if word == "--":
            operands += words
            break
        if not word.startswith("-") or word == "-":
            operands.append(word)
            if stop_at_operand:
                operands += words
                break
        elif word.startswith("--") or one_dash:
            _long(word, takes, words, given)
        else:
            _short(word, takes, words, given)
    return Options(given=tuple(given), operands=tuple(operands))


def _long(word: str, takes: frozenset[str], words: list[str], given: list[tuple[str, str | None]]) -> None:
    name, equals, value = word.partition("=")
    if equals:
        given.append((name, value))
    else:
        given.append((name, words.pop(0) if name in takes and words else None))


def _short(word: str, takes: frozenset[str], words: list[str], given: list[tuple[str, str | None]]) -> None:
    for position, letter in enumerate(word[1:], start=1):
        name = f"-{letter}"
        if name in takes:
            rest = word[position + 1 :]
            given.append((name, rest if rest else (words.pop(0) if words else None)))
            return
        given.append((name, None))
