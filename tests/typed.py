"""The command line in this process, for what is refused before anything starts: a process would test nothing more."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from bot.adapters.settings import NAMES
from bot.cli import main


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


def typed(*arguments: str, cwd: Path, environment: Mapping[str, str], stdin: bytes = b"") -> Answer:
    """What `nightshift ARGUMENTS` answers in a folder. `environment`: every setting that it has."""
    unset = dict.fromkeys(name for name in os.environ if name in NAMES)
    with CliRunner().isolation(input=stdin, env={**unset, **environment}) as (out, err, _), contextlib.chdir(cwd):
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code
        finally:
            gc.unfreeze()  # what a command froze for the rest of its process is this one's
    assert isinstance(code, int)
    return Answer(code, out.getvalue().decode(), err.getvalue().decode())
