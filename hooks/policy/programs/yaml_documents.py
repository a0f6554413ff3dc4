"""Reads YAML as nested dicts, lists and texts: block and flow collections, anchors, aliases, merged keys and tags.

Reading is generous: lines that are not understood are left out. A text of too many lines is TooMuch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hooks.policy.shell.work import at_most

LINES_LIMIT = 4000
DEPTH_LIMIT = 40
COMMENT = re.compile(r"(?<!\s)\s+#.*$")
KEY = re.compile(r"(\"[^\"]*\"|'[^']*'|[^\s\"'#\-\[{][^#]*?|-[^\s#][^#]*?)(?<!\s)\s*:(?:\s+(.*)|)$")
BLOCK = re.compile(r"[|>][+-]?\d?\s*(#.*)?")
PROPERTY = re.compile(r"(?:&(?P<anchor>[\w.-]+)|!\S*)(?:\s+|$)")
"""An anchor or a tag before a value."""
KEY_APART = re.compile(r"(?m)^( *)\? +(\S.*)\n\1:(?= |$)")
"""A key alone in its line: `? key`."""
FLOW_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*'|[^,\[\]{}]*")
FLOW_COLON = re.compile(r":(?=\s|$)")
FLOW_KEY = re.compile(r"\s*:")
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)")
ALIASES_LIMIT = 40
SHARED_LIMIT = 200
"""So large a value may be that an alias stands for; larger ones count as empty, because aliases of aliases multiply."""


def read_yaml(text: str) -> object:
    """The document; JSON is YAML too."""
    if text.lstrip()[:1] in {"{", "["} and (found := read_flow(text)) is not None:
        return found
    lines = at_most(LINES_LIMIT, KEY_APART.sub(r"\1\2: ", text).split("\n"))
    return _Yaml(lines).read_block(0)


class _Yaml:
    """The lines of a YAML text, and how far they have been read."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = [line.replace("\t", "    ").rstrip() for line in lines]
        self._position = 0
        self._anchors: dict[str, object] = {}
        self._aliases = 0

    def read_block(self, least: int, depth: int = 0) -> object:
        """The value at this depth or deeper: a mapping, a list, or a text."""
        indent = self._next_indent()
        if indent is None or indent < least or depth > LINES_LIMIT // 100:
            return ""
        line = self._lines[self._position].strip()
        if line == "-" or line.startswith("- "):
            return self._read_list(indent, depth)
        return self._read_mapping(indent, depth) if KEY.match(COMMENT.sub("", line)) else self._read_text(indent)

    def _next_indent(self) -> int | None:
        while self._position < len(self._lines):
            line = self._lines[self._position]
            if line.strip() and not line.lstrip().startswith("#") and line.strip() not in {"---", "..."}:
                return len(line) - len(line.lstrip())
            self._position += 1
        return None

    def _read_list(self, indent: int, depth: int) -> list[object]:
        items: list[object] = []
        while self._next_indent() == indent and (line := self._lines[self._position].strip()).startswith("-"):
            rest = line[1:].lstrip()
            inner = indent + len(line) - len(rest)
            if KEY.match(COMMENT.sub("", rest)) and rest[:1] not in "\"'":
                self._lines[self._position] = " " * inner + rest
                items.append(self._read_mapping(inner, depth + 1))
            else:
                self._position += 1
                items.append(self._read_value(rest, indent, depth))
        return items

    def _read_mapping(self, indent: int, depth: int) -> dict[str, object]:
        found: dict[str, object] = {}
        while self._next_indent() == indent:
            match = KEY.match(COMMENT.sub("", self._lines[self._position].strip()))
            if match is None:
                break
            raw = self._lines[self._position].strip()
            self._position += 1
            value = raw[len(match[1]) :].lstrip().removeprefix(":").strip()
            _put(found, _unquote(match[1]), self._read_value(value, indent, depth))
        return found

    def _read_value(self, value: str, indent: int, depth: int) -> object:
        anchors = []
        while found := PROPERTY.match(value):
            anchors += [found["anchor"]] if found["anchor"] else []
            value = value[found.end() :]
        read = self._read_bare_value(value, indent, depth)
        self._anchors.update(dict.fromkeys(anchors, read))
        return read

    def _read_bare_value(self, value: str, indent: int, depth: int) -> object:
        if BLOCK.fullmatch(value):
            return self._read_block_text(indent, folded=value.startswith(">"))
        if not value or value.startswith("#"):
            following = self._next_indent()
            listed = following == indent and self._lines[self._position].strip().startswith("-")
            return self.read_block(indent if listed else indent + 1, depth + 1)
        if value[0] in "[{" and (flow := self._read_flow(value, indent)) is not None:
            return flow
        if value.startswith("*"):
            return self._read_alias(COMMENT.sub("", value)[1:].strip())
        return _unquote(" ".join((COMMENT.sub("", value), *self._continuation(indent))))

    def _read_alias(self, name: str) -> object:
        self._aliases += 1
        value = self._anchors.get(name, f"*{name}")
        return value if self._aliases <= ALIASES_LIMIT and _size(value, SHARED_LIMIT) < SHARED_LIMIT else ""

    def _read_flow(self, value: str, indent: int) -> object | None:
        """A list or mapping in brackets, which may go on in deeper lines; None if it is none."""
        lines, position = [COMMENT.sub("", value)], self._position
        if (found := read_flow(lines[0], self._read_alias)) is not None:
            return found
        missing = _open_brackets(lines[0])
        while missing > 0 and position < len(self._lines) and len(lines) < LINES_LIMIT // 10:
            line = self._lines[position]
            if line.strip()[:1] not in {"]", "}", ""} and len(line) - len(line.lstrip()) <= indent:
                return None
            lines.append(COMMENT.sub("", line).strip())
            missing += _open_brackets(lines[-1])
            position += 1
        found = read_flow(" ".join(lines), self._read_alias)
        if found is not None:
            self._position = position
        return found

    def _continuation(self, indent: int) -> Iterator[str]:
        """A plain text may go on in deeper lines."""
        while (deeper := self._next_indent()) is not None and deeper > indent:
            yield self._lines[self._position].strip()
            self._position += 1

    def _read_text(self, indent: int) -> str:
        return _unquote(" ".join(self._continuation(indent - 1)))

    def _read_block_text(self, indent: int, *, folded: bool) -> str:
        lines: list[str] = []
        while self._position < len(self._lines):
            line = self._lines[self._position]
            if line.strip() and len(line) - len(line.lstrip()) <= indent:
                break
            lines.append(line)
            self._position += 1
        margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return (" " if folded else "\n").join(line[margin:] for line in lines).strip()


