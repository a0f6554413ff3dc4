"""Keyed fingerprints of values that may be secrets, which reveal nothing of them.

A plain digest would let any reader of the issue try a list of passwords. So it is keyed, with a key of the
installation, and holds for one issue: the same value has another name elsewhere.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from bot.core.references import IssueRef

_KEY_BYTES = 32
_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """`path`: the file of the key, which is made when it is first needed."""

    path: Path

    def of(self, issue: IssueRef, value: str) -> str:
        """Sixteen hexadecimal digits. Raises OSError or ValueError where the key cannot be read."""
        named = f"{str(issue).lower()}\0{value}".encode(errors="surrogatepass")
        return hmac.new(self._key(), named, "sha256").hexdigest()[:_LENGTH]

    def _key(self) -> bytes:
        try:
            key = self.path.read_bytes()
        except FileNotFoundError:
            self._make()
            key = self.path.read_bytes()
        if len(key) != _KEY_BYTES:
            raise ValueError(f"{self.path} is not a key of Nightshift: delete it, and a new one is made")
        return key

    def _make(self) -> None:
        """Two workers that begin at the same time use the same one."""
        made = self.path.with_name(f"{self.path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(made, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        try:
            os.link(made, self.path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
