"""Asks the person at the terminal. Secrets are neither shown nor echoed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import click

T = TypeVar("T")


class NotAnswered(Exception):
    """A question without a person to answer it: how to answer it by an option or a setting."""


@dataclass(frozen=True, slots=True)
class Questions:
    """`are_allowed`: whether a person is there to answer."""

    are_allowed: bool

    def ask(self, text: str, read: Callable[[str], T], *, otherwise: str, default: str | None = None) -> T:
        """Asks until `read` takes the answer (it raises ValueError with what was expected). `otherwise`: how to answer
        without being asked. Raises NotAnswered."""
        return self._ask(text, read, otherwise, default=default, is_secret=False)

    def ask_secret(self, text: str, read: Callable[[str], T], *, otherwise: str) -> T:
        return self._ask(text, read, otherwise, default=None, is_secret=True)

    def _ask(self, text: str, read: Callable[[str], T], otherwise: str, *, default: str | None, is_secret: bool) -> T:
        if not self.are_allowed:
            raise NotAnswered(f"{text}: {otherwise}")
        while True:
            is_shown = bool(default)
            said = click.prompt(f"  {text}", default=default, hide_input=is_secret, show_default=is_shown, err=True)
            try:
                return read(said.strip())
            except ValueError as wrong:
                click.echo(f"  {wrong}", err=True)
