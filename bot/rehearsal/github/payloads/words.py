"""How GitHub writes times and node ids."""

from __future__ import annotations

import base64
from datetime import UTC, datetime


def moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}{number}".encode()).decode()
