"""The log as JSON, an object for each line (LOG_FORMAT), for who collects the logs of many programs.

Each has `time` (UTC), `level`, `logger` and `message`, `error` with the stack of an exception, and `delivery`, `task`,
`attempt` and `outbox` (the key of a message to GitHub) where this thread works on one.
"""

from __future__ import annotations

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from bot.core.work_context import find_work_fields

_NAMES = {"levelname": "level", "name": "logger", "exc_info": "error"}


class _Formatter(JsonFormatter):
    def __init__(self) -> None:
        fields = ["levelname", "name", "message"]
        super().__init__(fields, rename_fields=_NAMES, timestamp="time", json_ensure_ascii=False)

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        named = {name: value for name, value in log_data.items() if name in {"level", "logger", "message", "error"}}
        return {"time": log_data["time"], **named, "level": named["level"].lower(), **find_work_fields()}


GUNICORNS_LOG = {
    "errorlog": None,
    "logconfig_dict": {
        "incremental": True,
        "handlers": {},
        "root": {},
        "loggers": {"gunicorn.error": {"propagate": True}},
    },
}
"""gunicorn's settings with which it prints nothing itself, and logs where Nightshift does."""


def log_as_json() -> None:
    for handler in logging.getLogger().handlers:
        handler.setFormatter(_Formatter())
