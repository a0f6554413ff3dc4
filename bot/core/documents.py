"""JSON, YAML and TOML that a session may have written, read as every program agrees on them.

A document in which a key stands twice means one thing to one program and another thing to the next; aliases of YAML
grow without end. Both count as unreadable, as does what is nested too deep.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Hashable
from typing import Any

import yaml

_LARGEST = 2_000_000  # bytes
_LARGEST_YAML = 200_000  # bytes; PyYAML reads some 100 KB in a second
_LARGEST_TOML = 500_000  # bytes
_MOST_DOTS = 200  # of a line: tomllib takes minutes for a key of 200,000 parts
_DEEPEST = 50


class Unreadable(Exception):
    """The document is not of its format, is ambiguous, or is too large. The text says which, for a person."""


def read_json(content: bytes | None) -> dict[str, Any]:
    """The object that the document holds; no document is an empty one. Raises Unreadable."""
    if content is None:
        return {}
    _check_size(content, _LARGEST)
    try:
        return _check(json.loads(content, object_pairs_hook=_without_doubles, parse_constant=_refuse), "JSON")
    except (ValueError, RecursionError) as error:
        raise Unreadable("it cannot be read as JSON") from error


def read_yaml(content: bytes | None) -> dict[str, Any]:
    """As `read_json`."""
    _check_size(content or b"", _LARGEST_YAML)
    try:
        return _check(yaml.load(content or b"{}", _Loader) or {}, "YAML")  # noqa: S506 - it is a safe loader
    except (yaml.YAMLError, ValueError, RecursionError, TypeError) as error:
        raise Unreadable("it cannot be read as YAML") from error


def read_toml(content: bytes | None) -> dict[str, Any]:
    """As `read_json`."""
    _check_size(content or b"", _LARGEST_TOML)
    if any(line.count(b".") > _MOST_DOTS for line in (content or b"").split(b"\n")):
        raise Unreadable("a line of it has too many dots")
    try:
        return _check(tomllib.loads((content or b"").decode("utf-8-sig")), "TOML")
    except (ValueError, RecursionError) as error:
        raise Unreadable("it cannot be read as TOML") from error


def read_text(content: bytes | None) -> str:
    """Text of a sane size. Raises Unreadable."""
    _check_size(content or b"", _LARGEST)
    return (content or b"").decode(errors="replace")


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(problem="an alias")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(names)) != len(names):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _check_size(content: bytes, largest: int) -> None:
    if len(content) > largest:
        raise Unreadable(f"it is larger than {largest:,} bytes")


def _check(read: object, form: str) -> dict[str, Any]:
    if not isinstance(read, dict):
        raise Unreadable(f"it holds no {form} mapping")
    level: list[object] = [read]
    for _ in range(_DEEPEST):
        level = [value for each in level for value in _values(each)]
        if not level:
            return {str(key): value for key, value in read.items()}
    raise Unreadable("it is nested too deep")


def _values(each: object) -> list[object]:
    if isinstance(each, dict):
        return list(each.values())
    return each if isinstance(each, list) else []


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise ValueError("a key stands twice")
    return read


def _refuse(name: str) -> object:
    raise ValueError(f"{name} is no JSON")
