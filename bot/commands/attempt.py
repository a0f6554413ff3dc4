"""`nightshift attempt`: carries out one attempt on a host of a fleet. An executor starts it there."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.command_line import EXIT_FAILED, EXIT_WRONG, give_up, settings_here
from bot.importing import importing

if TYPE_CHECKING:
    from bot.adapters.settings import Settings
    from bot.core.execution import Detail


@click.command()
@click.argument("name")
@click.option("--order", "reference", required=True, metavar="REFERENCE", help="Of its input, in object storage.")
@click.option(
    "--result",
    required=True,
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the reference of the result is written.",
)
def attempt(name: str, reference: str, result: Path) -> None:
    """Carry out one attempt on a host of a fleet.

    NAME is what the control plane calls it. What it makes is left in object storage. Prints its progress, a line of
    JSON for each step. SIGTERM ends it with what it has. Exit code 0: FILE holds the reference of the result; 1: it
    could not be carried out; 2: the order or a setting is wrong.
    """
    settings = settings_here(needs_accounts=False)
    if (settings.anthropic_api_key is None) == (settings.claude_code_oauth_token is None):
        give_up("ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN: expected exactly one", EXIT_WRONG)
    stop = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stop.set())
    result.write_text(_carry_out(settings, name, reference, stop))


def _carry_out(settings: Settings, name: str, reference: str, stop: threading.Event) -> str:
    with importing():
        from bot.adapters.object_store import ObjectsUnusable, open_object_store  # noqa: PLC0415 - of fleets alone
        from bot.host_attempt import HostAttempt  # noqa: PLC0415 - all that attempts need
        from bot.steps.attempt_documents import (  # noqa: PLC0415 - as above
            AttemptInput,
            DocumentWrong,
            read_document,
            write_document,
        )
    folder = settings.data_dir.absolute() / "ordered" / name
    try:
        objects = open_object_store(settings)
        given = read_document(AttemptInput, objects.get(reference))
        given.require_name(name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        made = HostAttempt(given, objects, folder, settings, stop.is_set, _show).carry_out()
        return objects.put(write_document(made))
    except DocumentWrong as wrong:
        give_up(str(wrong), EXIT_WRONG)
    except ObjectsUnusable as trouble:
        give_up(str(trouble), EXIT_FAILED)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show(details: Mapping[str, Detail]) -> None:
    sys.stdout.write(f"{json.dumps(details)}\n")
    sys.stdout.flush()
