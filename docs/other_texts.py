"""Sentences of files that are no Python: templates of pages, tables, forms, and the gate's client in C."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from docs.literals import Literal, reads_as_sentence

_LEFT_OUT = re.compile(r"<style>.*?</style>|<!doctype[^>]*>|\{#.*?#\}", re.DOTALL)
_BLOCK = re.compile(r"</?(?:html|head|meta|title|body|main|h1|p|table|tr|td|form|input|button)\b[^>]*>|\{%-?.*?%\}")
_INLINE = re.compile(r"<[^>]*>")
_VALUE = re.compile(r"\{\{\s*(.*?)\s*\}\}")
_IN_C = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_SENTENCE_KEYS = {"reason", "instead", "because"}  # of the tables; their other texts are words of the shell


def literals_of_files(root: Path) -> Iterator[Literal]:
    for folder in ("bot", "hooks"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in _READERS:
                module = path.relative_to(root).as_posix()
                texts = dict.fromkeys(_READERS[path.suffix](path.read_text()))
                yield from (Literal(module=module, text=text) for text in texts if reads_as_sentence(text))


def _of_template(text: str) -> Iterator[str]:
    for part in _BLOCK.split(_LEFT_OUT.sub("", text)):
        yield " ".join(_VALUE.sub(r"{\1}", _INLINE.sub("", part)).split())


def _of_table(text: str) -> Iterator[str]:
    yield from (value for key, value in _pairs(tomllib.loads(text)) if key in _SENTENCE_KEYS)


def _of_form(text: str) -> Iterator[str]:
    yield from (" ".join(value.split()) for _, value in _pairs(yaml.safe_load(text)))


def _of_c(text: str) -> Iterator[str]:
    code = re.sub(r"/\*.*?\*/|^\s*#.*?$", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from (found.replace("\\n", "").strip() for found in _IN_C.findall(code))


def _pairs(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Each text with the key under which it stands."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from _pairs(inner, name)
        case list():
            for inner in value:
                yield from _pairs(inner, key)
        case str():
            yield key, value


_READERS: Mapping[str, Callable[[str], Iterator[str]]] = MappingProxyType(
    {".html": _of_template, ".toml": _of_table, ".yml": _of_form, ".c": _of_c}
)
