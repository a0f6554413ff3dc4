"""Finds names in a scenario that are used and not defined, or defined twice.

It looks at the file as it was read, before the models validate it, so that a wrong key in one place does not hide a
wrong name in another; what has not the expected shape is left to the models.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.adapters import settings
from bot.rehearsal.scenario import ACTIONS, RESERVED_SETTINGS, mentions

Place = tuple[str | int, ...]
Mistake = tuple[Place, str]

EACH = "*"  # every element of a list
KEYS = "*keys"  # every key of a mapping

_DEFINED = {
    "repository": ("repositories", EACH, "name"),
    "person": ("people", EACH, "login"),
    "issue": ("issues", EACH, "key"),
    "moment": ("moments", EACH, "key"),
}
_WHENS = (("issues", EACH, "when"), ("moments", EACH, "when"))
_ACTED = tuple(("moments", EACH, action) for action in ACTIONS)
_USED = (
    *[(("issues", EACH, "repository"), "repository"), (("people", EACH, "roles", KEYS), "repository")],
    *[(("issues", EACH, name), "person") for name in ("author", "labeled_by")],
    (("issues", EACH, "expect", "notified", KEYS), "person"),
    *[(("issues", EACH, "blocked_by", EACH), "issue"), (("issues", EACH, "parent"), "issue")],
    *[(("teams", EACH, "members", EACH), "person"), (("moments", EACH, "react", "to"), "person")],
    *[((*when, name), name) for when in _WHENS for name in ("issue", "moment")],
    *[((*when, "ready"), "issue") for when in _WHENS],
    *[((*action, name), name) for action in _ACTED for name in ("issue", "person", "repository")],
    *[((*action, "by"), "person") for action in _ACTED],
    (("repositories", EACH, "ci", EACH, "by"), "person"),
    (("issues", EACH, "ci", EACH, EACH, "by"), "person"),
)
_TEXTS = (
    *[("issues", EACH, name) for name in ("title", "body")],
    *[(*action, name) for action in _ACTED for name in ("title", "body", "text")],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    place: Place
    text: str


def find_wrong_names(raw: Any) -> Iterator[Mistake]:
    """Every name that is used and not defined, defined twice, or reserved for the rehearsal."""
    known = {kind: [found.text for found in _find_strings(raw, path)] for kind, path in _DEFINED.items()}
    for kind, where in _DEFINED.items():
        yield from _find_doubled(kind, list(_find_strings(raw, where)))
    for path, kind in _USED:
        yield from (
            _unknown(found, kind, known[kind]) for found in _find_strings(raw, path) if found.text not in known[kind]
        )
    yield from _find_unknown_mentions(raw, known["issue"])
    yield from _find_wrong_settings(raw)


def _find_doubled(kind: str, found: list[_Found]) -> Iterator[Mistake]:
    texts = [each.text for each in found]
    for at, each in enumerate(found):
        if each.text in texts[:at]:
            yield each.place, f"a second {kind} called {each.text}"


def _unknown(found: _Found, kind: str, known: list[str]) -> Mistake:
    near = difflib.get_close_matches(found.text, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the scenario has {', '.join(known) or 'none'}"
    return found.place, f"no {kind} is called {found.text!r}; {hint}"


def _find_unknown_mentions(raw: Any, known: list[str]) -> Iterator[Mistake]:
    """`#{key}` in a title, a body or a comment."""
    for path in _TEXTS:
        for found in _find_strings(raw, path):
            for key in mentions(found.text):
                if key not in known:
                    yield _unknown(_Found(place=found.place, text=key), "issue", known)


def _find_wrong_settings(raw: Any) -> Iterator[Mistake]:
    for found in _find_strings(raw, ("settings", KEYS)):
        if found.text in RESERVED_SETTINGS:
            yield found.place, "the rehearsal sets this itself"
        elif found.text not in settings.NAMES:
            yield _unknown(found, "setting", list(settings.NAMES))


def _find_strings(raw: Any, path: tuple[str, ...], place: Place = ()) -> Iterator[_Found]:
    """The strings at `path`, each with its place."""
    if not path:
        if isinstance(raw, str):
            yield _Found(place=place, text=raw)
        return
    for part, inner in _steps(raw, path[0]):
        yield from _find_strings(inner, path[1:], (*place, part))


def _steps(raw: Any, step: str) -> Iterator[tuple[str | int, Any]]:
    if step == EACH:
        yield from enumerate(raw if isinstance(raw, list) else ())
    elif isinstance(raw, dict):
        yield from ((key, key) for key in raw) if step == KEYS else [(step, raw.get(step))]
