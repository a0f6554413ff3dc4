"""Errors of the Messages API, as turns of a script."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def limit_until(resets_at: datetime) -> Mapping[str, Any]:
    """Claude's answer to a subscription that has used up its five hours."""
    headers = {"status": "rejected", "reset": f"{resets_at.timestamp():.0f}", "representative-claim": "five_hour"}
    named = {f"anthropic-ratelimit-unified-{name}": value for name, value in headers.items()}
    return {"error": {"status": 429, "type": "rate_limit_error", "message": "limit", "headers": named}}


def refused_key() -> Mapping[str, Any]:
    """However often Claude Code tries it again."""
    return {"error": {"status": 401, "type": "authentication_error", "message": "invalid x-api-key"}, "times": 20}
