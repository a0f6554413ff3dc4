"""What the commands of `nightshift` share: services, output and exit codes.

Services are imported when a command runs: `--help` of each command works without them.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec

import click

from bot.core.references import IssueRef
from bot.importing import importing

if TYPE_CHECKING:
    from bot.adapters.settings import Settings
    from bot.adapters.store import Store
    from bot.wiring import Services

P = ParamSpec("P")

EXIT_FAILED = 1
EXIT_WRONG = 2


def give_up(sentence: str, code: int) -> NoReturn:
    click.echo(f"nightshift: {sentence}", err=True)
    sys.exit(code)


class Issue(click.ParamType[IssueRef]):
    """An issue, or the pull request of its task, as the settings let a person name it. Raises SettingsWrong."""

    name = "ISSUE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> IssueRef:
        from bot.core.typed_issue import read_typed_issue  # noqa: PLC0415 - few commands take an issue

        settings = settings_here()
        try:
            return read_typed_issue(str(value), web_url=settings.web_url, repositories=settings.repositories)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def with_services(command: Callable[Concatenate[Services, P], None]) -> Callable[P, None]:
    """Call the command with its services, built from the environment and `.env` of the current folder."""

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        settings = settings_here()
        with importing():
            from bot.wiring import Services  # noqa: PLC0415 - wrong settings are reported without it

        command(Services(settings), *args, **kwargs)

    return update_wrapper(wrapped, command)


def changes_queue(command: Callable[Concatenate[Services, P], None]) -> Callable[P, None]:
    """Call the command with its services, then wake the workers, which would see the change some seconds later."""

    def wrapped(services: Services, /, *args: P.args, **kwargs: P.kwargs) -> None:
        command(services, *args, **kwargs)
        from bot.waking import wake_workers  # noqa: PLC0415 - what only reads does without

        wake_workers(services.store, services.wake_folder)

    return with_services(update_wrapper(wrapped, command))


def with_ledger(command: Callable[Concatenate[Store, P], None]) -> Callable[P, None]:
    """Call the command with the ledger alone: neither GitHub nor Claude Code is loaded."""

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        settings = settings_here()
        with importing():
            from bot.ledger_file import open_ledger  # noqa: PLC0415 - as above

        command(open_ledger(settings), *args, **kwargs)

    return update_wrapper(wrapped, command)


def settings_here(*, needs_accounts: bool = True, is_quiet: bool = False) -> Settings:
    """The settings of the environment and of `.env` in the current folder. `is_quiet`: the log has warnings alone,
    unless it is for debugging. Raises SettingsWrong."""
    with importing():
        from bot.adapters.env_file import ENV_FILE  # noqa: PLC0415 - as below
        from bot.adapters.settings import read_settings  # noqa: PLC0415 - pydantic, which `--help` does without

    settings = read_settings(os.environ, ENV_FILE, needs_accounts=needs_accounts)
    if settings.https_proxy or settings.ca_file:
        from bot.steps.from_settings import own_network_of  # noqa: PLC0415 - few operators set either

        own_network_of(settings).export(os.environ)
    level = "WARNING" if is_quiet and settings.log_level == "info" else settings.log_level.upper()
    logging.basicConfig(level=level, format="%(asctime)s %(levelname).1s %(message)s", stream=sys.stderr)
    if settings.log_format == "json":
        from bot.adapters.json_log import log_as_json  # noqa: PLC0415 - few operators ask for it

        log_as_json()
    for name in ("urllib3", "github"):  # what they retry is reported in our words, once it has failed
        logging.getLogger(name).setLevel("DEBUG" if settings.log_level == "debug" else "ERROR")
    return settings


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Mapping[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
