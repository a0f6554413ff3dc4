"""The sentences of the README, each of which is a promise or says why it is none: `readme.toml` holds the answer."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.planted.table import ROOT

README = ROOT / "README.md"
ANSWERS = Path(__file__).with_name("readme.toml")

_CODE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
# Written by `make docs` from the table of the code: one sentence, its first line.
_GENERATED = re.compile(r"(<!-- failures -->).*?<!-- /failures -->", re.DOTALL)
_ITEM = re.compile(r"(?:[-*]|\d+\.) +")
_HEADING, _ROW = "#", "|"
_RULE = re.compile(r"[|\s:-]+")
_END = re.compile(r"(?:(?<=[.!?])|(?<=[.!?]\*\*))\s+(?=[A-Z`*\[])")


@dataclass(frozen=True, slots=True)
class Answers:
    """`promises`: by the sentence that makes them, their short names. `others`: the sentences that promise nothing."""

    promises: dict[str, list[str]]
    others: frozenset[str]


def read_answers(path: Path = ANSWERS) -> Answers:
    """Raises OSError or tomllib.TOMLDecodeError."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    others = (sentence for sentences in raw["no_promise"].values() for sentence in sentences)
    return Answers(promises=raw["promises"], others=frozenset(others))


def sentences(text: str) -> Iterator[str]:
    """Each sentence and each row of a table, on one line, without code blocks and headings."""
    plain = _GENERATED.sub(r"\1", _CODE.sub("", text))
    for block in re.split(r"\n\s*\n", plain):
        for part in _parts(block.strip().splitlines()):
            yield from (each for each in _END.split(part) if each)


def _parts(lines: list[str]) -> Iterator[str]:
    """The rows, items and paragraphs of a block. A line that begins none of them goes on with the one before."""
    part: list[str] = []
    for line in map(str.strip, lines):
        begins = _ITEM.match(line)
        if begins or line.startswith((_HEADING, _ROW)):
            yield " ".join(part)
            part = []
        if not line.startswith(_HEADING) and not _RULE.fullmatch(line):
            part.append(line[begins.end() :] if begins else line)
    yield " ".join(part)
