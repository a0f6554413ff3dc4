"""tox's settings in TOML, as the sections that its older form has."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from bot.core.untrusted import as_dict, as_list, as_str


def read_tables(document: Mapping[str, object]) -> dict[str, dict[str, str]]:
    """`env_run_base` and the tables of `env`, by the names of sections; a key's value has one line for each entry."""
    top = {key: _lines(value) for key, value in document.items() if key == "env_list"}
    found = {"tox": top, "testenv": _table(document.get("env_run_base"))}
    for name, table in as_dict(document.get("env")).items():
        found[f"testenv:{name}"] = _table(table)
    return found


def _table(table: object) -> dict[str, str]:
    found = {key: _lines(value) for key, value in as_dict(table).items()}
    variables = as_dict(as_dict(table).get("set_env"))
    if variables:
        found["set_env"] = "\n".join(f"{name}={_word(value)}" for name, value in variables.items())
    return found


def _lines(value: object) -> str:
    if isinstance(value, str):
        return value
    return "\n".join(_line(each) for each in as_list(value))


def _line(value: object) -> str:
    """A command is a list of words."""
    return shlex.join(_words(value)) if isinstance(value, list) else _word(value)


def _words(values: list[object]) -> Iterator[str]:
    for value in values:
        default = as_dict(value).get("default")
        if isinstance(default, list):
            yield from _words(default)
        elif word := _word(value):
            yield word


def _word(value: object) -> str:
    return value if isinstance(value, str) else as_str(as_dict(value).get("default"))
