"""The operator's own secrets, which are recognised wherever they stand: a detector knows shapes only.

No cell gets them. An answer of the network that repeats what the host sent can bring one into a cell all the same.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote, unquote

from bot.core.changes import FileChange

KIND = "a secret of Nightshift's own settings"
_SHORTEST = 8  # characters: a shorter value stands in ordinary words
_HIDDEN = "***"


@dataclass(frozen=True, slots=True)
class KnownSecrets:
    """`values`: the longest first, so that no part of one is left."""

    values: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, secrets: Iterable[str]) -> Self:
        """Of the settings' values, in the forms in which programs print them. Of `USER:PASSWORD` also the password."""
        found = {form for secret in secrets for form in _forms(secret) if len(form) >= _SHORTEST}
        return cls(tuple(sorted(found, key=lambda value: (-len(value), value))))

    def hide(self, text: str) -> str:
        for value in self.values:
            text = text.replace(value, _HIDDEN)
        return text

    def places(self, changes: Iterable[FileChange]) -> Iterator[str]:
        """Where a change adds one, as `PATH, line N: KIND`."""
        for change in changes:
            if self._is_in(change.path):
                yield f"{self.hide(change.path)}, line 0: {KIND}"
            for line in change.added if self.values else ():
                if self._is_in(line.text):
                    yield f"{self.hide(change.path)}, line {line.number}: {KIND}"

    def _is_in(self, text: str) -> bool:
        return any(value in text for value in self.values)


NONE_KNOWN = KnownSecrets()


def _forms(secret: str) -> Iterator[str]:
    """As it is, as an address holds it, and as a header holds it."""
    plain = unquote(secret)
    for text in (secret, plain, plain.partition(":")[2]):
        yield from (text, quote(text, safe=""), base64.b64encode(text.encode()).decode()) if text else ()