def _open_brackets(text: str) -> int:
    return text.count("[") + text.count("{") - text.count("]") - text.count("}")


def _put(mapping: dict[str, object], key: str, value: object) -> None:
    """Set a key; `<<` merges what an alias stands for, whose keys yield to others."""
    if key != "<<":
        mapping[key] = value
        return
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            mapping.update({name: inner for name, inner in each.items() if name not in mapping})


def _size(value: object, most: int) -> int:
    """How many parts a value has, counted up to a limit."""
    pending, count = [value], 0
    while pending and count < most:
        each = pending.pop()
        count += 1
        pending += list(each.values()) if isinstance(each, dict) else each if isinstance(each, list) else []
    return count


def read_flow(text: str, alias: Callable[[str], object] = str) -> object | None:
    """`{a: [b, c]}` as dicts and lists; None where brackets are not closed, or something follows them."""
    try:
        value, end = _Flow(text, alias).read(0, 0)
    except (IndexError, NotFlow):
        return None
    return value if not text[end:].strip() else None


class NotFlow(Exception):
    """A text is no list or mapping in brackets."""


class _Flow:
    def __init__(self, text: str, alias: Callable[[str], object]) -> None:
        self._text = text
        self._alias = alias

    def read(self, start: int, depth: int) -> tuple[object, int]:
        """A value and where it ends."""
        start = self._skip(start)
        if depth > DEPTH_LIMIT:
            raise NotFlow
        if self._text[start] == "[":
            return self._read_list(start + 1, depth)
        if self._text[start] == "{":
            return self._read_mapping(start + 1, depth)
        if depth == 0:
            raise NotFlow
        text, end = self._read_text(start)
        return (self._alias(text[1:]) if text[:1] == "*" else _unquote(PROPERTY.sub("", text))), end

    def _skip(self, position: int) -> int:
        while self._text[position].isspace():
            position += 1
        return position

    def _read_text(self, start: int) -> tuple[str, int]:
        found = FLOW_TEXT.match(self._text, start)
        if found is None:
            raise NotFlow
        if found[0][:1] not in {'"', "'"} and (colon := FLOW_COLON.search(found[0])):
            return found[0][: colon.start()].strip(), start + colon.start()
        return found[0].strip(), found.end()

    def _read_list(self, position: int, depth: int) -> tuple[object, int]:
        items: list[object] = []
        while self._text[position := self._skip(position)] != "]":
            item, end = self.read(position, depth + 1)
            if isinstance(item, str) and (colon := FLOW_KEY.match(self._text, end)):  # `[a: b]` has a mapping in it
                value, end = self.read(colon.end(), depth + 1)
                item = {item: value}
            items.append(item)
            position = self._next(end, "]")
        return items, position + 1

    def _read_mapping(self, position: int, depth: int) -> tuple[object, int]:
        found: dict[str, object] = {}
        while self._text[position := self._skip(position)] != "}":
            key, end = self._read_text(position)
            value: object = ""
            if colon := FLOW_KEY.match(self._text, end):
                value, end = self.read(colon.end(), depth + 1)
            _put(found, _unquote(key), value)
            position = self._next(end, "}")
        return found, position + 1

    def _next(self, end: int, closing: str) -> int:
        """The position behind a comma, or of the closing bracket."""
        position = self._skip(end)
        if self._text[position] == ",":
            return position + 1
        if self._text[position] != closing:
            raise NotFlow
        return position


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) > 1 and text[0] == text[-1] == '"':
        return ESCAPE.sub(_unescape, text[1:-1])
    return text


def _unescape(found: re.Match[str]) -> str:
    escape = found[1]
    return chr(int(escape[1:], 16)) if len(escape) > 1 else {"n": "\n", "t": "\t"}.get(escape, escape)
