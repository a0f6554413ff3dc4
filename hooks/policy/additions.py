"""A repository's own additions to the policy, read by the host from the base branch.

They can refuse more, and they can name programs that the liftable rules let pass; no rule of the core list is lifted.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hooks.policy.shell.values import program_name

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT_RUNNERS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "python", "node", "ruby", "perl", "php", "source", "."})
MAKES = frozenset({"make"})
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*[:+?]?=")
EXPECTED = 'expected {"refuse": [{"command": "make e2e", "reason": "…", "instead": "…"}], "allow": ["program"]}'


class InvalidAdditions(Exception):
    """The file does not hold additions to the policy; the message says where and what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A repository refuses each command that begins with these words."""

    words: tuple[str, ...]
    reason: str
    instead: str

    def sentence(self) -> str:
        """The refused command, why, and what to do instead."""
        return f"{' '.join(self.words)}: {self.reason} {self.instead}".strip()

    def covers(self, argv: tuple[str, ...]) -> bool:
        """Whether `argv` begins with the refused words: the same program, by whatever path, then the other words.

        Between them may stand options with their values, and settings such as `CI=1`. A refused option may stand
        anywhere. `make` builds each of its goals, so that there a goal may stand behind others; and a script is the
        same program where an interpreter is given its path.
        """
        argv = _spell_out(argv, self.words)
        programs = tuple(map(program_name, argv[: len(argv) if program_name(argv[0]) in SCRIPT_RUNNERS else 1]))
        wanted = program_name(self.words[0])
        names = MAKES if wanted in MAKES else {wanted}
        starts = [index for index, name in enumerate(programs) if name in names and _is_reached(argv[:index])]
        if _only_reads(argv):
            return False
        return any(self._goes_on(argv[index + 1 :], in_any_order=wanted in MAKES) for index in starts)

    def covers_file(self, path: str, workspace: str, words: tuple[str, ...]) -> bool:
        """Whether it names the script that lies there, and its other words are among those of the command."""
        named = self._script()
        rest = self.words[1 + self.words.index(named) :] if named else ()
        return self.find_script(workspace) == path and set(rest) <= set(words)

    def find_script(self, workspace: str) -> str:
        """The path of the script that it names; "" if it names a program."""
        named = self._script()
        return os.path.normpath(os.path.join(workspace, named)) if named else ""  # noqa: PTH118 -- plain strings

    def _script(self) -> str:
        named = "".join(self.words[1:2] if program_name(self.words[0]) in SCRIPT_RUNNERS else self.words[:1])
        return named if "/" in named or "." in named else ""

    def _goes_on(self, rest: tuple[str, ...], *, in_any_order: bool) -> bool:
        """Whether the words behind the program are in `rest`: `reached` holds how far each reading of it has come."""
        wanted, reached = self.words[1:], {0}
        for position, word in enumerate(rest):
            if len(wanted) in reached:
                return True
            passes = in_any_order or _may_stand_between(rest, position)
            met = {count + 1 for count in reached if wanted[count] == word}
            reached = met | {count for count in reached if passes or wanted[count].startswith("-")}
        return len(wanted) in reached


_READING_MODULES = frozenset({"py_compile", "compileall", "ast", "dis", "tokenize", "tabnanny", "pyflakes", "black"})


def _only_reads(argv: tuple[str, ...]) -> bool:
    """`bash -n x.sh`, `python -m py_compile x.py`: the script does not run."""
    is_shell = program_name(argv[0]) in {"bash", "sh", "zsh", "dash", "ksh"}
    module = argv[2] if argv[1:2] == ("-m",) and argv[2:3] else ""
    return (is_shell and argv[1:2] == ("-n",)) or module in _READING_MODULES


def _spell_out(argv: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """As a refusal may spell it: `./lab.py` is `python lab.py`, `-mlab` is `-m lab`, `yarn e2e` is `npm run e2e`."""
    first = argv[0].removeprefix("./")
    if first in _COMPOSE and wanted[0] in _ENGINES:
        argv = (wanted[0], "compose", *argv[1:])
    elif program_name(first) in _ENGINES and wanted[0] in _ENGINES:
        argv = (wanted[0], *argv[1:])
    elif first == "py.test":
        argv = ("pytest", *argv[1:])
    elif program_name(first) in _MANAGERS and wanted[0] in _MANAGERS:
        argv = _as_script(argv, wanted)
    elif program_name(wanted[0]) in SCRIPT_RUNNERS and first in wanted[1:2]:
        argv = (wanted[0], *argv)
    return tuple(part for word in argv for part in _parts_of(word, wanted))


_COMPOSE = frozenset({"docker-compose", "podman-compose"})
_ENGINES = frozenset({"docker", "podman", "nerdctl"})
_MANAGERS = frozenset({"npm", "yarn", "pnpm", "bun", "node"})
"""Programs that run the scripts of package.json."""
_LONG_NAMES = {"-m": "--markexpr", "-k": "--keyword"}


def _as_script(argv: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """`yarn e2e`, `npm run-script e2e`, `node --run e2e`: as the refusal has it, with the words between left out."""
    words = [word for word in argv[1:] if not word.startswith("-") or word == "--run"]
    script = words[1:] if words[:1] in (["run"], ["run-script"], ["--run"]) else words
    names = wanted[2:] if wanted[1:2] == ("run",) else wanted[1:]
    return (*wanted, *script[len(names) :]) if names and tuple(script[: len(names)]) == names else argv


def _parts_of(word: str, wanted: tuple[str, ...]) -> tuple[str, ...]:
    option, value = word[:2], word[2:].removeprefix("=")
    if value and option in wanted and re.fullmatch(r"-[A-Za-z]", option):
        return (option, value)
    if re.fullmatch(r"-[A-Za-z]{2,4}", word) and f"-{word[-1]}" in wanted:
        return (word[:-1], f"-{word[-1]}")  # `-qm lab`
    name, equals, long_value = word.partition("=")
    short = next((short for short, long in _LONG_NAMES.items() if long == name and short in wanted), None)
    if short is not None:
        return (short, long_value) if equals else (short,)
    plain = word.removeprefix("./")
    return (plain if plain in wanted else word,)


def _is_reached(before: tuple[str, ...]) -> bool:
    """Whether what stands before a script's path is an interpreter with options only."""
    return all(_may_stand_between(before, position) for position in range(1, len(before)))


