"""`nightshift config`: what a repository's maintainers check before they merge their settings. It needs no account."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from bot.command_line import EXIT_FAILED, EXIT_WRONG, as_json, give_up, print_json
from bot.core.default_branch_rules import protecting_ruleset
from bot.core.repository_settings import FILE, RepositorySettingsWrong, read_repository_settings
from bot.core.settings_document import Mistake
from bot.core.settings_schema import repository_schema
from bot.core.untrusted import plain
from bot.core.wrong_settings import LARGEST

_MOST_SHOWN = 100
_STDIN = "-"


@click.group()
def config() -> None:
    """Check a repository's .github/nightshift.yml."""


@config.command()
@click.argument("file", default=FILE)
@as_json
def check(file: str, as_json: bool) -> None:
    """Name every mistake in FILE with its line; `-` is standard input.

    Exit code 0 if there is none, 1 if there are some, 2 if FILE cannot be read.
    """
    mistakes = _find_mistakes(_read(file))
    shown = "<stdin>" if file == _STDIN else plain(file)
    if as_json:
        rows = [{"line": each.line, "key": each.key, "says": plain(each.says)} for each in mistakes]
        print_json({"file": shown, "valid": not mistakes, "mistakes": rows})
    else:
        for line in _lines(shown, mistakes):
            click.echo(line)
    sys.exit(EXIT_FAILED if mistakes else 0)


@config.command()
def schema() -> None:
    """Print the JSON Schema of these settings, for editors."""
    click.echo(json.dumps(repository_schema(), indent=2, ensure_ascii=False))


@config.command()
def ruleset() -> None:
    """Print a ruleset by which each merge needs a review, for an administrator to import on GitHub."""
    click.echo(json.dumps(protecting_ruleset(), indent=2))


def _read(file: str) -> bytes:
    """No more of it than shows that it is too large."""
    if file == _STDIN:
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with Path(file).open("rb") as opened:
            return opened.read(LARGEST + 1)
    except FileNotFoundError:
        give_up(f"{plain(file)}: there is no such file{_near(Path(file))}", EXIT_WRONG)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        give_up(f"{plain(file)}: it cannot be read: {getattr(error, 'strerror', None) or error}", EXIT_WRONG)


def _near(file: Path) -> str:
    other = file.with_suffix(".yaml")
    return f"; {plain(str(other))} has to be called {file.name}" if other.is_file() else ""


def _find_mistakes(content: bytes) -> tuple[Mistake, ...]:
    try:
        read_repository_settings(content)
    except RepositorySettingsWrong as wrong:
        return wrong.mistakes
    return ()


def _lines(file: str, mistakes: tuple[Mistake, ...]) -> list[str]:
    if not mistakes:
        return [f"{file}: no mistake"]
    lines = [f"{file}:{each.line or 1}: {plain(each.sentence)}" for each in mistakes[:_MOST_SHOWN]]
    more = len(mistakes) - _MOST_SHOWN
    return [*lines, f"{file}: {more} more"] if more > 0 else lines
