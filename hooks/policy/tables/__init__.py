"""What the policy knows of programs, as data: one TOML file for each kind, explained in its first lines.

Rows are read strictly (`reading.py`): with a wrong table the gate does not start, so that it refuses every call.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from hooks.policy.tables.reading import InvalidTable, NamedRow, Row, read_row
from hooks.policy.tables.rows import (
    CallRule,
    ClientRow,
    Console,
    ContainerEngine,
    Escape,
    Family,
    Language,
    Library,
    Loader,
    PackageManager,
    Publisher,
    SystemManager,
    TestCode,
    Variable,
    Vault,
    Wrapper,
    WrittenPlaces,
)
from hooks.policy.toml_files import read_file

FOLDER = Path(__file__).parent
R = TypeVar("R", bound=Row)
N = TypeVar("N", bound=NamedRow)


@cache
def read_document(name: str) -> dict[str, Any]:
    """A table as it is in its file, or in the files of its folder."""
    single = FOLDER / f"{name}.toml"
    files = [single] if single.exists() else sorted((FOLDER / name).glob("*.toml"))
    merged: dict[str, Any] = {}
    for file in files:
        document = read_file(file)
        if twice := sorted(set(merged) & set(document)):
            raise InvalidTable(f"{file.name}: {', '.join(twice)} has two rows")
        merged |= document
    return merged


def _read_rows(kind: type[R], name: str, document: dict[str, Any]) -> dict[str, R]:
    return {key: read_row(kind, f"{name}.{key}", values) for key, values in document.items()}


@cache
def clients() -> dict[str, ClientRow]:
    """Clients by their first names."""
    return _read_rows(ClientRow, "clients", read_document("clients"))


@cache
def wrappers() -> dict[str, Wrapper]:
    """Wrappers by name."""
    return _read_rows(Wrapper, "wrappers", read_document("wrappers"))


@cache
def escapes() -> dict[str, Escape]:
    """Programs in whose language a command of the shell can stand, by their first names."""
    return _read_rows(Escape, "escapes", read_document("escapes"))


@cache
def consoles() -> dict[str, Console]:
    """Programs one of whose subcommands reads code."""
    return _read_rows(Console, "consoles", read_document("consoles"))


@cache
def publishers() -> dict[str, Publisher]:
    """Programs that publish, by name."""
    return _read_rows(Publisher, "publishers", read_document("publishers"))


@cache
def python_managers() -> dict[str, PackageManager]:
    """Managers of Python's projects, by their first names."""
    return _read_rows(PackageManager, "packages.python_managers", read_document("packages")["python_managers"])


@cache
def installers() -> dict[str, PackageManager]:
    """Other package managers, by their first names."""
    return _read_rows(PackageManager, "packages.installers", read_document("packages")["installers"])


@cache
def variables() -> dict[str, Variable]:
    """Variables by which programs find, load or run other code."""
    return _read_rows(Variable, "variables", read_document("variables"))


@cache
def vaults() -> dict[str, Vault]:
    """Programs that keep credentials, by their first names."""
    return _read_rows(Vault, "vaults", read_document("vaults"))


@cache
def container_engines() -> dict[str, ContainerEngine]:
    """Container engines by their first names."""
    return _read_rows(ContainerEngine, "containers", read_document("containers"))


@cache
def system_managers() -> dict[str, SystemManager]:
    """Package managers of the system, by their first names."""
    return _read_rows(SystemManager, "system_managers", read_document("system_managers"))


@cache
def languages() -> dict[str, Language]:
    """Languages by the names of their interpreters, aliases included."""
    rows = _read_rows(Language, "languages", read_document("languages"))
    return with_aliases(rows)


@cache
def libraries() -> dict[str, Library]:
    """Modules that talk to a service, by name."""
    return _read_rows(Library, "libraries", read_document("libraries"))


@cache
def loaders() -> dict[str, Loader]:
    """Programs that run what is in certain files."""
    return _read_rows(Loader, "loaders", read_document("loaders"))


@cache
def written_places() -> dict[str, WrittenPlaces]:
    """Words that name what a program writes."""
    return _read_rows(WrittenPlaces, "written_places", read_document("written_places"))


@cache
def test_code() -> dict[str, TestCode]:
    """Languages of tests and build files, by name."""
    return _read_rows(TestCode, "test_code", read_document("test_code"))


@cache
def families(module: str) -> dict[str, Family]:
    """The programs of each rule of a module, by the name of the rule's function."""
    return _read_rows(Family, f"families.{module}", read_document(f"families/{module}"))


@cache
def family_modules() -> tuple[str, ...]:
    """The modules whose programs stand in tables."""
    return tuple(sorted(path.stem for path in (FOLDER / "families").iterdir()))


@cache
def call_modules() -> tuple[str, ...]:
    """The modules some of whose rules are data."""
    return tuple(sorted(path.stem for path in (FOLDER / "calls").iterdir()))


@cache
def call_rules(module: str) -> dict[str, CallRule]:
    """The calls that a module's rules refuse as data, in the order in which they are asked."""
    return _read_rows(CallRule, f"calls.{module}", read_document(f"calls/{module}"))


def with_aliases(rows: dict[str, N]) -> dict[str, N]:
    """Each row under all of its names."""
    return {name: row for first, row in rows.items() for name in (first, *row.aliases.split())}


@cache
def read_list(name: str) -> frozenset[str]:
    """One list of names."""
    return frozenset(read_document("words")[name].split())


@cache
def value_options(name: str) -> str:
    """The options of a program that take a value."""
    return str(read_document("options")[name])


def options_with_value(written: str) -> str:
    """The options of a row that take a value: a word without a dash stands for a list of `options.toml`."""
    return " ".join(word if word.startswith("-") else value_options(word) for word in written.split())


@cache
def package_words(name: str) -> frozenset[str]:
    """`verbs`: subcommands of package managers that change what is installed."""
    return frozenset(read_document("machine")["packages"][name].split())


PROGRAM_LISTS = ("file_takers", "gnu_tools", "inert", "name_only", "pattern_first", "text_editors", "downloaders")
"""The lists of `words.toml` that name programs without rules."""


@cache
def program_names() -> frozenset[str]:
    """The programs that any table knows, by all of their names."""
    rows: list[tuple[str, NamedRow]] = []
    for table in (clients(), publishers(), vaults(), python_managers(), installers(), container_engines(),
                  system_managers(), escapes()):  # fmt: skip
        rows += table.items()
    listing: list[Family | CallRule | Console | Loader] = [*consoles().values(), *loaders().values()]
    for module in family_modules():
        listing += families(module).values()
    for module in call_modules():
        listing += call_rules(module).values()
    names = {name for first, row in rows for name in (first, *row.aliases.split())}
    names |= {*languages(), *wrappers(), *(name for row in listing for name in row.programs.split())}
    return frozenset(names.union(*map(read_list, PROGRAM_LISTS)))
