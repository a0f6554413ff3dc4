"""Which versions a set-up installed where no lockfile says so: as the package managers list them.

Each is asked in the folder of the set-up's command, with the program that it called.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.values import SetUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """`command` lists what is installed; `form` finds name and version in what it prints. `programs`: those of a set-up
    after which it is asked. `is_shared`: one answer for all folders."""

    ecosystem: Ecosystem
    programs: re.Pattern[str]
    command: str
    form: re.Pattern[str]
    is_shared: bool = False


def _at_line(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^{pattern}", re.MULTILINE)


_MAVEN = "$(if [ -f mvnw ]; then echo sh ./mvnw; else echo mvn; fi)"
_GRADLE = "$(if [ -f gradlew ]; then echo sh ./gradlew; else echo gradle; fi)"
LISTINGS = (
    Listing(
        ecosystem=Ecosystem.PYPI,
        programs=re.compile(r"\b(?:pip3?|uv|poetry|pdm|pipenv)\b"),
        command="python -m pip list --format=freeze --exclude-editable",
        form=_at_line(r"([A-Za-z0-9][\w.-]*)==([\w.+!-]+)$"),
        is_shared=True,
    ),
    Listing(
        ecosystem=Ecosystem.NPM,
        programs=re.compile(r"(?<![\w@/])(?:npm|pnpm|yarn|bun) (?:install|i|ci|add)\b(?! --global)"),
        command="npm ls --all --parseable --long",
        form=_at_line(r"/[^:\n]*/node_modules/[^:\n]*:(@?[\w./-]+)@([\w.+-]+)"),
    ),
    Listing(
        ecosystem=Ecosystem.GO,
        programs=re.compile(r"(?<![\w:-])go (?:mod|get|install|build|work)\b"),
        command="go list -m -f '{{if not .Main}}{{.Path}} {{.Version}}{{end}}' all",
        form=_at_line(r"(\S+\.\S+) (v\d\S*)$"),
    ),
    Listing(
        ecosystem=Ecosystem.CARGO,
        programs=re.compile(r"\bcargo\b"),
        command="cargo tree --offline --workspace --all-features --prefix none --format '{p}'",
        form=_at_line(r"([\w-]+) v(\d[\w.+-]*)(?= \(\*\)$| \(proc-macro\)|$)"),
    ),
    Listing(
        ecosystem=Ecosystem.MAVEN,
        programs=re.compile(r"\bmvnw?\b"),
        command=f"{_MAVEN} -B -o dependency:list",
        form=_at_line(
            r"(?:\[INFO\])?\s+([\w.-]+:[\w.-]+):[\w-]+(?::[\w.-]+)?:(\d[\w.-]*):(?:compile|test|runtime|provided|system)"
        ),
    ),
    Listing(
        ecosystem=Ecosystem.MAVEN,
        programs=re.compile(r"\bgradlew?\b"),
        command=f"{_GRADLE} --quiet --offline --no-daemon dependencies --configuration testRuntimeClasspath",
        form=_at_line(r"[|+\\ -]*--- ([\w.-]+:[\w.-]+)(?::\S+(?= -> ))?(?: -> |:)(\d[\w.-]*)"),
    ),
    Listing(
        ecosystem=Ecosystem.PACKAGIST,
        programs=re.compile(r"\bcomposer\b"),
        command="composer show --no-interaction --no-ansi",
        form=_at_line(r"([\w.-]+/[\w.-]+) +(v?\d\S*|dev-\S+)"),
    ),
    Listing(
        ecosystem=Ecosystem.RUBYGEMS,
        programs=re.compile(r"\bbundle\b"),
        command="bundle list",
        form=_at_line(r"\s+\* ([\w.-]+) \((\d[\w.-]*)\)$"),
    ),
    Listing(
        ecosystem=Ecosystem.NUGET,
        programs=re.compile(r"\bdotnet\b"),
        command="dotnet list package --include-transitive",
        form=_at_line(r"\s*> (\S+) (?:.* )?(\d[\w.+-]*) *$"),
    ),
    Listing(
        ecosystem=Ecosystem.HEX,
        programs=re.compile(r"\bmix\b"),
        command="mix deps",
        form=_at_line(r"\* (\w+) (\d[\w.+-]*) \(Hex package\)"),
    ),
)
"""What lists the installed packages. None for Deno, whose command lists addresses without what they resolved to."""
_IN_FOLDER = re.compile(r"\(cd ('(?:[^']|'\"'\"')*'|[^\s']+) && (.*)\)", re.DOTALL)
_OWN = frozenset({"pip", "setuptools", "wheel"})
_MOST, _LONGEST = 500, 200


def find_listings(set_up: SetUp, found: Collection[Ecosystem], *, has_python: bool) -> Iterator[tuple[Listing, str]]:
    """What to ask after a set-up for the versions that no lockfile pins, with the command. `found`: the ecosystems of
    the repository, for commands that call none of the programs, such as `make deps`."""
    asked = dict[tuple[Listing, str], None]()
    for command in set_up.commands:
        if command.pinned:
            continue
        inside = _IN_FOLDER.fullmatch(command.text)
        folder, text = (inside[1], inside[2]) if inside else ("", command.text)
        called = [each for each in LISTINGS if each.programs.search(text)]
        fitting = called or [each for each in LISTINGS if each.ecosystem in found]
        asked |= {(each, "" if each.is_shared else folder): None for each in fitting}
    for listing, folder in asked:
        if listing.ecosystem is not Ecosystem.PYPI or has_python:
            yield listing, f"({f'cd {folder} && ' if folder else ''}{listing.command}) 2>/dev/null || true"


def parse_listing(listing: Listing, output: str) -> Iterator[str]:
    """`name==version` of each package, once; what every environment has is left out."""
    found = (match.groups() for match in listing.form.finditer(output))
    named = dict.fromkeys(f"{name}=={version}"[:_LONGEST] for name, version in found if name not in _OWN)
    yield from list(named)[:_MOST]
