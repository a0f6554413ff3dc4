"""What the commands of `nightshift` share: how they get their services, how they print, how they give up."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from functools import update_wrapper
from pathlib import Path
from typing import Any, Concatenate, NoReturn, ParamSpec

import click

from bot.adapters.settings import read_settings
from bot.core.references import IssueRef, parse_issue
from bot.wiring import Services

P = ParamSpec("P")

EXIT_FAILED = 1
EXIT_WRONG = 2


def give_up(sentence: str, code: int) -> NoReturn:
    click.echo(f"nightshift: {sentence}", err=True)
    sys.exit(code)


class Issue(click.ParamType[IssueRef]):
    name = "OWNER/REPO#N"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> IssueRef:
        try:
            return value if isinstance(value, IssueRef) else parse_issue(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def with_services(command: Callable[Concatenate[Services, P], None]) -> Callable[P, None]:
    """Give the command its services, made from the environment and `.env` of the present folder."""

    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        settings = read_settings(os.environ, Path(".env"))
        level = settings.log_level.upper()
        logging.basicConfig(level=level, format="%(asctime)s %(levelname).1s %(message)s", stream=sys.stderr)
        command(Services(settings), *args, **kwargs)

    return update_wrapper(wrapped, command)


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Mapping[str, Any]) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
