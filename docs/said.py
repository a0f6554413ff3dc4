"""All sentences of the source, by where a person sees them, but those that `docs/not_said.toml` excepts."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docs.literals import Literal, literals_of, log_lines
from docs.other_texts import literals_of_files
from docs.places import place_of

ROOT = Path(__file__).parents[1]
_VALUE = re.compile(r"\{[^{}]*\}|%[sd]|[\[\]]| / ")
_SQL = re.compile(r"(?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|DROP|PRAGMA)\b", re.IGNORECASE)


def sentences() -> Mapping[str, list[Literal]]:
    """By the name of their section, each once."""
    found: defaultdict[str, dict[str, Literal]] = defaultdict(dict)
    for literal in _literals():
        if not is_excepted(literal):
            found[place_of(literal)].setdefault(line_of(literal), literal)
    return {place: list(literals.values()) for place, literals in found.items()}


@cache
def _literals() -> tuple[Literal, ...]:
    paths = sorted(path for folder in ("bot", "hooks") for path in (ROOT / folder).rglob("*.py"))
    modules = {path: path.relative_to(ROOT).as_posix() for path in paths}
    logged = (each for path, module in modules.items() for each in log_lines(path, module))
    in_python = (each for path, module in modules.items() for each in literals_of(path, module))
    return (*logged, *in_python, *literals_of_files(ROOT))


def is_excepted(literal: Literal) -> bool:
    if _SQL.match(literal.text) and "{" not in literal.text.split()[0] and literal.text.split()[0].isupper():
        return True
    return any(_applies(entry, literal) for entry in _exceptions())


@cache
def _exceptions() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads((ROOT / "docs/not_said.toml").read_text())["except"])


def _applies(entry: Mapping[str, str], literal: Literal) -> bool:
    carriers, modules = entry.get("carriers", "").split(), entry.get("modules", "").split()
    named = {literal.carrier, f"{literal.carrier}({literal.argument})", f"({literal.argument})"}
    by_carrier = not carriers or not named.isdisjoint(carriers)
    return by_carrier and (not modules or any(literal.module.startswith(each) for each in modules))


def line_of(literal: Literal) -> str:
    """A kind of failure, and what writes a line of the log, stand before the text."""
    before = (
        f"`{literal.module}` {literal.kind}: " if literal.is_logged else f"`{literal.kind}`: " if literal.kind else ""
    )
    return before + literal.text.strip()


def is_shown(text: str, page: str) -> bool:
    """Whether the page, in one line for each paragraph, has the parts between its values in their order."""
    parts = [" ".join(part.split()) for part in _VALUE.split(text)]
    parts = sorted((part for part in parts if any(map(str.isalpha, part))), key=len)
    if not parts or not all(part in page for part in parts):
        return False
    in_order = ".{0,300}?".join(re.escape(" ".join(part.split())) for part in _VALUE.split(text) if part.strip())
    return any(re.search(in_order, line) for line in page.split("\n") if parts[-1] in line)


def in_lines(text: str) -> str:
    """Each paragraph of a page in one line, without marks of quotes and lists."""
    paragraphs = re.split(r"\n(?:>?\s*)?\n", text)
    return "\n".join(" ".join(re.sub(r"^[>\s]*(?:- )?", " ", each, flags=re.MULTILINE).split()) for each in paragraphs)


def listed(literals: Iterable[Literal], *, shown: str) -> Iterator[str]:
    """The lines of a section, sorted. What the examples show is left out, and what is a part of another line."""
    page = in_lines(shown)
    lines = {line_of(each): each.text.strip() for each in literals if not is_shown(each.text, page)}
    texts = set(lines.values())
    whole = (line for line, text in lines.items() if not any(text in other and text != other for other in texts))
    # A line of the log that a constant holds is listed with the names of its values.
    whole = (line for line in whole if "%s" not in line or not is_shown(line, "\n".join(lines.keys() - {line})))
    yield from sorted(whole, key=lambda line: re.sub(r"[^a-z0-9`]+", " ", line.lower()))
