"""What the tests send through a relay, and how: a request that the plan explains, with the session's pass."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.adapters.claude import Credential
from bot.adapters.claude.relay import Relay
from bot.adapters.claude.relay_log import SessionTerms
from bot.adapters.scripted_model import ModelRequest, Reply, ScriptedModel

KEY = "sk-the-operators-own-key"
TERMS = SessionTerms(prompt="Fix the clock.", cwd="/work", budget_usd=1.0)
PROMPT = {"role": "user", "content": [{"type": "text", "text": "\nFix the clock.\n"}]}
BASH = {"name": "Bash", "description": "d", "input_schema": {"type": "object"}}
BODY: dict[str, Any] = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [PROMPT], "tools": [BASH]}


@contextlib.contextmanager
def noting_relay(
    folder: Path, requests: list[ModelRequest], answer: Callable[[ModelRequest], Reply]
) -> Iterator[Relay]:
    """A relay to an API that answers with `answer`; `requests` are those that reached the API."""

    def noted(request: ModelRequest) -> Reply:
        requests.append(request)
        return answer(request)

    with (
        ScriptedModel(noted) as api,
        Relay(Credential(api_key=KEY, base_url=api.url), TERMS, folder / "relay.jsonl") as made,
    ):
        yield made


def send(relay: Relay, body: bytes | dict[str, Any], target: str = "/v1/messages", **headers: str) -> tuple[int, str]:
    """Ask with the session's pass."""
    given = relay.for_session
    address = urlsplit(str(given.base_url))
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
    with contextlib.closing(connection):
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"x-api-key": str(given.api_key)} | {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", target, sent, named)
        came = connection.getresponse()
        return came.status, came.read().decode()
