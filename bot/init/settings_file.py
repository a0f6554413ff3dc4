"""Writes `.env`, and the private key of the App: only their owner may read them, and nothing else of `.env` changes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import set_key

from bot.adapters.env_file import ENV_FILE
from bot.adapters.settings import read_values

_PRIVATE = 0o600
_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./=-]*")


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """`.env` of the current folder, below the operator's environment."""

    environment: Mapping[str, str]
    path: Path = ENV_FILE

    def read(self, *names: str) -> dict[str, str]:
        """Those of these settings that have a value. Raises SettingsWrong."""
        return read_values(self.environment, self.path, names)

    def read_written(self, *names: str) -> dict[str, str]:
        """Those that the file itself has. Raises SettingsWrong."""
        return read_values({}, self.path, names)

    def write(self, values: Mapping[str, str]) -> None:
        """One after the other, so that none is lost if the next one fails. Raises OSError."""
        self.make_private()
        for name, value in values.items():
            quoting = "never" if _PLAIN.fullmatch(value) else "always"
            set_key(self.path, name, value, quote_mode=quoting, encoding="utf-8")

    def make_private(self) -> None:
        """Before anything secret is in it. A link is replaced: it may lead to a file of somebody else."""
        if self.path.is_symlink():
            kept = self.path.read_bytes() if self.path.exists() else b""
            self.path.unlink()
            self._create(kept)
        elif not self.path.exists():
            self._create(b"")
        self.path.chmod(_PRIVATE)

    def _create(self, content: bytes) -> None:
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "wb") as file:
            file.write(content)


def write_key(path: Path, pem: str) -> None:
    """A key that is there already is kept under another name: it may be the only copy. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.rename(_free(path))
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE), "w") as file:
        file.write(pem)


def _free(path: Path) -> Path:
    numbered = (path.with_name(f"{path.name}.{number}") for number in range(1, 1000))
    return next(each for each in numbered if not each.exists())
