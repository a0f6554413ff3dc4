"""Takes the host's own paths out of what is published: where its data lies and whose account it runs under concerns
only the operator, and a path in the attempt's folder is gone by the time that a person reads it.

This is the last step before GitHub, so it meets paths as the messages before it have written them: with breaks and
backslashes against Markdown, spelled out in an address or in JSON, and as Claude Code names folders after them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

HIDDEN, HOME = "…", "~"
_BETWEEN = "[\\\\\u200b]{0,4}"  # what makes a character inert, or nothing; bounded, so that no text takes long
_SLASH = r"(?:/|%2F|&#x2F;|&#47;|&sol;|\\u002f)"
_SEPARATOR = rf"(?:{_BETWEEN}{_SLASH}(?:\.(?={_SLASH}))?){{1,8}}{_BETWEEN}"
_FIRST = rf"(?<!/){_SLASH}(?:{_SEPARATOR})?{_BETWEEN}"
_NOT_IN_A_PATH = r"(?:(?<![\w.\-~/])|(?<=\s-[A-Za-z]))"  # `-I/root`
_END = r"(?![A-Za-z0-9])"
_ATTEMPT = rf"attempts{_SEPARATOR}\d+{_BETWEEN}-{_BETWEEN}\d+"
_HOME_OF = re.compile(r"(/root|/(?:home|Users)/[^/]+)/")
_WORKSPACE = rf"(?:{_SEPARATOR}[\w.-]+){{0,3}}?{_SEPARATOR}workspace(?![\w-])"


@dataclass(frozen=True, slots=True)
class HostPaths:
    """`rules`: each a pattern and what stands for it."""

    rules: Sequence[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]] = ()

    def hide(self, text: str) -> str:
        """`text`, with paths in a workspace as the repository names them and all others of these folders cut short."""
        for pattern, stand_in in self.rules:
            text = pattern.sub(stand_in, text)
        return text


def host_paths(*, data: Iterable[str], homes: Iterable[str]) -> HostPaths:
    """`data`: the names of the data folder, absolute; `homes`: those of the operator's HOME. Folders that every path
    begins with are no secret and left alone."""
    places = [*[(path, HIDDEN) for path in _longest_first(data)], *[(path, HOME) for path in _longest_first(homes)]]
    rules = [rule for path, stand_in in places for rule in _rules(path, stand_in)]
    return HostPaths(tuple(rules))


def find_homes(folders: Iterable[str]) -> list[str]:
    """The homes of accounts in which these absolute folders lie: `/root`, or a folder in `/home` or `/Users`."""
    found = (_HOME_OF.match(f"{folder}/") for folder in folders)
    return list(dict.fromkeys(match[1] for match in found if match is not None))


def _longest_first(paths: Iterable[str]) -> list[str]:
    found = {"/".join(part for part in path.split("/") if part) for path in paths if path.startswith("/")}
    return sorted(found - {""}, key=lambda path: (-len(path), path))


def _rules(path: str, stand_in: str) -> Iterable[tuple[re.Pattern[str], Callable[[re.Match[str]], str]]]:
    parts = path.split("/")
    spelled = _FIRST + _SEPARATOR.join(map(_spell, parts))
    if stand_in == HIDDEN:
        workspace = rf"{spelled}{_SEPARATOR}{_ATTEMPT}{_WORKSPACE}(?P<inside>{_SEPARATOR}(?=[\w.]))?"
        yield _compile(workspace), lambda found: "" if found["inside"] else "."
        yield _compile(rf"{spelled}{_SEPARATOR}{_ATTEMPT}{_END}"), lambda _: HIDDEN
    boundary = "" if parts[1:] else _NOT_IN_A_PATH
    yield _compile(f"{boundary}{spelled}{_END}"), lambda _: stand_in
    if parts[1:]:  # as Claude Code names a project's folder
        dashed = _BETWEEN.join(map(re.escape, "-" + re.sub(r"[^A-Za-z0-9]", "-", path)))
        yield _compile(f"{dashed}{_END}"), lambda _: stand_in


def _spell(part: str) -> str:
    return _BETWEEN.join(f"(?:{'|'.join(map(re.escape, dict.fromkeys(_forms(each))))})" for each in part)


def _forms(character: str) -> tuple[str, ...]:
    return character, quote(character, safe=""), json.dumps(character)[1:-1]


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
