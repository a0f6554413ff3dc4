"""docs/scenarios.md and docs/scenario-faults.md are the format's manual: every example is valid, and no key missing."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel

from bot.rehearsal.reading import parse_scenario
from bot.rehearsal.scenario import RESERVED_SETTINGS, Scenario

DOCS = Path(__file__).parents[2] / "docs"
MANUAL = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("scenarios.md", "scenario-faults.md"))
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```$", MANUAL, re.DOTALL | re.MULTILINE)

# What the examples take for granted when they show a part alone.
AROUND = {
    "people": "people: [{login: ada}, {login: mallory}]\n",
    "repositories": "repositories: [{name: octo/clock}, {name: octo/museum}]\n",
    "issues": """\
issues:
  - {key: command, repository: octo/clock, title: Offer the parser, author: ada}
  - key: parser
    repository: octo/clock
    title: Read durations
    author: ada
""",
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_valid(example: str) -> None:
    """Whatever the manual shows can be pasted into a scenario."""
    keys = yaml.safe_load(example).keys()
    if keys <= Scenario.model_fields.keys():
        parse_scenario("".join(text for key, text in AROUND.items() if key not in keys) + example)
    else:
        parse_scenario("".join(AROUND.values()) + textwrap.indent(example, "    "))


def test_every_key_is_explained() -> None:
    """Users cannot find a key that the manual does not name."""
    missing = sorted(key for key in set(keys_of(Scenario)) if f"`{key}`" not in MANUAL)

    assert missing == []


def test_the_settings_that_cannot_be_overridden_are_named() -> None:
    """The manual lists what the rehearsal sets itself."""
    assert sorted(name for name in RESERVED_SETTINGS if f"`{name}`" not in MANUAL) == []


def keys_of(kind: Any) -> Iterator[str]:
    """The keys of a model and of all models within it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield name
            yield from keys_of(field.annotation)
    for part in get_args(kind):
        yield from keys_of(part)
