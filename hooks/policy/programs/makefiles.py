"""Reads makefiles: which shell lines `make` runs for its goals, with the file's variables put in.

Reading is generous: both branches of a condition count, and a variable keeps each value that one of them gives.
What only make can compute stands as a shell variable that is not set, so that it counts as unknown.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice, product

from hooks.policy.programs.makefile_words import (
    WORD_FUNCTIONS,
    find_stem,
    split_arguments,
    split_references,
    substitute_endings,
)
from hooks.policy.shell.work import Work

Values = tuple[str, ...]

DEPTH = 6
"""How deep variables and calls are followed."""
VARIANTS = 6
"""So many spellings of one text are kept where variables have several values, and each value at least once."""
EXPANSIONS = 12_000
"""So many lines, targets and references are followed, of which a project of two thousand objects needs half. What
comes after them is not granted unseen."""
COMPUTED = "${MADE}"
UNSET = re.compile(r"\$\{\w+\}")
PLAIN = re.compile(r"[\w./ -]*")

SUFFIXES = re.compile(r"(\.[a-z][\w+]{0,5})(\.[a-z][\w+]{0,5})?")
"""`.c.o` is the older form of `%.o: %.c`."""
ENDINGS = (
    "c|cc|cpp|cxx|C|h|hh|hpp|m|mm|S|s|asm|o|lo|obj|d|dep|a|la|so|gch|pch|i|ii|f|f90|F90|mod|ll|bc"
    "|rs|go|java|class|ml|mli|cm[iox]|hs|hi"
)
NAME = rf"[\w+-][\w.+-]*(?:/[\w+-][\w.+-]*)*\.(?:{ENDINGS})"
FILE = re.compile(NAME)
"""A source or an object below the folder: nothing depends on which one it is."""
ALIKE = 6
"""For so many files of such names a line is spelled out; it would say the same of all others."""
RUN_OF_FILES = re.compile(rf"((?:(?<=\s){NAME}\s+){{{ALIKE}}})(?:{NAME}\s+)+")
LONG = 1000


def shorten(line: str) -> str:
    """A long line with the first of many such files only; the last word stays."""
    return RUN_OF_FILES.sub(r"\1", line) if len(line) > LONG else line


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
    pattern: str = ""
    lines: list[str] = field(default_factory=list)

    def stem(self, target: str) -> str | None:
        """What `%` stands for where this rule makes the target; None if it makes another one."""
        return find_stem(self.pattern or self.targets[0], target)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """A target that has to be made before the lines that follow. In one chain make uses no pattern twice."""

    target: str
    chain: frozenset[int] = frozenset()


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
    _expanded: dict[str, list[str]] = field(default_factory=dict)
    _spelled: Counter[str] = field(default_factory=Counter)

    def add(self, rule: MakefileRule) -> None:
        number = len(self.rules)
        self.rules.append(rule)
        for name in rule.targets:
            if "%" in name:
                self._add_pattern(replace(rule, pattern=name))
            elif suffixes := SUFFIXES.fullmatch(name):
                self._add_pattern(replace(rule, pattern=f"%{suffixes[2] or ''}", needs=f"%{suffixes[1]}"))
            else:
                self._by_target.setdefault(name, []).append(number)

    def _add_pattern(self, rule: MakefileRule) -> None:
        self._with_pattern.append(len(self.rules))
        self.rules.append(rule)

    def recipe(self, goals: Sequence[str]) -> list[str]:
        """The shell lines of these goals and of what they need, in order, each once."""
        seen = self.reached
        seen.clear()
        lines: dict[str, None] = {}
        wanted: list[Need | str] = [Need(target=goal) for goal in list(goals) or self._default_goals()]
        steps: list[Iterator[Need | str]] = [iter(wanted)]
        while steps:
            step = next(steps[-1], None)
            if step is None:
                steps.pop()
            elif isinstance(step, str):
                lines[step] = None
            elif step.target not in seen:
                seen.add(step.target)
                steps.append(self._make(step.target, step.chain))
        return list(lines)

    def at_reading(self) -> list[str]:
        """What make runs while it reads the file, whatever its goal: the texts of `$(shell …)` and `!=`."""
        texts = [*self.loose, *(value for values in self.variables.values() for value in values)]
        texts += [rule.needs for rule in self.rules if "shell" in rule.needs]
        return list(dict.fromkeys(self._shell_texts(texts)))

    def values_of(self, name: str) -> Values:
        """The values of a variable that the file sets."""
        return tuple(text for value in self.variables.get(name, ()) for text in self.expand(value))

    def expand(self, text: str, depth: int = 0) -> list[str]:
        """A text with its variables put in: one for each combination of their values."""
        if "$" not in text:
            return [text]
        pieces = [self._values_of(piece, depth) for piece in split_references(text)]
        self.work.spend(1 + len(pieces))
        return list(dict.fromkeys("".join(combination) for combination in _combine(pieces)))

    def _default_goals(self) -> list[str]:
        named = [goal for value in self.variables.get(".DEFAULT_GOAL", ()) for goal in self.expand(value)]
        names = (name for rule in self.rules for name in rule.targets)
        return named or list(islice((name for name in names if name[:1] != "." and "%" not in name), 1))

    def _make(self, target: str, chain: frozenset[int]) -> Iterator[Need | str]:
        """What has to be made before the target, and then its lines."""
        self.work.spend(1)
        patterns = self._with_pattern if not chain else [each for each in self._with_pattern if each not in chain]
        named = self._by_target.get(target, ())
        if not named and target.endswith(".o"):
            yield from self._compile(target)
        for number in (*(named or self._by_target.get(".DEFAULT", ())), *patterns):
            rule = self.rules[number]
            stem = rule.stem(target) if rule.pattern else ""
            if stem is None:
                continue
            needs = [need.replace("%", stem) for text in self._expand_once(rule.needs) for need in text.split()]
            used = chain | {number} if number in self._with_pattern else frozenset()
            yield from (Need(target=need, chain=used) for need in needs)
            for line in rule.lines:
                yield from self._spell(line, target, needs)

    def _compile(self, target: str) -> Iterator[str]:
        """What make does by itself for an object, with the compilers that the file names."""
        for name in ("CC", "CXX"):
            if name in self.variables:
                yield from self._spell(f"$({name}) -c -o $@", target, [])

    def _expand_once(self, text: str) -> list[str]:
        """A text of a rule, after the file has been read: its variables do not change any more."""
        if text not in self._expanded:
            self._expanded[text] = self.expand(text)
        return self._expanded[text]

    def _spell(self, line: str, target: str, needs: list[str]) -> Iterator[str]:
        """The line for this target. Where it compiles one of many files, the first ones stand for all."""
        if FILE.fullmatch(target) and FILE.fullmatch(needs[0] if needs else target):
            self._spelled[line] += 1
            if self._spelled[line] > ALIKE:
                return
        for text in self._expand_once(line):
            bare = text.lstrip(" \t@-+")
            for mark, value in (("@", target), ("<", needs[0] if needs else ""), ("^", " ".join(needs))):
                bare = bare.replace(f"$({mark})", value).replace(f"$\0{mark}", value)
            bare = shorten(re.sub(r"\$\0[*?%+|]", COMPUTED, bare))
            yield from (each for each in re.split(r"(?<!\\)\n", bare.replace("$\0$", "$")) if each.strip(" \t@-+"))

    def _values_of(self, piece: str, depth: int) -> Sequence[str]:
        """A piece of text as it is, or the values of a reference `$(…)`."""
        if not piece.startswith("$") or len(piece) < 2:  # noqa: PLR2004 -- a sign and what follows
            return (piece,)
        if piece[1] not in "({":
            return (f"$\0{piece[1]}",) if not piece[1].isalpha() else self._expand_name(piece[1], depth)
        return self._reference(piece[2:-1], depth)

    def _expand_name(self, name: str, depth: int) -> Sequence[str]:
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
            values = self._expand_name(name, depth)
            return [substitute_endings(before, after, value) for value in values] if colon else values
        return self._call(function.strip(), rest, depth)

    def _call(self, function: str, rest: str, depth: int) -> Sequence[str]:
        """The functions whose result their text tells; each other one gives what only make can compute."""
        words = split_arguments(rest)
        if function == "shell":
            return tuple(f"$({text})" for text in self.expand(rest, depth + 1))
        if function in {"if", "or", "and"}:
            return self._choose(function, words, depth)
        if function in WORD_FUNCTIONS and depth <= DEPTH:
            arguments = [self.expand(word, depth + 1) for word in words]
            return [WORD_FUNCTIONS[function](*each) for each in _combine(arguments)]
        if function == "call" and depth <= DEPTH:
            return self._expand_call(words, depth)
        if function == "foreach" and len(words) > 2 and depth <= DEPTH:  # noqa: PLR2004 -- name, list, text
            return self._expand_foreach(words[0].strip(), words[1], ",".join(words[2:]), depth)
        return (COMPUTED,)

    def _choose(self, function: str, words: list[str], depth: int) -> list[str]:
        """All that `$(if …)`, `$(or …)` and `$(and …)` may give. A variable that the file does not set may be in the
        environment: `$(or $(OUT),out)` is `${OUT:-out}`."""
        if function != "or":
            return [text for word in words[function == "if" :] for text in self.expand(word, depth + 1)]
        given = self.expand(words[0], depth + 1)
        rest = self._choose(function, words[1:], depth) if len(words) > 1 else []
        asked = [text for text in given if UNSET.fullmatch(text.strip())]
        if not asked or not rest or not all(map(PLAIN.fullmatch, rest)):
            return [*given, *rest]
        filled = [f"{text.strip()[:-1]}:-{other.strip()}}}" for text in asked for other in rest]
        return [*(text for text in given if text not in asked), *filled]

    def _expand_foreach(self, name: str, items: str, body: str, depth: int) -> Sequence[str]:
        """`$(foreach name,items,body)`: the texts of all rounds, one after the other."""
        inner = Makefile(variables=dict(self.variables), work=self.work)
        rounds = []
        for item in (word for text in self.expand(items, depth + 1) for word in text.split()):
            inner.variables[name] = (item,)
            rounds += inner.expand(body, depth + 1)
        return ("\n".join(rounds),)

    def _expand_call(self, words: list[str], depth: int) -> Sequence[str]:
        inner = Makefile(variables=dict(self.variables), work=self.work)
        inner.variables.update({str(number): (word,) for number, word in enumerate(words[1:], 1)})
        return inner._expand_name(words[0].strip(), depth + 1)

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
