"""Commands that people type into comments, such as `/retry turns=20`, `/revise TEXT` and `/allow FINGERPRINT`."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.core.markdown import command_lines
from bot.core.tasks import Overrides

TURNS = range(1, 501)
BUDGET_USD = (0.01, 1000.0)

_NAMES = ("retry", "go", "revise", "say", "allow", "cancel", "status", "help")
_OTHER_BOTS = frozenset({"review", "reviewed", "reviewer", "reviewers", "reverse", "rerun", "retest", "revert"})
MARKS = ".,:;!?…"  # what people write behind a command as behind any word: "/revise: say it shorter", "/go!"
_NAME = re.compile(rf"/([A-Za-z][A-Za-z-]{{0,30}})[{MARKS}]*(?=\s|$)")
_WITH_ARGUMENTS = ("retry", "revise", "say", "allow")
FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_MOST_ALLOWED = 50
_NEAR = 0.75  # "/retyr" is near "/retry"; "/restart" and "/retest" belong to other bots
_SHOWN = 200
_AS_CONFIGURED = Overrides()


@dataclass(frozen=True, slots=True)
class Retry:
    overrides: Overrides = _AS_CONFIGURED


@dataclass(frozen=True, slots=True)
class Revise:
    """`text`: what stands behind the command on its line; the rest of the comment is read as well."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """To the session at work. `text`: what stands behind the command on its line; the lines below are said as well."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Go:
    """Run the issue as it is, whatever the remarks on it say."""


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class Status:
    pass


@dataclass(frozen=True, slots=True)
class Help:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistyped:
    """Meant for Nightshift, but wrong: what was typed, what is wrong with it, and the line to type instead, which is
    empty where it cannot be guessed."""

    text: str
    problem: str
    suggestion: str


Command = Retry | Go | Revise | Say | Cancel | Status | Help | Mistyped


def parse_command(body: str) -> Command | None:
    """The first command for Nightshift in a comment; other bots' commands and `/usr/bin` are passed over."""
    for line in command_lines(body):
        command = _read(line)
        if command is not None:
            return command
    return None


def _read(line: str) -> Command | None:
    match = _NAME.match(line)
    if match is None:
        return None
    name, arguments = match[1].lower(), line[match.end() :].split()
    if name in {"retry", "allow"}:
        return (_retry if name == "retry" else _allow)(line, arguments)
    if name in {"revise", "say"}:
        return (Revise if name == "revise" else Say)(line[match.end() :].strip())
    if name in _NAMES:
        return _plain(name, line, arguments)
    near = difflib.get_close_matches(name, _NAMES, n=1, cutoff=_NEAR)
    if not near or name in _OTHER_BOTS:
        return None
    suggestion = " ".join([f"/{near[0]}", *arguments]) if near[0] in _WITH_ARGUMENTS else f"/{near[0]}"
    return Mistyped(text=_shorten(line), problem=f"there is no command `/{name}`", suggestion=_shorten(suggestion))


def _plain(name: str, line: str, arguments: list[str]) -> Command:
    if arguments:
        return Mistyped(text=_shorten(line), problem=f"`/{name}` takes no arguments", suggestion=f"/{name}")
    commands: dict[str, Command] = {"go": Go(), "cancel": Cancel(), "status": Status(), "help": Help()}
    return commands[name]


def _allow(line: str, arguments: list[str]) -> Command:
    """The same as `/retry`, with these values allowed. Fingerprints may be copied with what stands around them."""
    given = [argument.strip("`'\"(),.;:").lower() for argument in arguments]
    right = [argument for argument in given if FINGERPRINT.fullmatch(argument)]
    if right == given and 0 < len(given) <= _MOST_ALLOWED:
        return Retry(Overrides(allow=tuple(dict.fromkeys(right))))
    problem = "`/allow` expects the 16 characters that stand behind `/allow` in Nightshift's status comment"
    suggestion = _shorten(" ".join(["/allow", *right[:_MOST_ALLOWED]])) if right else ""
    return Mistyped(text=_shorten(line), problem=problem, suggestion=suggestion)


def _retry(line: str, arguments: list[str]) -> Command:
    read = [_argument(argument) for argument in arguments]
    seen: set[str] = set()
    problems: list[str] = []
    kept: list[str] = []
    for argument in read:
        doubled = f"`{argument.key}` is given twice" if argument.key in seen else ""
        problems += [problem for problem in (argument.problem, doubled) if problem]
        kept += [argument.right] if argument.right and not doubled else []
        seen.add(argument.key)
    if problems:
        return Mistyped(text=_shorten(line), problem=problems[0], suggestion=_shorten(" ".join(["/retry", *kept])))
    return Retry(_overrides({argument.key: argument.value for argument in read}))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Argument:
    """One argument as read. `right` is its correct spelling, empty if it cannot be guessed."""

    key: str
    value: str = ""
    problem: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """`accepts` judges a value; `expected` says what it accepts; `example` is a value that it accepts."""

    accepts: Callable[[str], bool]
    expected: str
    example: str


def _is_turns(value: str) -> bool:
    return re.fullmatch(r"[0-9]{1,3}", value) is not None and int(value) in TURNS


def _is_budget(value: str) -> bool:
    return (
        re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,2})?", value) is not None and BUDGET_USD[0] <= float(value) <= BUDGET_USD[1]
    )


def _is_model(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._:-]{1,100}", value) is not None


_KINDS = {
    "turns": _Kind(accepts=_is_turns, expected=f"a whole number from {TURNS.start} to {TURNS.stop - 1}", example="40"),
    "budget": _Kind(
        accepts=_is_budget,
        expected=f"an amount in US dollars from {BUDGET_USD[0]} to {BUDGET_USD[1]:.0f}",
        example="10",
    ),
    "model": _Kind(accepts=_is_model, expected="the name of a model", example="sonnet"),
}
_FRESH = "fresh"


def _argument(text: str) -> _Argument:
    key, equals, value = text.partition("=")
    key = key.lower()
    if key == _FRESH:
        problem = "`fresh` takes no value" if equals else ""
        return _Argument(key=key, problem=problem, right=_FRESH)
    if key not in _KINDS:
        return _unknown(key, equals + value)
    kind = _KINDS[key]
    if not kind.accepts(value):
        problem = f"`{key}` expects {kind.expected}, such as `{key}={kind.example}`"
        return _Argument(key=key, problem=problem, right=f"{key}={kind.example}")
    return _Argument(key=key, value=value, right=f"{key}={value}")


def _unknown(key: str, rest: str) -> _Argument:
    near = difflib.get_close_matches(key, [*_KINDS, _FRESH], n=1, cutoff=_NEAR)  # "more" is no "model"
    if not near:
        known = ", ".join(f"`{name}=`" for name in _KINDS)
        return _Argument(key=key, problem=f"`/retry` knows {known} and `{_FRESH}` only")
    guess = _argument(near[0] + rest) if near[0] != _FRESH else _Argument(key=_FRESH, right=_FRESH)
    return _Argument(key=near[0], problem=f"`/retry` has no argument `{_shorten(key)}`", right=guess.right)


def _overrides(given: dict[str, str]) -> Overrides:
    return Overrides(
        turns=int(given["turns"]) if "turns" in given else None,
        budget_usd=float(given["budget"]) if "budget" in given else None,
        model=given.get("model"),
        fresh=_FRESH in given,
    )


def _shorten(text: str) -> str:
    """Short enough to be said back, and unable to leave the code span that it is said in."""
    text = text.replace("`", "'")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
