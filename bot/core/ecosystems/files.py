"""The files of a commit, as the detection of checks reads them: a whole repository, or one of its folders."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.core.documents import Unreadable, read_json, read_toml, read_yaml
from bot.core.untrusted import as_dict, as_dicts, as_str

ReadText = Callable[[str], str | None]

END_TO_END = re.compile(
    r"e2e|end-?to-?end|integration|functional|acceptance|system|smoke|browser|cypress|playwright", re.I
)
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_MOST_WORKFLOWS = 15
_RUNNABLE = re.compile(r"[\w./:=@,+\"' -]+")  # nothing that a workflow fills in, and no second command


@dataclass(frozen=True, slots=True)
class DetectedCheck:
    """A command that verifies the repository. `reason`: what shows that, for a person."""

    command: str
    reason: str


@dataclass(frozen=True, kw_only=True)  # without slots: what was read is kept
class TreeFiles:
    """`paths`: all of them; `read` gives a file's text, None where there is none; `changed`: the paths of a change,
    empty where there is none."""

    paths: Collection[str]
    read: ReadText
    changed: tuple[str, ...] = ()

    @cached_property
    def top(self) -> frozenset[str]:
        return frozenset(path for path in self.paths if "/" not in path)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder, at any depth."""
        found = set[str]()
        for path in self.paths:
            while (path := path.rpartition("/")[0]) and path not in found:
                found.add(path)
        return frozenset(found)

    def text(self, path: str) -> str:
        return (self.read(path) if path in self._all else None) or ""

    def json(self, path: str) -> dict[str, Any]:
        return self._document(path, read_json)

    def toml(self, path: str) -> dict[str, Any]:
        return self._document(path, read_toml)

    def yaml(self, path: str) -> dict[str, Any]:
        return self._document(path, read_yaml)

    def find(self, pattern: str) -> list[str]:
        """The paths that match it wholly, those nearest to the top first."""
        compiled = re.compile(pattern)
        return sorted(
            (path for path in self.paths if compiled.fullmatch(path)), key=lambda path: (path.count("/"), path)
        )

    def within(self, folder: str) -> TreeFiles:
        """The files of a folder, as if it were all."""
        start = f"{folder}/"
        return TreeFiles(
            paths=[path.removeprefix(start) for path in self.paths if path.startswith(start)],
            read=lambda path: self.read(start + path),
            changed=tuple(path.removeprefix(start) for path in self.changed if path.startswith(start)),
        )

    @cached_property
    def workflow_commands(self) -> tuple[str, ...]:
        """What the CI workflows run at the top, as far as it is one plain command on a line."""
        found = dict[str, None]()
        for path in self.find(_WORKFLOW.pattern)[:_MOST_WORKFLOWS]:
            for job in as_dict(self.yaml(path).get("jobs")).values():
                for step in as_dicts(as_dict(job).get("steps")):
                    found |= dict.fromkeys(_commands_at_the_top(step))
        return tuple(found)

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset(self.paths)

    def _document(self, path: str, read: Callable[[bytes | None], dict[str, Any]]) -> dict[str, Any]:
        try:
            return read(self.text(path).encode()) if path in self._all else {}
        except Unreadable:
            return {}


def _commands_at_the_top(step: dict[str, Any]) -> Iterator[str]:
    """Without what a step runs in another folder: that may be another project."""
    if as_str(step.get("working-directory")).strip("./") != "":
        return
    for line in as_str(step.get("run")).replace("\\\n", " ").splitlines():
        if re.match(r"\s*(?:cd|pushd)\s", line):
            return
        if _RUNNABLE.fullmatch(line.strip() or "$"):
            yield " ".join(line.split())


def in_folder(folder: str, checks: Iterable[DetectedCheck]) -> list[DetectedCheck]:
    """The checks of a folder, as they run from the top."""
    place = shlex.quote(folder)
    return [DetectedCheck(f"cd {place} && {check.command}", f"{folder}: {check.reason}") for check in checks]


def find_touched(changed: Iterable[str], members: Collection[str]) -> list[str] | None:
    """Which members of a monorepo a change touches; None if it touches what lies in none of them."""
    by_depth = sorted(members, key=len, reverse=True)
    found = dict[str, None]()
    for path in changed:
        member = next((each for each in by_depth if path.startswith(f"{each}/")), None)
        if member is None:
            return None
        found[member] = None
    return list(found)


def with_dependents(
    start: Iterable[str], needs: Callable[[str], Collection[str]], members: Collection[str]
) -> list[str]:
    """These members and all that need them, also through others. `needs`: the members that one needs."""
    found = set(start)
    while more := {each for each in members if each not in found and found & set(needs(each))}:
        found |= more
    return sorted(found)
