"""Keyed fingerprints of values that may be secrets, which reveal nothing of them.

A plain digest would let any reader of the issue try a list of passwords. So it is keyed, with a key of the
installation, and holds for one issue: the same value has another name elsewhere.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.own_key import provide_key
from bot.core.references import IssueRef

_LENGTH = 16  # hexadecimal digits


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """`path`: the file of the key, which is made when it is first needed."""

    path: Path

    def of(self, issue: IssueRef, value: str) -> str:
        """Sixteen hexadecimal digits. Raises OSError or ValueError where the key cannot be read."""
        named = f"{str(issue).lower()}\0{value}".encode(errors="surrogatepass")
        return hmac.new(provide_key(self.path), named, "sha256").hexdigest()[:_LENGTH]
