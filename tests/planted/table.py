"""The table of planted bugs: what is changed in which file, which promise that breaks, and what has to notice it."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("bugs")


class TableWrong(Exception):
    """The table says something that cannot be used; the text names the bug and what is wrong with it."""


class DoesNotApply(TableWrong):
    """The words that a bug replaces are not in its file, or are there several times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedBug:
    """`promise`: a key of the table's promises. `old` becomes `new` in `file`; with `after`, the first `old` behind
    those words. `caught_by`: a test of pytest (`tests/…::test_…`), `night PATH` for a scenario (`night demo` for the
    one that Nightshift ships), `chaos KEY`, or `simulate FIRST+SEEDS`."""

    name: str
    promise: str
    file: str
    old: str
    new: str
    caught_by: str
    after: str = ""

    def plant_in(self, tree: Path) -> str:
        """The file's text with the bug in it. Raises DoesNotApply, which says where else the words are."""
        try:
            return self.plant((tree / self.file).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise DoesNotApply(f"{self.name}: there is no {self.file}{self._elsewhere(tree)}") from error
        except DoesNotApply as error:
            raise DoesNotApply(f"{error}{self._elsewhere(tree)}") from error

    def plant(self, text: str) -> str:
        """`text` with the bug in it. Raises DoesNotApply."""
        start = self._position(text, self.after) + len(self.after) if self.after else 0
        found = text.find(self.old, start)
        if found < 0:
            raise DoesNotApply(f"{self.name}: {self.file} does not hold {self.old!r}{self._behind}")
        if not self.after and text.count(self.old) > 1:
            raise DoesNotApply(f"{self.name}: {self.file} holds {self.old!r} more than once: say what it comes `after`")
        return text[:found] + self.new + text[found + len(self.old) :]

    def _elsewhere(self, tree: Path) -> str:
        files = [path for folder in ("bot", "hooks") for path in sorted((tree / folder).rglob("*.py"))]
        found = [str(path.relative_to(tree)) for path in files if self.old in path.read_text(encoding="utf-8")]
        return f"; its words are in {', '.join(found[:5])}" if found else ""

    @property
    def _behind(self) -> str:
        return f" after {self.after!r}" if self.after else ""

    def _position(self, text: str, words: str) -> int:
        if text.count(words) != 1:
            raise DoesNotApply(f"{self.name}: {self.file} holds {words!r} {text.count(words)} times, not once")
        return text.index(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """`promises`: words of README.md, each by a short name."""

    promises: dict[str, str]
    bugs: tuple[PlantedBug, ...]

    def named(self, names: Collection[str]) -> Sequence[PlantedBug]:
        """These bugs, all for no names. Raises TableWrong for a name that no bug has."""
        if unknown := sorted(set(names) - {bug.name for bug in self.bugs}):
            raise TableWrong(f"no planted bug is called {', '.join(unknown)}; --list shows them all")
        return [bug for bug in self.bugs if not names or bug.name in names]


def read_table(path: Path = TABLE) -> Table:
    """From one file, or from all `*.toml` of a folder in the order of their names. Raises TableWrong, OSError or
    tomllib.TOMLDecodeError."""
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    raw = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    promises = [pair for each in raw for pair in each.get("promises", {}).items()]
    if twice := sorted(name for name, count in Counter(name for name, _ in promises).items() if count > 1):
        raise TableWrong(f"{path}: {', '.join(twice)}: more than one promise has this name")
    bugs = tuple(_bug(bug) for each in raw for bug in each.get("bug", []))
    if not promises or not bugs:
        raise TableWrong(f"{path}: expected promises and bugs in it")
    return Table(promises=dict(promises), bugs=bugs)


def _bug(raw: dict[str, Any]) -> PlantedBug:
    known = {field.name for field in fields(PlantedBug)}
    needed = known - {"after"}
    if set(raw) - known or needed - set(raw):
        raise TableWrong(f"{raw.get('name', raw)}: expected the keys {', '.join(sorted(needed))}, and `after` or none")
    return PlantedBug(**raw)
