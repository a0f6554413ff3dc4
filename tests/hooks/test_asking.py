"""Words such as `--help`, `version` and `--dry-run` count only where the program reads them so."""

from __future__ import annotations

import pytest

from hooks.policy import judge, tables
from hooks.policy.asking import asks, asks_for_help, asks_for_version, is_dry_run
from hooks.policy.options import parse
from hooks.policy.tables import value_options
from tests.hooks.rewriting import PERSON

ROWS = {
    **{f"clients.{name}": row for name, row in tables.clients().items()},
    **{f"publishers.{name}": row for name, row in tables.publishers().items()},
}
ELSEWHERE = (
    "{} help",
    "{} version",
    "{} --version 1.2.3",
    "{} -V",
    "{} --message --help",
    "{} --message --dry-run",
    "{} --of-an-unknown-option --help",
    "{} -- --help",
    "{} -- --dry-run",
    "{} --dry-run=false",
    "{} --dry-run --no-dry-run",
    "{} --check-first --diff --plan=p --preview-url u",
)
"""The words where they mean something else, or nothing."""


def granted(command: str) -> bool:
    return judge("Bash", {"command": command}, PERSON).granted


def has_operand(example: str) -> bool:
    """`surge -V` prints the version, for `surge` has no subcommands."""
    return bool(parse(example.split()[1:], value_options("publisher")).operands)


def asked(kind: str) -> list[str]:
    """The first examples of each row that have no `--`."""
    rows = [row for place, row in ROWS.items() if place.startswith(kind)]
    return [example for row in rows for example in row.refuses[:2] if " -- " not in example]


@pytest.mark.parametrize("kind", ["clients", "publishers"])
@pytest.mark.parametrize("form", ELSEWHERE)
def test_a_word_at_another_place_switches_no_rule_off(form: str, kind: str) -> None:
    commands = [form.format(example) for example in asked(kind) if has_operand(example)]

    assert [command for command in commands if granted(command)] == []


@pytest.mark.parametrize("kind", ["clients", "publishers"])
def test_help_is_granted_for_each_call(kind: str) -> None:
    """As an option behind the whole call, for people and agents ask that way first."""
    examples = [example for example in asked(kind) if not example.rpartition(" ")[2].startswith("-")]

    assert [example for example in examples if not granted(f"{example} --help")] == []


@pytest.mark.parametrize(
    ("words", "takes", "expected"),
    [
        ("--help", "", True),
        ("get --help", "", True),
        ("-n prod delete --help", "-n", True),
        ("--yes --help", "", True),
        ("--name=x --help", "", True),
        ("help", "", True),
        ("-n prod help delete", "-n", True),
        ("-n help delete", "-n", False),
        ("--namespace help delete", "", False),
        ("delete help", "", False),
        ("--unknown help delete", "", False),
        ("--unknown --help", "", False),
        ("-- --help", "", False),
        ("delete -- web --help", "", False),
        ("-- help", "", False),
        ("delete --help=false", "", False),
        ("-h host status", "-h", False),
        ("-x -h", "-x", False),
    ],
)
def test_where_help_is_asked_for(words: str, takes: str, *, expected: bool) -> None:
    assert asks_for_help(words.split(), takes) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("--version", True),
        ("-V", True),
        ("-v", True),
        ("version", True),
        ("--no-color --version", True),
        ("upgrade app --version 1", False),
        ("--version 1 upgrade app", False),
        ("delete -V", False),
        ("delete version", False),
        ("--name --version", False),
    ],
)
def test_where_the_version_is_asked_for(words: str, *, expected: bool) -> None:
    assert asks_for_version(words.split()) is expected
    assert asks(words.split()) is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("apply --dry-run=client", True),
        ("apply -n x --dry-run=server", True),
        ("apply --dry-run", True),
        ("apply --dry-run=none", False),
        ("apply --dry-run=client --dry-run=none", False),
        ("apply --dry-run=none --dry-run=client", True),
        ("apply --dry-run false", False),
        ("apply --dry-run --no-dry-run", False),
        ("apply --no-dry-run --dry-run", False),
        ("apply --dry-run --no-dry", False),
        ("apply -- --dry-run", False),
        ("apply -n --dry-run", False),
        ("exec web --dry-run", False),
        ("apply -w", True),
        ("apply -xw", True),
        ("apply -nw", False),
        ("apply -w --dry-run=none", False),
    ],
)
def test_what_is_a_dry_run(words: str, *, expected: bool) -> None:
    """The last of an option counts, unless it is a value itself or is switched off."""
    dry = ("(apply|create) --dry-run(=(client|server))?", "apply -w")

    assert is_dry_run(words.split(), dry, "-n") is expected
