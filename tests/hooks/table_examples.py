"""The examples in the tables of the gate's policy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hooks.policy import tables
from hooks.policy.examination import DOMAINS, Examination
from hooks.policy.programs import (
    Rule,
    consoles,
    containers,
    deploy,
    escapes,
    loaders,
    packages,
    publish,
    secrets,
    system,
)
from hooks.policy.programs.calls import call_rule
from hooks.policy.programs.written_places import check_row
from hooks.policy.ruling import Refused
from hooks.policy.shell.facade import Shell
from hooks.policy.shell.memory import Memory
from hooks.policy.shell.scope import Scope
from hooks.policy.shell.values import Command, Feed
from hooks.policy.shell.walker import Walker
from hooks.policy.tables.reading import NamedRow, Row
from tests.hooks.rewriting import PERSON

CALL_MODULES = sorted(path.stem for path in (Path(tables.FOLDER) / "calls").iterdir())


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A row, its place in the tables, the names that it speaks of, and the rule that it gives each of them."""

    place: str
    names: tuple[str, ...]
    row: Row
    rules: dict[str, Rule]


def families() -> Iterator[Named]:
    for domain in DOMAINS:
        module = domain.__name__.rpartition(".")[2]
        if (Path(tables.FOLDER) / "families" / f"{module}.toml").exists():
            for name, row in tables.families(module).items():
                names = tuple(row.programs.split())
                rules = dict.fromkeys(names, getattr(domain, name))
                yield Named(place=f"families.{module}.{name}", names=names, row=row, rules=rules)


def calls() -> Iterator[Named]:
    for module in CALL_MODULES:
        for name, row in tables.call_rules(module).items():
            names = tuple(row.programs.split())
            rules = dict.fromkeys(names, call_rule(row))
            yield Named(place=f"calls.{module}.{name}", names=names, row=row, rules=rules)


def rows() -> Iterator[Named]:
    yield from families()
    yield from calls()
    for name, client in tables.clients().items():
        yield aliased("clients", name, client, deploy.TABLE)
    for name, loader in tables.loaders().items():
        names = tuple(loader.programs.split())
        rules = dict.fromkeys(names, loaders.loader_rule(loader))
        yield Named(place=f"loaders.{name}", names=names, row=loader, rules=rules)
    for name, places in tables.written_places().items():
        names = tuple(places.programs.split())
        rules = dict.fromkeys(names, partial(check_row, places))
        yield Named(place=f"written_places.{name}", names=names, row=places, rules=rules)
    for name, engine in tables.container_engines().items():
        yield aliased("containers", name, engine, containers.TABLE)
    for name, publisher in tables.publishers().items():
        rules_of_all: dict[str, Rule] = dict.fromkeys((name, *publisher.aliases.split()), publish.check_publisher)
        yield aliased("publishers", name, publisher, rules_of_all)
    for name, manager in tables.python_managers().items():
        yield aliased("python_managers", name, manager, packages.TABLE)
    for name, escape in tables.escapes().items():
        yield aliased("escapes", name, escape, escapes.TABLE)
    for name, console in tables.consoles().items():
        names = tuple(console.programs.split())
        yield Named(
            place=f"consoles.{name}",
            names=names,
            row=console,
            rules=dict.fromkeys(names, consoles.console_rule(console)),
        )
    for name, installer in tables.installers().items():
        yield aliased("installers", name, installer, packages.TABLE)
    for name, vault in tables.vaults().items():
        yield aliased("vaults", name, vault, secrets.TABLE)
    for name, system_manager in tables.system_managers().items():
        yield aliased("system_managers", name, system_manager, system.TABLE)


def aliases_of(row: Row) -> tuple[str, ...]:
    return tuple(row.aliases.split()) if isinstance(row, NamedRow) else ()


def aliased(table: str, first: str, row: Row, rules: dict[str, Rule]) -> Named:
    return Named(place=f"{table}.{first}", names=(first, *aliases_of(row)), row=row, rules=rules)


ROWS = tuple(rows())


def ask_alone(command: str, name: str, rule: Rule) -> str:
    """The rule's own finding, whatever other rules would have said before it: its id, or "" for none."""
    examination = Examination(Memory(PERSON))

    def ask_rule(each: Command, scope: Scope) -> Feed:
        if each.program != name:
            return examination.execute(each, scope)
        rule(each, Shell(walker=examination.walker, scope=scope))
        return Feed(text=None, sources=(each.argv,))

    try:
        Walker(examination.memory, ask_rule).walk_text(command, Scope(folders=frozenset({str(PERSON.workspace)})))
    except Refused as refused:
        return refused.rule
    return ""
