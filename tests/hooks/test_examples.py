"""Each row of the tables has examples of what it refuses and grants, and is the row that decides them.

An example stands for every name of its row. It is asked three times: of the whole gate, of the row's rule alone,
and under the name of a program that no table knows. So an entry that another one shadows, an alias that is
guarded less than its first name, and a name that could be deleted unnoticed are all found.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from hooks.policy import tables
from hooks.policy.examination import RULES
from hooks.policy.programs import (
    wrappers,
)
from hooks.policy.tables.rows import ClientRow, Wrapper
from tests.hooks.examples import ask, renamed
from tests.hooks.table_examples import ROWS, Named, aliases_of, ask_alone

UNHEARD_OF = "program-that-no-table-knows"
INVENTORY = Path(__file__).with_name("program_names.txt")


TABLES = sorted({each.place.rpartition(".")[0] for each in ROWS})


def rows_of(table: str) -> list[Named]:
    return [each for each in ROWS if each.place.rpartition(".")[0] == table]


@pytest.mark.parametrize("table", TABLES)
def test_a_row_refuses_its_examples(table: str) -> None:
    """Each row of the table, and no row is without an example."""
    granted = [(each.place, example) for each in rows_of(table) for example in each.row.refuses if ask(example)[0]]

    assert granted == []
    assert [each.place for each in rows_of(table) if not each.row.refuses] == []


@pytest.mark.parametrize("table", TABLES)
def test_a_row_grants_its_examples(table: str) -> None:
    rulings = {(each.place, example): ask(example) for each in rows_of(table) for example in each.row.grants}

    assert {which: ruling for which, ruling in rulings.items() if ruling != (True, "granted")} == {}


@pytest.mark.parametrize("table", TABLES)
def test_each_name_of_a_row_is_refused_by_this_row(table: str) -> None:
    """By its own rule, for that rule's reason; without the name in the tables the ruling would be another one."""
    named = [(each, name) for each in rows_of(table) for name in each.names]
    undecided = [
        (each.place, name) for each, name in named if not any(decides(each, text, name) for text in each.row.refuses)
    ]

    assert undecided == []


def decides(named: Named, example: str, name: str) -> bool:
    command, unheard_of = (renamed(example, new, named.names) for new in (shlex.quote(name), other_name(name)))
    granted, rule = ask(command)
    return not granted and ask_alone(command, name, named.rules[name]) == rule != ask(unheard_of)[1]


def other_name(name: str) -> str:
    """A program without rules. Files are no secret to those that do not print them, whatever else is known of them."""
    return "mkcert" if name in tables.read_list("name_only") else UNHEARD_OF


@pytest.mark.parametrize("named", [each for each in ROWS if aliases_of(each.row)], ids=lambda named: named.place)
def test_an_alias_is_judged_like_the_first_name(named: Named) -> None:
    """Refusals, grants and secrets alike."""
    for example in (*named.row.refuses, *named.row.grants):
        rulings = {name: ask(renamed(example, name, named.names)) for name in named.names}
        assert len(set(rulings.values())) == 1, (example, rulings)


def wrapped(name: str) -> str:
    """A command inside this wrapper, with everything before it that the wrapper's row speaks of."""
    row = tables.wrappers()[name]
    options = [f"{option} 1" for option in row.valued.split()]
    options += [f"{option} ls" for option in row.code.split()]
    return " ".join((*options, *row.run_verbs.split()[:1], *["1"] * row.skip, "shutdown now"))


@pytest.mark.parametrize("name", sorted(tables.wrappers()))
def test_what_a_wrapper_runs_is_judged(name: str) -> None:
    """Behind its options and their values, its subcommand, and the words that come before the command."""
    inside = wrapped(name)
    command = f'"{name}" {inside}'  # in quotes, because `time` is a word of the shell too

    assert not ask(command)[0], command
    assert ask_alone(command, name, wrappers.TABLE[name]) == "system.power", command
    assert ask(f"{UNHEARD_OF} {inside}")[0]


def test_one_dash_is_said_of_each_list_of_options_that_has_such_ones() -> None:
    """Otherwise `-var x` is read as the options v, a and r, and x as an operand."""
    rows: dict[str, ClientRow | Wrapper] = {**tables.clients(), **tables.wrappers()}
    wrong = [name for name, row in rows.items() if not row.one_dash and re.search(r"(?:^| )-\w\w", row.valued)]

    assert wrong == []


def all_names() -> list[str]:
    named = [(each.place, each.names) for each in ROWS]
    named += [(f"test_code.{name}", tuple(row.suffixes.split())) for name, row in tables.test_code().items()]
    named += [("wrappers", tuple(tables.wrappers())), ("languages", tuple(tables.languages()))]
    named += [(f"variables.{name}", tuple(row.names.split())) for name, row in tables.variables().items()]
    named += [(f"words.{name}", tuple(tables.read_list(name))) for name in tables.read_document("words")]
    named += [("machine.packages.verbs", tuple(tables.package_words("verbs")))]
    named += [
        (f"options.{name}", tuple(tables.value_options(name).split())) for name in tables.read_document("options")
    ]
    rows: dict[str, ClientRow | Wrapper] = {**tables.clients(), **tables.wrappers()}
    named += [(f"options of {name}", tuple(row.valued.split())) for name, row in rows.items() if row.valued]
    return sorted(f"{place}: {' '.join(sorted(names))}" for place, names in named)


def test_no_program_name_vanishes_unnoticed() -> None:
    """The list is a second record of the names: who takes a program out of the tables has to say so twice."""
    assert INVENTORY.read_text().splitlines() == all_names()


def test_every_program_that_has_a_rule_stands_in_a_table() -> None:
    """A name that only the code knows would have no example."""
    others = ("words.", "options")
    known = {name for line in all_names() if not line.startswith(others) for name in line.partition(": ")[2].split()}

    assert sorted(set(RULES) - known) == []
