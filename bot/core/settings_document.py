"""Reads the YAML of `.github/nightshift.yml`: values, and the line of each. Keys are text as they are written.

It is other people's file. An alias repeats single values only, since a few lines of aliases could stand for more values
than fit in memory; and a key that stands twice is a mistake, since the last one would silently replace the first, and
what it protects.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError

from bot.core.untrusted import one_line
from bot.core.wrong_settings import LARGEST

_PROBLEMS = {
    "found character '\\t' that cannot start any token": "tabs do not indent; use spaces",
    "mapping values are not allowed here": "`:` cannot stand there; put text that holds `: ` in quotes",
    "could not find expected ':'": "expected `:` and a value after the name",
    "but found another document": "expected one document; remove the second `---`",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """`says` what was expected at `key`, or of the whole file; `line` from 1, None where no line is meant."""

    says: str
    key: str = ""
    line: int | None = None

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line}: "
        return where + self.sentence

    @property
    def sentence(self) -> str:
        return f"{self.key}: {self.says}" if self.key else self.says


class NotRead(Exception):
    """The file is no YAML from which values can be read."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(str(mistake))


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`value`: None for an empty file. `doubled`: the keys that stand twice."""

    value: object
    doubled: tuple[Mistake, ...]
    _root: yaml.Node | None

    def line_of(self, place: Sequence[int | str]) -> int | None:
        """Of the key or list item at a place, or of the nearest one around it."""
        node, line = self._root, None
        for part in place:
            found = _child(node, part)
            if found is None:
                break
            line, node = found
        if line is None and node is not None:
            line = _line(node)
        return line


def read_document(content: bytes) -> Document:
    """Raises NotRead."""
    if len(content) > LARGEST:
        raise NotRead(Mistake(says=f"it is larger than {LARGEST:,} bytes"))
    loader = None
    try:
        text = content.decode("utf-8-sig")
        loader = _Loader(text)
        root = loader.get_single_node()
        doubled = tuple(_find_doubled(root)) if root is not None else ()
        value = loader.construct_document(root) if root is not None else None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotRead(Mistake(line=line, says="it is not UTF-8 text")) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        says = f"it is not valid YAML: the character {error.character:#06x} cannot be part of it"
        raise NotRead(Mistake(line=line, says=says)) from None
    except yaml.MarkedYAMLError as error:
        raise NotRead(_invalid(error)) from None
    except (ValueError, OverflowError):  # of PyYAML's scanner
        says = "it is not valid YAML: it spells a character or a number that does not exist"
        raise NotRead(Mistake(says=says)) from None
    except RecursionError:
        raise NotRead(Mistake(says="it is not valid YAML: lists or mappings lie too deep in each other")) from None
    finally:
        if loader is not None:
            loader.dispose()
    return Document(value=value, doubled=doubled, _root=root)


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            if not isinstance(self.anchors.get(event.anchor, _NO_NODE), yaml.ScalarNode):
                says = f"`*{one_line(event.anchor)}` repeats a list or a mapping; write it out"
                raise ComposerError(None, None, says, event.start_mark)
        return super().compose_node(parent, index)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError, OverflowError):  # `2001-99-99`, `!!bool x`, `!!timestamp x`
            says = f"`{one_line(str(node.value))}` cannot be read as {node.tag.rpartition(':')[2]}; put text in quotes"
            raise ConstructorError(None, None, says, node.start_mark) from None

    def construct_mapping(self, node: yaml.Node, deep: bool = False) -> dict[Hashable, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise ConstructorError(None, None, "expected a mapping of names to values", node.start_mark)
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise ConstructorError(None, None, "expected a name before the `:`", key.start_mark)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}


_NO_NODE = yaml.ScalarNode("", "")  # an unknown alias: PyYAML refuses it


def _child(node: yaml.Node | None, part: int | str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return _line(node.value[part]), node.value[part]
    if isinstance(node, yaml.MappingNode):
        return next(((_line(key), value) for key, value in node.value if key.value == part), None)
    return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _find_doubled(node: yaml.Node, place: str = "") -> Iterator[Mistake]:
    if isinstance(node, yaml.SequenceNode):
        for at, item in enumerate(node.value, 1):
            yield from _find_doubled(item, f"{place}[{at}]")
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        where = f"{place}.{one_line(name)}".lstrip(".")
        if name in seen:
            yield Mistake(key=where, line=_line(key), says=f"stands there twice, first in line {seen[name]}")
        seen.setdefault(name, _line(key))
        yield from _find_doubled(value, where)


def _invalid(error: yaml.MarkedYAMLError) -> Mistake:
    mark, problem = error.problem_mark or error.context_mark, error.problem or "it cannot be read"
    says = f"it is not valid YAML: {_PROBLEMS.get(problem, problem)}"
    return Mistake(line=mark.line + 1 if mark is not None else None, says=says)
