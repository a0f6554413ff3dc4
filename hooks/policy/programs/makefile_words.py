"""The texts of makefiles: references and arguments split, functions over words, patterns with `%`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping


def substitute(pattern: str, replacement: str, text: str) -> str:
    """`$(patsubst %.c,%.o,…)`, also for words that are patterns of files, and for what `$(shell find …)` prints."""
    if text.startswith("$(") and pattern.strip().startswith("%"):
        return _substitute_found(pattern.strip()[1:], replacement.strip(), text)
    stems = ((word, find_stem(pattern.strip(), word)) for word in text.split())
    return " ".join(word if stem is None else replacement.strip().replace("%", stem) for word, stem in stems)


def _substitute_found(ending: str, replacement: str, text: str) -> str:
    """A pattern in the command stands for all that it prints: `*.c` becomes `*.o`."""
    if not ending or f"*{ending}" not in text:
        return text
    if replacement.startswith("%"):
        return text.replace(f"*{ending}", f"*{replacement[1:]}")
    return replacement.replace("%", "*")


def substitute_endings(before: str, after: str, text: str) -> str:
    """`$(SOURCES:.c=.o)`."""
    return substitute(before, after, text) if "%" in before else substitute(f"%{before}", f"%{after}", text)


WORD_FUNCTIONS: Mapping[str, Callable[..., str]] = {
    **dict.fromkeys(("strip", "sort", "eval"), lambda *words: ",".join(words)),
    "wildcard": lambda text, *_: text,
    "patsubst": lambda pattern="", replacement="", text="", *_: substitute(pattern, replacement, text),
    "subst": lambda before="", after="", text="", *_: text.replace(before, after) if before else text,
    "addprefix": lambda prefix="", text="", *_: " ".join(prefix.strip() + word for word in text.split()),
    "addsuffix": lambda suffix="", text="", *_: " ".join(word + suffix.strip() for word in text.split()),
    "notdir": lambda text="", *_: " ".join(word.rpartition("/")[2] for word in text.split()),
    "dir": lambda text="", *_: " ".join(word[: word.rfind("/") + 1] or "./" for word in text.split()),
    "basename": lambda text="", *_: " ".join(re.sub(r"\.\w+$", "", word) for word in text.split()),
    "filter": lambda pattern="", text="", *_: " ".join(w for w in text.split() if find_stem(pattern, w) is not None),
    "filter-out": lambda _pattern="", text="", *_: text,
    "firstword": lambda text="", *_: text.strip().partition(" ")[0],
    "lastword": lambda text="", *_: text.strip().rpartition(" ")[2],
    "info": lambda *_: "", "warning": lambda *_: "", "error": lambda *_: "",
    "abspath": lambda text="", *_: text, "realpath": lambda text="", *_: text,
}  # fmt: skip
"""Functions of make over words. `filter-out` gives more than make does."""


def find_stem(name: str, target: str) -> str | None:
    """What `%` stands for where this rule makes the target; "" for a rule that names it, None for another one."""
    if "%" not in name:
        return "" if name == target else None
    before, _, after = name.partition("%")
    fits = len(target) > len(before) + len(after) and target.startswith(before) and target.endswith(after)
    return target[len(before) : len(target) - len(after)] if fits else None


def split_references(text: str) -> list[str]:
    """The text in pieces: plain ones, and references `$x`, `$(…)`, `${…}` with their brackets balanced."""
    pieces, start, position = [], 0, 0
    while (position := text.find("$", position)) >= 0 and position + 1 < len(text):
        end = _end_of_reference(text, position)
        pieces += [text[start:position], text[position:end]]
        start = position = end
    return [piece for piece in (*pieces, text[start:]) if piece]


def _end_of_reference(text: str, start: int) -> int:
    opening = text[start + 1]
    closing = {"(": ")", "{": "}"}.get(opening)
    if closing is None:
        return start + 2
    depth = 0
    for position in range(start + 1, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position + 1
    return len(text)


def split_arguments(text: str) -> list[str]:
    """The arguments of a function: commas inside references do not count."""
    pieces = [piece if piece.startswith("$") else piece.replace(",", "\0") for piece in split_references(text)]
    return "".join(pieces).split("\0")
