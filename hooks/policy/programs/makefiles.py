"""Reads makefiles: which shell lines `make` runs for its goals, with the file's variables put in.

Reading is generous: both branches of a condition count, and a variable keeps each value that one of them gives.
What only make can compute stands as a shell variable that is not set, so that it counts as unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product

from hooks.policy.shell.work import Work

Values = tuple[str, ...]

DEPTH = 6
"""How deep variables and calls are followed."""
VARIANTS = 6
"""So many spellings of one text are kept where variables have several values, and each value at least once."""
EXPANSIONS = 20_000
"""So many targets and references are followed. What comes after them is not granted unseen."""
COMPUTED = "${MADE}"

BUILT_IN: Mapping[str, Values] = {
    "MAKE": ("make",), "CC": ("cc",), "CXX": ("c++",), "CPP": ("cc -E",), "AR": ("ar",), "AS": ("as",), "LD": ("ld",),
    "FC": ("f77",), "RM": ("rm -f",), "CURDIR": (".",), "INSTALL": ("install",), "LEX": ("lex",), "YACC": ("yacc",),
    "MAKEFILE_LIST": ("Makefile",),
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class MakefileRule:
    """One rule: what it makes, what it needs, and its recipe's lines as they stand in the file."""

    targets: list[str]
    needs: str
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Makefile:
    """A makefile that has been read; `loose` are lines that are no rule and no assignment, as `$(shell …)`;
    `reached` the targets that the last recipe makes."""

    variables: dict[str, Values] = field(default_factory=dict)
    rules: list[MakefileRule] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)
    work: Work = field(default_factory=lambda: Work(EXPANSIONS))
    _by_target: dict[str, list[int]] = field(default_factory=dict)
    _with_pattern: list[int] = field(default_factory=list)

    def add(self, rule: MakefileRule) -> None:
        for name in rule.targets:
            (self._with_pattern if "%" in name else self._by_target.setdefault(name, [])).append(len(self.rules))
        self.rules.append(rule)

    def recipe(self, goals: Sequence[str]) -> list[str]:
        """The shell lines of these goals and of what they need, in order, each once."""
        seen = self.reached
        seen.clear()
        wanted = list(goals) or self._default_goals()
        lines = [line for goal in wanted for line in self._lines_of(goal, seen)]
        return list(dict.fromkeys(lines))

    def at_reading(self) -> list[str]:
        """What make runs while it reads the file, whatever its goal: the texts of `$(shell …)` and `!=`."""
        texts = [*self.loose, *(value for values in self.variables.values() for value in values)]
        return list(dict.fromkeys(self._shell_texts(texts)))

    def shells(self) -> Values:
        """The programs that recipes are fed to, if the file sets SHELL."""
        return tuple(text for value in self.variables.get("SHELL", ()) for text in self.expand(value))

    def expand(self, text: str, depth: int = 0) -> list[str]:
        """A text with its variables put in: one for each combination of their values."""
        pieces = [self._values_of(piece, depth) for piece in split_references(text)]
        self.work.spend(1 + len(pieces))
        return list(dict.fromkeys("".join(combination) for combination in _combine(pieces)))

    def _default_goals(self) -> list[str]:
        named = [goal for value in self.variables.get(".DEFAULT_GOAL", ()) for goal in self.expand(value)]
        names = (name for rule in self.rules for name in rule.targets)
        return named or list(islice((name for name in names if name[:1] != "." and "%" not in name), 1))

    def _lines_of(self, target: str, seen: set[str]) -> Iterator[str]:
        if target in seen:
            return
        seen.add(target)
        self.work.spend(1)
        for number in sorted({*self._by_target.get(target, ()), *self._with_pattern}):
            rule = self.rules[number]
            stem = next((found for name in rule.targets if (found := find_stem(name, target)) is not None), None)
            if stem is None:
                continue
            needs = [need.replace("%", stem) for text in self.expand(rule.needs) for need in text.split()]
            for need in needs:
                yield from self._lines_of(need, seen)
            for line in rule.lines:
                yield from self._spell(line, target, needs)

    def _spell(self, line: str, target: str, needs: list[str]) -> Iterator[str]:
        for text in self.expand(line):
            bare = text.lstrip(" \t@-+")
            for mark, value in (("@", target), ("<", needs[0] if needs else ""), ("^", " ".join(needs))):
                bare = bare.replace(f"$({mark})", value).replace(f"$\0{mark}", value)
            bare = re.sub(r"\$\0[*?%+|]", COMPUTED, bare)
            yield from (each for each in re.split(r"(?<!\\)\n", bare.replace("$\0$", "$")) if each.strip(" \t@-+"))

    def _values_of(self, piece: str, depth: int) -> Sequence[str]:
        """A piece of text as it is, or the values of a reference `$(…)`."""
        if not piece.startswith("$") or len(piece) < 2:  # noqa: PLR2004 -- a sign and what follows
            return (piece,)
        if piece[1] not in "({":
            return (f"$\0{piece[1]}",) if not piece[1].isalpha() else self._named(piece[1], depth)
        return self._reference(piece[2:-1], depth)

    def _named(self, name: str, depth: int) -> Sequence[str]:
        values = self.variables.get(name) or BUILT_IN.get(name)
        if values is None or depth > DEPTH:
            return (f"${{{name}}}" if re.fullmatch(r"\w+", name) else COMPUTED,)
        return [text for value in values for text in self.expand(value, depth + 1)]

    def _reference(self, inside: str, depth: int) -> Sequence[str]:
        if re.fullmatch(r"[@<^*?+%|][DF]?", inside):
            return (f"$\0{inside[0]}",)
        function, blank, rest = inside.partition(" ")
        if not blank:
            name, colon, change = inside.partition(":")
            before, _, after = change.partition("=")
            values = self._named(name, depth)
            return [substitute_endings(before, after, value) for value in values] if colon else values
        return self._call(function.strip(), rest, depth)

    def _call(self, function: str, rest: str, depth: int) -> Sequence[str]:
        """The functions whose result their text tells; each other one gives what only make can compute."""
        words = split_arguments(rest)
        if function == "shell":
            return tuple(f"$({text})" for text in self.expand(rest, depth + 1))
        if function in {"if", "or", "and"}:
            return [text for word in words[1 if function == "if" else 0 :] for text in self.expand(word, depth + 1)]
        if function in WORD_FUNCTIONS and depth <= DEPTH:
            arguments = [self.expand(word, depth + 1) for word in words]
            return [WORD_FUNCTIONS[function](*each) for each in _combine(arguments)]
        if function == "call" and depth <= DEPTH:
            return self._called(words, depth)
        if function == "foreach" and len(words) > 2 and depth <= DEPTH:  # noqa: PLR2004 -- name, list, text
            return self._repeated(words[0].strip(), words[1], ",".join(words[2:]), depth)
        return (COMPUTED,)

    def _repeated(self, name: str, items: str, body: str, depth: int) -> Sequence[str]:
        """`$(foreach name,items,body)`: the texts of all rounds, one after the other."""
        inner = Makefile(variables=dict(self.variables), work=self.work)
        rounds = []
        for item in (word for text in self.expand(items, depth + 1) for word in text.split()):
            inner.variables[name] = (item,)
            rounds += inner.expand(body, depth + 1)
        return ("\n".join(rounds),)

    def _called(self, words: list[str], depth: int) -> Sequence[str]:
        inner = Makefile(variables=dict(self.variables), work=self.work)
        inner.variables.update({str(number): (word,) for number, word in enumerate(words[1:], 1)})
        return inner._named(words[0].strip(), depth + 1)

    def _shell_texts(self, texts: list[str]) -> Iterator[str]:
        for text in texts:
            for piece in split_references(text):
                inside = piece[2:-1] if piece[:2] in {"$(", "${"} else ""
                function, _, rest = inside.partition(" ")
                if function == "shell":
                    yield from (each.replace("$\0$", "$") for each in self.expand(rest))
                elif inside:
                    yield from self._shell_texts([rest])


def _combine(pieces: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The first combinations of these values, then others in which each value comes up."""
    yield from islice(product(*pieces), VARIANTS)
    if math.prod(map(len, pieces)) > VARIANTS:
        for number in range(max(map(len, pieces))):
            yield tuple(values[min(number, len(values) - 1)] for values in pieces)


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
