"""What GitHub's real answers look like, from the recordings that PyGithub's own tests replay: which properties there
are, and of which types. Texts and numbers of the recordings are not kept.

`python -m tests.rehearsal.recorded_shapes CLONE_OF_PYGITHUB` makes the data anew.
"""

from __future__ import annotations

import ast
import gzip
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from bot.rehearsal.github.guard import shipped_guard

DATA = Path(__file__).parents[1] / "data" / "pygithub_shapes.json.gz"
_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", dict: "object", list: "array"}
_LINES = 10  # of one exchange, and an empty one
_RECENT = 2022
"""Older answers lack what was added since."""


@dataclass(slots=True)
class Shape:
    """Of all answers of one operation with one status. `types`: by the path of a property. `seen`: how many recent ones
    have it, and `within`: how many recent ones have what it would be in."""

    types: dict[str, set[str]] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    within: dict[str, int] = field(default_factory=dict)

    def add(self, body: Any, *, is_recent: bool) -> None:
        for path, value in walk(body):
            self.types.setdefault(path, set()).add(type_of(value))
            if is_recent:
                self.seen[path] = self.seen.get(path, 0) + 1
                if isinstance(value, dict):
                    self.within[path] = self.within.get(path, 0) + 1

    def always(self) -> list[str]:
        return sorted(path for path in self.seen if path and self.seen[path] == self.within.get(parent_of(path)))

    def as_json(self) -> Mapping[str, Any]:
        return {"types": {path: sorted(types) for path, types in sorted(self.types.items())}, "always": self.always()}


def type_of(value: Any) -> str:
    return "null" if value is None else _TYPES[type(value)]


def parent_of(path: str) -> str:
    return path.rpartition("/")[0]


def walk(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of an answer with its path; the items of a list have one path."""
    yield path, value
    if isinstance(value, dict):
        for name, each in value.items():
            yield from walk(each, f"{path}/{name}")
    if isinstance(value, list):
        for each in value:
            yield from walk(each, f"{path}[]")


def read_shapes() -> dict[str, dict[str, Any]]:
    """By operation and status, such as `GET /user 200`."""
    found: dict[str, dict[str, Any]] = json.loads(gzip.decompress(DATA.read_bytes()))
    return found


def find_differences(shape: Mapping[str, Any], body: Any) -> Iterator[str]:
    """In what an answer differs from all recordings of its kind."""
    present = set[str]()
    parents = dict[str, int]()
    for path, value in walk(body):
        present.add(path)
        if isinstance(value, dict):
            parents[path] = parents.get(path, 0) + 1
        known = set(shape["types"].get(path, ())) - {"null"}
        if known and value is not None and type_of(value) not in known:
            yield f"{path} is of type {type_of(value)}, not {' or '.join(sorted(known))}"
    missing = (path for path in shape["always"] if parent_of(path) in parents and path not in present)
    yield from (f"{path} is missing" for path in missing)


def make(clone: Path) -> dict[str, Any]:
    guard, shapes = shipped_guard(), dict[str, Shape]()
    for recording in sorted((clone / "tests" / "ReplayData").glob("*.txt")):
        for method, path, status, year, answer in _exchanges(recording.read_text("utf-8", "replace").split("\n")):
            found = guard.find(method, path.partition("?")[0].removeprefix("/api/v3")) if path.startswith("/") else None
            if found is None:
                continue
            with suppress(ValueError):  # what is no JSON
                body = json.loads(answer) if answer else None
                name = f"{method} {found[0].template} {status}"
                shapes.setdefault(name, Shape()).add(body, is_recent=year >= _RECENT)
    return {name: shape.as_json() for name, shape in sorted(shapes.items())}


def _exchanges(lines: list[str]) -> Iterator[tuple[str, str, int, int, str]]:
    """Method, path, status, year and body of each."""
    at = 0
    while at + _LINES <= len(lines):
        if lines[at] not in {"http", "https"}:
            at += 1
            continue
        _, method, _, _, path, _, _, status, headers, answer = lines[at : at + _LINES]
        at += _LINES
        dated = {name.lower(): value for name, value in ast.literal_eval(headers)}.get("date")
        yield method, path, int(status), parsedate_to_datetime(dated).year if dated else 0, answer


if __name__ == "__main__":
    DATA.write_bytes(gzip.compress(json.dumps(make(Path(sys.argv[1])), separators=(",", ":")).encode(), mtime=0))
