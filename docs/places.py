"""Where a person sees a text of the source, by the table `docs/messages.toml`: first by the function or class that is
given the text, then by its module."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.literals import Literal

_TABLE = Path(__file__).with_name("messages.toml")
_LOG = "Log"
_APART = {"Rehearsal", "Benchmarks"}  # no maintainer meets their texts by accident


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    name: str
    about: str
    carriers: str = ""
    modules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    file: str
    title: str
    about: str
    sections: tuple[Section, ...]


@cache
def read_pages() -> tuple[Page, ...]:
    return tuple(
        Page(sections=tuple(Section(**each) for each in page.pop("section")), **page)
        for page in tomllib.loads(_TABLE.read_text())["page"]
    )


def place_of(literal: Literal) -> str:
    by_module = _by_module(literal.module)
    if by_module in _APART:
        return by_module
    if literal.is_logged:
        return _LOG
    carriers = _table("carriers")
    return carriers.get(f"{literal.carrier}:{literal.module}") or carriers.get(literal.carrier) or by_module


def _by_module(module: str) -> str:
    modules = _table("modules")
    return modules[max((name for name in modules if module.startswith(name)), key=len)]


@cache
def _table(column: str) -> Mapping[str, str]:
    return dict(_rows(column))


def _rows(column: str) -> Iterator[tuple[str, str]]:
    for page in read_pages():
        for section in page.sections:
            yield from ((name, section.name) for name in getattr(section, column).split())
