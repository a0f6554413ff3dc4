"""Modules that talk to services: each import and each call of a row is refused, and granted where the service is this
machine."""

from __future__ import annotations

import re

import pytest

from hooks.policy import tables
from hooks.policy.tables.rows import Library
from tests.hooks.examples import ask

ROWS = tables.libraries()


def program(row: Library, imported: str, called: str) -> str:
    """A command that loads the module and calls the function; what else must stand in it is taken from an example."""
    more = "WithDecryption=True" if "WithDecryption" in row.only else "privileged=True" if row.only else ""
    node = (
        imported.startswith("@") or "-" in imported or "." in imported.removeprefix("google.").removeprefix("pulumi.")
    )
    name = called.replace("*", "x")
    if node:
        made = f"new {name}" if name[:1].isupper() else f"c.{name}"
        return f"node -e \"const m = require('{imported.replace('*', 'x')}'); {made}({{{more.replace('=T', ': t')}}})\""
    return f'python3 -c "import {imported}; c.{name}({more})"'


@pytest.mark.parametrize("name", ROWS)
def test_each_call_is_refused_by_the_rule_of_its_row(name: str) -> None:
    row = ROWS[name]
    first = row.imports.split()[0]
    classes = next((each for each in row.imports.split() if each.startswith("@")), first)
    programs = {each: program(row, classes if each[0].isupper() else first, each) for each in row.calls.split()}

    assert {called: ask(each) for called, each in programs.items()} == dict.fromkeys(programs, (False, row.rule))


@pytest.mark.parametrize("name", ROWS)
def test_each_import_is_known(name: str) -> None:
    row = ROWS[name]
    called = row.calls.split()[0]
    programs = {imported: program(row, imported, called) for imported in row.imports.split()}

    assert {imported: ask(each)[0] for imported, each in programs.items()} == dict.fromkeys(programs, False)


@pytest.mark.parametrize("name", ROWS)
def test_the_examples_of_a_row(name: str) -> None:
    """By the whole gate; and without the module the same call is none of a service."""
    row = ROWS[name]

    assert [ask(example) for example in row.refuses] == [(False, row.rule)] * len(row.refuses)
    assert [example for example in row.grants if not ask(example)[0]] == []


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if "localhost" in row.unless])
def test_a_service_of_this_machine_may_be_changed(name: str) -> None:
    row = ROWS[name]
    local = row.refuses[0].replace("https://example.com", "http://localhost:1")
    there = re.sub(r"(?=\b(?:import|from|const)\b)", "u = 'http://localhost:1'; ", local, count=1)

    assert ask(there)[0]