def _may_stand_between(words: tuple[str, ...], position: int) -> bool:
    """An option, what may be its value, or a setting."""
    word, before = words[position], words[position - 1] if position else ""
    value = before.startswith("-") and before != "--" and "=" not in before
    return word.startswith("-") or value or ASSIGNMENT.match(word) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Additions:
    """What `.github/nightshift.yml` adds to the policy, and what the host has set up. `registries`: those that the
    session's network covers, from which packages are installed by name too. `set_up`: the commands of the base commit's
    set-up, which are judged as the repository's own."""

    refusals: tuple[Refusal, ...] = ()
    allowed: frozenset[str] = frozenset()
    registries: frozenset[str] = frozenset()
    set_up: frozenset[str] = frozenset()


def read_additions(path: Path) -> Additions:
    """The additions in a JSON file; raises InvalidAdditions with the entry that is wrong."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidAdditions(f"{path}: {error}; {EXPECTED}") from error
    return parse_additions(data)


def parse_additions(data: object) -> Additions:
    """The additions in a decoded document; unknown keys are refused, so that a typing error cannot disarm a refusal."""
    if not isinstance(data, dict) or set(data) - {"refuse", *_TEXTS}:
        raise InvalidAdditions(f"the policy holds {_describe(data)}; {EXPECTED}")
    refuse, texts = data.get("refuse", []), {name: data.get(name, []) for name in _TEXTS}
    if not isinstance(refuse, list) or not all(map(_are_texts, texts.values())):
        raise InvalidAdditions(f"'refuse' and {', '.join(map(repr, _TEXTS))} are lists; {EXPECTED}")
    return Additions(
        refusals=tuple(_read_refusal(entry) for entry in refuse),
        allowed=frozenset(texts["allow"]),
        registries=frozenset(texts["registries"]),
        set_up=frozenset(text.strip() for text in texts["setup"]),
    )


_TEXTS = ("allow", "registries", "setup")


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _read_refusal(entry: Any) -> Refusal:
    command = entry.get("command") if isinstance(entry, dict) else None
    if not isinstance(command, str) or not command.split() or set(entry) - {"command", "reason", "instead"}:
        raise InvalidAdditions(f"the refusal {_describe(entry)} is not understood; {EXPECTED}")
    reason = str(entry.get("reason") or "this repository refuses it")
    return Refusal(words=tuple(command.split()), reason=reason, instead=str(entry.get("instead") or ""))


def _describe(data: object) -> str:
    return ", ".join(sorted(map(str, data))) if isinstance(data, dict) else f"{data!r:.80}"
