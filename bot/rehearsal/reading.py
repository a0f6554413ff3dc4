"""Reads a scenario file and reports all its mistakes together, each with its line.

Three kinds of mistakes are found: YAML with a key twice, keys and values that the models refuse, and names that the
file does not define (an author who is not among the people, a moment that waits for an unknown issue).
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from bot.adapters.settings import NAMES, Settings
from bot.core.expected import say_expected
from bot.rehearsal.names import find_wrong_names
from bot.rehearsal.scenario import Scenario

Place = tuple[str | int, ...]


class _Yaml(yaml.SafeLoader):
    """YAML as people mean it: only true and false are truth values, so that `on:` is a key and `off` a setting."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - declared by the base class
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])


class ScenarioRefused(Exception):
    """Every mistake of a scenario, one to a line, as `file:line: where: what is wrong`."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistakes))


def read_scenario(path: Path) -> Scenario:
    """The scenario in the file. Raises ScenarioRefused with all that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ScenarioRefused([f"{path}: cannot be read: {error}"]) from error
    return _locate(parse_scenario(text, str(path)), path.absolute().parent)


def read_scenario_or_demo(path: Path | None) -> Scenario:
    """The demo's for None. Raises ScenarioRefused."""
    if path is not None:
        return read_scenario(path)
    with resources.as_file(resources.files("bot.rehearsal") / "scenarios" / "demo.yml") as demo:
        return read_scenario(demo)


def _locate(scenario: Scenario, folder: Path) -> Scenario:
    """With each source as a whole path: in the file it is relative to the file's folder."""
    found = [
        each if each.source is None else each.model_copy(update={"source": str(folder / each.source)})
        for each in scenario.repositories
    ]
    return scenario.model_copy(update={"repositories": tuple(found)})


def parse_scenario(text: str, name: str = "scenario") -> Scenario:
    """The scenario in `text`; `name` stands before each mistake. Raises ScenarioRefused."""
    node, raw = _load(text, name)
    scenario, mistakes = _validate(raw)
    mistakes += [*_find_doubled_keys(node), *find_wrong_names(raw), *_find_wrong_settings(raw)]
    if scenario is None or mistakes:
        lines = {(_line(node, place), _sentence(place, message)) for place, message in mistakes}
        raise ScenarioRefused([f"{name}:{line}: {sentence}" for line, sentence in sorted(lines)])
    return scenario


def _load(text: str, name: str) -> tuple[yaml.Node, Any]:
    try:
        node = yaml.compose(text, Loader=_Yaml)
        raw = yaml.load(text, Loader=_Yaml)  # noqa: S506 - a subclass of SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ScenarioRefused([f"{name}: not YAML: {' '.join(str(error).split())}"]) from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(raw, dict):
        raise ScenarioRefused([f"{name}:1: expected keys such as repositories and issues, found something else"])
    return node, raw


def _validate(raw: object) -> tuple[Scenario | None, list[tuple[Place, str]]]:
    try:
        return Scenario.model_validate(raw), []
    except ValidationError as error:
        return None, [_mistake(dict(each)) for each in error.errors(include_url=False)]


def _mistake(error: Mapping[str, Any]) -> tuple[Place, str]:
    place: Place = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        return place, _unknown(place)
    if error["type"] == "missing":
        return place, "missing"
    return place, say_expected(error)


def _unknown(place: Place) -> str:
    known = _keys_at(Scenario, place[:-1])
    near = difflib.get_close_matches(str(place[-1]), known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
    return f"unknown key; {hint}"


def _keys_at(kind: Any, place: Place) -> list[str]:
    """The keys that the model at `place` has, found by walking the models' own annotations."""
    if get_origin(kind) is dict and place:
        return _keys_at(get_args(kind)[1], place[1:])
    model = _model_in(kind)
    if model is None:
        return []
    if not place:
        return [field.alias or name for name, field in model.model_fields.items()]
    name = next((name for name, field in model.model_fields.items() if place[0] in (field.alias, name)), None)
    rest = tuple(part for part in place[1:] if isinstance(part, str))
    return _keys_at(model.model_fields[name].annotation, rest) if name else []


def _model_in(kind: Any) -> type[BaseModel] | None:
    """The model that a list, an optional or the like is made of, if it is made of one."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (tuple, list, Annotated, Union, types.UnionType):
        return next(filter(None, map(_model_in, get_args(kind))), None)
    return None


def _find_wrong_settings(raw: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Values that the bot would refuse, with the bot's message."""
    settings = raw.get("settings")
    for name, value in settings.items() if isinstance(settings, dict) else ():
        if name in NAMES and not isinstance(value, bool):
            try:
                Settings.model_validate({NAMES[name]: str(value)})
            except ValidationError as error:
                yield ("settings", name), say_expected(error.errors()[0])


def _find_doubled_keys(node: yaml.Node, place: Place = ()) -> Iterator[tuple[Place, str]]:
    """YAML lets the last of two equal keys win silently; here it is a mistake."""
    children = list(_children(node))
    keys = [key for key, _ in children]
    for at, (key, child) in enumerate(children):
        if key in keys[:at]:
            yield (*place, key), "said twice"
        yield from _find_doubled_keys(child, (*place, key))


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((str(key.value), child) for key, child in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)


def _line(node: yaml.Node, place: Place) -> int:
    """The line where `place` is said, or the nearest thing around it that is."""
    line = node.start_mark.line + 1
    for part in place:
        found = _child(node, part)
        if found is None:
            break
        line, node = found
    return line


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        found = [(key.start_mark.line + 1, child) for key, child in node.value if str(key.value) == str(part)]
        return found[-1] if found else None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    return None


def _sentence(place: Place, message: str) -> str:
    """`issues[2].expect.state: …`, counted from 1 as people count."""
    where = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".")
    return f"{where}: {message}" if where else message
