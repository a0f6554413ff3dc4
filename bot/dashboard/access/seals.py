"""Values that a browser keeps for the web server: signed, each for one purpose, and good for a while."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer


@dataclass(frozen=True, slots=True, kw_only=True)
class Seals:
    """What is sealed can be read by who holds it, and not changed. All processes have the same `key`."""

    key: bytes = field(repr=False)
    clock: Callable[[], datetime]

    def seal(self, purpose: str, values: Mapping[str, str], lasts: timedelta) -> str:
        return str(self._serializer(purpose).dumps([dict(values), int((self.clock() + lasts).timestamp())]))

    def open(self, purpose: str, text: str) -> Mapping[str, str] | None:
        """None for what is not ours, was made for another purpose, or is too old."""
        try:
            values, until = self._serializer(purpose).loads(text)
        except (BadData, ValueError, TypeError):
            return None
        return values if self.clock().timestamp() < until else None

    def _serializer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self.key, salt=f"nightshift {purpose}")
