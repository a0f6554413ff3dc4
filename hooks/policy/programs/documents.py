"""Reads the documents in which projects keep their tasks: JSON, TOML, YAML, INI, and files of `name: command` lines.

Each becomes nested dicts, lists and texts. Reading is generous: lines that are not understood are left out. A text of
too many lines is TooMuch; nothing else raises.
"""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Callable, Iterator

from hooks.policy.patterns import compile_once
from hooks.policy.programs.yaml_documents import read_yaml


def read_json(text: str) -> object:
    """JSON, comments and commas at ends of lists allowed, as in tsconfig and deno.jsonc."""
    for candidate in (text, re.sub(r",(\s*[}\]])", r"\1", re.sub(r"(?m)^\s*//.*$|/\*.*?\*/", "", text))):
        try:
            return json.loads(candidate)
        except (ValueError, RecursionError):
            continue
    return {}


def read_toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def read_ini(text: str) -> object:
    """Sections of options; one of several lines is a list of them."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, comment_prefixes=("#",), delimiters=("=",))
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {name: {key: _split_lines(value or "") for key, value in parser.items(name)} for name in parser.sections()}


def _split_lines(value: str) -> list[str]:
    return [line.strip() for line in value.replace("\\\n", " ").splitlines() if line.strip()]


def read_lines(text: str) -> object:
    """A Procfile: a name, a colon, a command."""
    pairs = (line.partition(":") for line in text.splitlines() if not line.startswith("#"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def read_cells(text: str) -> str:
    """The code of a notebook's cells as Python; `!command` and `%%bash` are calls of a shell."""
    document = read_json(text)
    cells = document.get("cells", []) if isinstance(document, dict) else []
    sources = [each.get("source", "") for each in cells if isinstance(each, dict) and each.get("cell_type") == "code"]
    return "\n".join(_read_cell("".join(each) if isinstance(each, list) else str(each)) for each in sources)


def _read_cell(source: str) -> str:
    if shell := re.match(r"\s*%%(?:bash|sh|script \S+|!)[^\n]*\n(.*)", source, re.DOTALL):
        return f"import os; os.system({shell[1]!r})"
    return re.sub(
        r"(?m)^(\s*)(?:\w+\s*=\s*)?(?:!!?|%(?:sx|system)\s)(.+)$",
        lambda line: f"{line[1]}os.system({line[2]!r})",
        source,
    )


READERS: dict[str, Callable[[str], object]] = {
    "json": read_json, "toml": read_toml, "yaml": read_yaml, "ini": read_ini, "lines": read_lines,
}  # fmt: skip


ENDINGS = {"toml": read_toml, "json": read_json, "yml": read_yaml, "yaml": read_yaml, "ini": read_ini, "cfg": read_ini}
SETTINGS_IN_TOML = frozenset({"Pipfile"})
SETTINGS_IN_INI = frozenset({".flake8", ".coveragerc", ".pylintrc", "pylintrc", ".noserc"})


def find_reader(name: str) -> Callable[[str], object]:
    """How a document of this name is read; `.xrc` may be JSON or YAML."""
    base = name.rpartition("/")[2]
    if base in SETTINGS_IN_TOML:
        return read_toml
    if base in SETTINGS_IN_INI:
        return read_ini
    return ENDINGS.get(base.rpartition(".")[2], _read_json_or_yaml)


def _read_json_or_yaml(text: str) -> object:
    return read_json(text) if text.lstrip().startswith(("{", "[", "//", "/*")) else read_yaml(text)


def select(document: object, path: str, goals: tuple[str, ...], *, every: bool = False) -> list[str]:
    """The commands at a path: `*` is any key, `**` any number of them, `{goal}` each goal and what it names. With
    `every` all texts, whatever their keys."""
    return list(_select([document], path.split("."), goals, every=every))


def _select(nodes: list[object], parts: list[str], goals: tuple[str, ...], *, every: bool) -> Iterator[str]:
    if not parts:
        for node in nodes:
            yield from _all_texts(node) if every else _texts(node)
        return
    for node in nodes:
        if parts[0] == "**":
            yield from _select([node, *_descendants(node)], parts[1:], goals, every=every)
        else:
            yield from _select(_children(node, parts[0], goals), parts[1:], goals, every=every)


def _descendants(node: object) -> Iterator[object]:
    """All mappings and lists below a node."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for each in inner:
        if isinstance(each, dict | list):
            yield each
            yield from _descendants(each)


def _children(node: object, part: str, goals: tuple[str, ...]) -> list[object]:
    if isinstance(node, list):
        return [child for each in node for child in (_children(each, part, goals) if part != "*" else [each])]
    if not isinstance(node, dict):
        return []
    if part == "{goal}":
        return [node[name] for name in _find_reached(node, goals)]
    pattern = compile_once(re.escape(part).replace(r"\*", ".*"))
    return [value for key, value in node.items() if pattern.fullmatch(str(key))]


def _find_reached(node: dict[str, object], goals: tuple[str, ...]) -> list[str]:
    """The goals that the document has, and those that one of them names as a whole text."""
    reached = [goal for goal in goals if goal in node]
    for name in reached:
        named = {text.lstrip("@").partition(" ")[0] for text in _texts(node[name], every=True)}
        reached += [each for each in node if each in named and each not in reached]
    return reached


def _all_texts(node: object) -> Iterator[str]:
    """All texts below a node, its keys too."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield str(key)
            yield from _all_texts(value)
    elif isinstance(node, list):
        for each in node:
            yield from _all_texts(each)


COMMAND_KEYS = frozenset({"cmd", "cmds", "sh", "run", "command", "commands", "script", "shell", "exec", "defer"})


def _texts(node: object, *, every: bool = False) -> Iterator[str]:
    """The texts below a node; of a mapping those under the keys that hold commands; a list in a list is one command."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        if len(node) > 1 and all(isinstance(each, str) and not re.search(r"\s", each) for each in node):
            yield " ".join(node)  # it may as well be the words of one command
        for each in node:
            if isinstance(each, list) and all(isinstance(word, str) for word in each):
                yield " ".join(each)
            else:
                yield from _texts(each, every=every)
    elif isinstance(node, dict):
        arguments = node.get("args")
        words = [str(word) for word in arguments] if isinstance(arguments, list) else []
        for key, value in node.items():
            if every or key in COMMAND_KEYS:
                yield from [" ".join((value, *words))] if isinstance(value, str) else _texts(value, every=every)
