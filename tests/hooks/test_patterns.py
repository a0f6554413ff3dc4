"""Each pattern of the tables, and each alternative in it, decides at least one example, which would differ without it.

`reading_calls.txt` holds a call for each thing that a client's row calls reading; the other examples stand in the rows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from hooks.policy import judge, tables
from hooks.policy.asking import is_dry_run
from hooks.policy.options import parse
from hooks.policy.programs.calls import call_rule
from hooks.policy.programs.deploy import Client, read_client
from hooks.policy.programs.publish import publishes
from hooks.policy.tables.reading import Row, read_row
from hooks.policy.tables.rows import CallRule, ClientRow, ContainerEngine, SystemManager, Vault
from tests.hooks.pattern_parts import without_each_alternative
from tests.hooks.rewriting import PERSON
from tests.hooks.table_examples import CALL_MODULES, ask_alone

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


def unnoticed(key: str, notices: Callable[[str, ClientRow], bool]) -> dict[str, list[str]]:
    """By client, what could be taken out of these patterns without any example that notices."""
    found = {
        name: [gone for gone, rest in reduced(getattr(row, key)) if not notices(name, with_key(row, key, rest))]
        for name, row in tables.clients().items()
    }
    return {name: gone for name, gone in found.items() if gone}


def test_a_reading_call_is_granted() -> None:
    """By the whole gate."""
    calls = [f"{name} {call}" for name in CLIENTS for call in READING.get(name, ())]

    assert len(calls) > 2000
    assert [call for call in calls if not judge("Bash", {"command": call}, PERSON).granted] == []


@pytest.mark.parametrize("key", ["reads", "verbs"])
def test_each_reading_pattern_decides_a_call(key: str) -> None:
    """One that decides none is dead, or shadowed, or could be deleted unnoticed."""

    def notices(name: str, row: ClientRow) -> bool:
        whole, client = read_client(tables.clients()[name]), read_client.__wrapped__(row)
        return any(reads(whole, call) and not reads(client, call) for call in READING.get(name, ()))

    assert unnoticed(key, notices) == {}


def test_each_pattern_of_a_clients_secrets_decides_an_example() -> None:
    def notices(_name: str, row: ClientRow) -> bool:
        client = read_client.__wrapped__(row)
        return not all(client.reveals_secret(words_of(example)) for example in row.refuses_secrets)

    assert unnoticed("secrets", notices) == {}


def test_each_dry_run_decides_an_example() -> None:
    def notices(name: str, row: ClientRow) -> bool:
        calls = [tuple(call.split()) for call in READING.get(name, ())]
        return any(asks_by(tables.clients()[name], words) and not asks_by(row, words) for words in calls)

    assert unnoticed("dry", notices) == {}


def asks_by(row: ClientRow, words: tuple[str, ...]) -> bool:
    return is_dry_run(words, row.dry, row.valued, one_dash=row.one_dash)


def is_container_call(row: ContainerEngine, words: tuple[str, ...]) -> tuple[bool, ...]:
    joined = " ".join(word for word in words if not word.startswith("-"))
    return tuple(
        any(re.fullmatch(rf"(?:{pattern})( .*)?", joined) for pattern in patterns)
        for patterns in (row.changes, row.publishes, row.secrets)
    )


def reveals(row: Vault, words: tuple[str, ...]) -> bool:
    return re.fullmatch(row.reveals, " ".join(words)) is not None


def only_simulates(row: SystemManager, words: tuple[str, ...]) -> bool:
    return is_dry_run(words, row.dry, tables.value_options("system_packages"))


PUBLISHER_KEYS = ("publishes", "by_options", "unless", "dry")
ENGINE_KEYS = ("changes", "publishes", "secrets")
Decides = Callable[[Any, tuple[str, ...]], object]
OTHERS: list[tuple[str, Row, tuple[str, ...], Decides]] = [
    *((f"publishers.{n}", r, PUBLISHER_KEYS, publishes) for n, r in tables.publishers().items()),
    *((f"containers.{n}", r, ENGINE_KEYS, is_container_call) for n, r in tables.container_engines().items()),
    *((f"managers.{n}", r, ("dry",), only_simulates) for n, r in tables.system_managers().items()),
    *((f"vaults.{n}", r, ("reveals",), reveals) for n, r in tables.vaults().items()),
]


def unnoticed_of(row: Row, key: str, decides: Decides) -> list[str]:
    examples = [words_of(example) for example in (*row.refuses, *row.grants)]
    value = getattr(row, key)
    changed = reduced(value) if isinstance(value, tuple) else without_each_alternative(value)
    return [
        gone
        for gone, rest in changed
        if all(decides(with_key(row, key, rest), words) == decides(row, words) for words in examples)
    ]


@pytest.mark.parametrize("table", ["publishers", "vaults", "containers", "managers"])
def test_each_alternative_of_another_row_decides_an_example(table: str) -> None:
    """Of its publishing, revealing, changing or reading calls, or of its dry runs."""
    rows = [each for each in OTHERS if each[0].startswith(f"{table}.")]
    found = {f"{place} {key}": unnoticed_of(row, key, decides) for place, row, keys, decides in rows for key in keys}

    assert rows
    assert {place: gone for place, gone in found.items() if gone} == {}


CALL_PATTERNS = ("operands", "words", "any_word", "unless_operands", "unless_words", "dry")
CALL_NAMES = ("subcommands", "verbs", "options", "also_options", "reads", "unless_options", "asking")
CALL_RULES = [(f"{module}.{name}", row) for module in CALL_MODULES for name, row in tables.call_rules(module).items()]


def refuses(row: CallRule, example: str) -> str:
    """The rule by which a row alone refuses a command, or "" for none."""
    name = next(name for name in row.programs.split() if name in example.split())
    return ask_alone(example, name, call_rule(row))


def parts_of(row: CallRule) -> Iterator[tuple[str, CallRule]]:
    """The row without one alternative of a pattern, or without one of its names; each with what is gone."""
    for key in CALL_PATTERNS:
        never = (NEVER,) if key in {"operands", "words", "any_word"} else ()
        for gone, patterns in reduced(getattr(row, key)):
            yield f"{key}: {gone}", with_key(row, key, patterns or never)
    for key in CALL_NAMES:
        names = getattr(row, key).split()
        for name in names:
            others = " ".join(each for each in names if each != name)
            yield f"{key}: {name}", with_key(row, key, others or ("never" if key in CONDITIONS else ""))


NEVER = "(?!)"
CONDITIONS = ("subcommands", "verbs", "options", "also_options", "reads")


@pytest.mark.parametrize(("place", "row"), CALL_RULES, ids=[place for place, _ in CALL_RULES])
def test_each_part_of_a_row_of_calls_decides_an_example(place: str, row: CallRule) -> None:
    """A subcommand, an option, an alternative or an exception that no example tries could be deleted unnoticed."""
    examples = (*row.refuses, *row.grants)
    before = [refuses(row, example) for example in examples]
    unnoticed = [gone for gone, rest in parts_of(row) if [refuses(rest, example) for example in examples] == before]

    assert before == [row.refuse] * len(row.refuses) + [""] * len(row.grants), place
    assert unnoticed == [], place


@pytest.mark.parametrize(("place", "row"), [each for each in CALL_RULES if each[1].runs])
def test_what_a_call_runs_is_judged_before_it(place: str, row: CallRule) -> None:
    """The refusal names what would run, not only the option that runs it."""
    for subcommand in row.subcommands.split():
        for option in row.runs.split():
            given = f"{option}=" if option.startswith("--") else f"{option} "
            ruling = judge("Bash", {"command": f"{row.programs} {subcommand} {given}'shutdown now'"}, PERSON)
            assert ruling.rule == "system.power", (place, subcommand, option)


def test_the_row_that_the_documentation_shows_does_what_it_says() -> None:
    """A person who adds a rule begins with it."""
    shown = re.findall(r"```toml\n(.*?)```", (Path(__file__).parents[2] / "docs/gate.md").read_text(), re.DOTALL)
    ((name, values),) = tomllib.loads(shown[0]).items()
    row = read_row(CallRule, name, values)

    assert [refuses(row, example) for example in row.refuses] == [row.refuse]
    assert [refuses(row, example) for example in row.grants] == [""]
