"""Each pattern of the tables, and each alternative in it, decides at least one example, which would differ without it.

`reading_calls.txt` holds a call for each thing that a client's row calls reading; the other examples stand in the rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hooks.policy import judge, tables
from hooks.policy.asking import is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs.deploy import Client, read_client
from hooks.policy.programs.publish import publishes
from hooks.policy.tables.rows import ClientRow, ContainerEngine, MachineTool, PlatformTool, Row, Vault
from tests.hooks.pattern_parts import without_each_alternative
from tests.hooks.rewriting import PERSON

R = TypeVar("R", bound=Row)
CALLS = Path(__file__).with_name("reading_calls.txt")


def reading_calls() -> dict[str, tuple[str, ...]]:
    sections = re.split(r"^\[(.+)\]$", CALLS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        name: tuple(filter(None, lines.splitlines())) for name, lines in zip(sections[::2], sections[1::2], strict=True)
    }


READING = reading_calls()
CLIENTS = sorted(tables.clients())


def words_of(example: str) -> tuple[str, ...]:
    return tuple(example.split()[1:])


def reads(client: Client, call: str) -> bool:
    words = tuple(call.split())
    operands = parse(words, client.row.valued, one_dash=client.row.one_dash).operands
    return client.reads_only(operands, words)


def reduced(patterns: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The patterns without one of them, or without one alternative of one of them; each with what is gone."""
    for index, pattern in enumerate(patterns):
        before, behind = patterns[:index], patterns[index + 1 :]
        yield pattern, (*before, *behind)
        for gone, rest in without_each_alternative(pattern):
            yield f"{gone} in {pattern}", (*before, rest, *behind)


def with_key(row: R, key: str, value: Any) -> R:
    return replace(row, **{key: value})


def unnoticed_in(row: ClientRow, key: str, notices: Callable[[ClientRow], bool]) -> list[str]:
    changed = ((gone, with_key(row, key, rest)) for gone, rest in reduced(getattr(row, key)))
    return [gone for gone, each in changed if not notices(each)]


@pytest.mark.parametrize("name", CLIENTS)
def test_a_reading_call_is_granted(name: str) -> None:
    """By the whole gate."""
    calls = [f"{name} {call}" for call in READING.get(name, ())]

    assert [call for call in calls if not judge("Bash", {"command": call}, PERSON).granted] == []


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("key", ["reads", "verbs"])
def test_each_reading_pattern_decides_a_call(name: str, key: str) -> None:
    """One that decides none is dead, or shadowed, or could be deleted unnoticed."""
    calls = READING.get(name, ())

    def notices(row: ClientRow) -> bool:
        client = read_client(row)
        return not all(reads(client, call) for call in calls)

    assert unnoticed_in(tables.clients()[name], key, notices) == []


@pytest.mark.parametrize("name", CLIENTS)
def test_each_pattern_of_a_clients_secrets_decides_an_example(name: str) -> None:
    examples = [words_of(example) for example in tables.clients()[name].refuses_secrets]

    def notices(row: ClientRow) -> bool:
        client = read_client(row)
        return not all(client.reveals_secret(words) for words in examples)

    assert unnoticed_in(tables.clients()[name], "secrets", notices) == []


@pytest.mark.parametrize("name", CLIENTS)
def test_each_dry_run_decides_an_example(name: str) -> None:
    row = tables.clients()[name]
    calls = (tuple(call.split()) for call in READING.get(name, ()))
    examples = [words for words in calls if asks_by(row, words)]

    assert unnoticed_in(row, "dry", lambda each: not all(asks_by(each, words) for words in examples)) == []


def asks_by(row: ClientRow, words: tuple[str, ...]) -> bool:
    return is_dry_run(words, row.dry, row.valued, one_dash=row.one_dash)


def is_container_call(row: ContainerEngine, words: tuple[str, ...]) -> tuple[bool, ...]:
    joined = " ".join(word for word in words if not word.startswith("-"))
    return tuple(
        any(re.fullmatch(rf"(?:{pattern})( .*)?", joined) for pattern in patterns)
        for patterns in (row.changes, row.publishes, row.secrets)
    )


def changes_machine(row: PlatformTool, words: tuple[str, ...]) -> bool:
    return re.match(row.changes, " ".join(words)) is not None


def looks_at_machine(row: MachineTool, words: tuple[str, ...]) -> bool:
    return re.fullmatch(row.reads, " ".join(words)) is not None


def reveals(row: Vault, words: tuple[str, ...]) -> bool:
    return re.fullmatch(row.reveals, " ".join(words)) is not None


Decides = Callable[[Any, tuple[str, ...]], object]
OTHERS: list[tuple[str, Row, tuple[str, ...], Decides]] = [
    *((f"publishers.{n}", r, ("publishes", "by_options", "unless"), publishes) for n, r in tables.publishers().items()),
    *((f"vaults.{n}", r, ("reveals",), reveals) for n, r in tables.vaults().items()),
    *((f"platform_tools.{n}", r, ("changes",), changes_machine) for n, r in tables.platform_tools().items()),
    *((f"machine_tools.{n}", r, ("reads",), looks_at_machine) for n, r in tables.machine_tools().items()),
]


@pytest.mark.parametrize(("place", "row", "keys", "decides"), OTHERS, ids=[place for place, *_ in OTHERS])
def test_each_alternative_of_another_row_decides_an_example(
    place: str, row: Row, keys: tuple[str, ...], decides: Decides
) -> None:
    """Of its publishing, revealing, changing or reading calls."""
    examples = [words_of(example) for example in (*row.refuses, *row.grants)]
    unnoticed = [
        gone
        for key in keys
        for gone, rest in without_each_alternative(getattr(row, key))
        if all(decides(with_key(row, key, rest), words) == decides(row, words) for words in examples)
    ]

    assert unnoticed == [], place


@pytest.mark.parametrize("name", sorted(tables.publishers()))
def test_each_dry_run_of_a_publisher_decides_an_example(name: str) -> None:
    row = tables.publishers()[name]
    examples = [words_of(example) for example in (*row.refuses, *row.grants)]
    changed = ((gone, with_key(row, "dry", rest)) for gone, rest in reduced(row.dry))

    assert [gone for gone, each in changed if all(publishes(each, w) == publishes(row, w) for w in examples)] == []


@pytest.mark.parametrize("key", ["changes", "publishes", "secrets"])
@pytest.mark.parametrize("name", sorted(tables.container_engines()))
def test_each_pattern_of_a_container_engine_decides_an_example(name: str, key: str) -> None:
    row = tables.container_engines()[name]
    examples = [words_of(example) for example in (*row.refuses, *row.grants)]

    def notices(each: ContainerEngine) -> bool:
        return any(is_container_call(each, words) != is_container_call(row, words) for words in examples)

    changed = ((gone, with_key(row, key, rest)) for gone, rest in reduced(getattr(row, key)))
    assert [gone for gone, each in changed if not notices(each)] == []


@pytest.mark.parametrize("name", sorted(tables.system_managers()))
def test_each_dry_run_of_a_system_manager_decides_an_example(name: str) -> None:
    row, takes = tables.system_managers()[name], tables.valued("system_packages")
    examples = [words_of(example) for example in row.grants]

    assert [gone for gone, rest in reduced(row.dry) if all(is_dry_run(w, rest, takes) for w in examples)] == []
