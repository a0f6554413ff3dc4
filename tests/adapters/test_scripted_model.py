"""The scripted Messages API, asked over plain HTTP. That the real CLI understands it is shown by `test_claude*.py`."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.adapters.scripted_model import Drop, Fail, Hang, ModelRequest, Reply, SayText, ScriptedModel, ToolUse, UseTools
from tests.model_requests import tool_results

TOOLS = [{"name": "Bash"}, {"name": "Read"}]
NOTE = {"role": "system", "content": [{"type": "text", "text": "4 turns are left"}]}
USER = {"role": "user", "content": [{"type": "text", "text": "<system-reminder>x"}, {"type": "text", "text": "Do it"}]}


def post(
    model: ScriptedModel, body: dict[str, Any], *, path: str = "/v1/messages?beta=true", **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection(urlsplit(model.url).netloc, timeout=10)
    try:
        connection.request("POST", path, json.dumps(body), {"x-api-key": "k", **headers})
        response = connection.getresponse()
        return response.status, response.read().decode(), dict(response.getheaders())
    finally:
        connection.close()


def ask(model: ScriptedModel, *messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    status, text, _ = post(model, {"messages": messages or [USER], "tools": TOOLS, "model": "m", **more})
    assert status == 200
    answer: dict[str, Any] = json.loads(text)
    return answer


def test_a_script_sees_what_the_model_would_see() -> None:
    """Who asks, in which turn, for what, with which tools and which results."""
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "3 passed"}]}
    history = (USER, {"role": "assistant", "content": "…"}, {"role": "user", "content": [result]}, NOTE)
    with ScriptedModel(lambda request: SayText("ok")) as model:
        ask(model, *history, system=[{"type": "text", "text": "Be good"}])

    request = model.requests[0]
    assert (request.key, request.turn, request.prompt, request.system) == ("k", 2, "Do it", "Be good")
    assert (request.tools, tool_results(request)) == (("Bash", "Read"), ("3 passed",))


def test_a_bearer_token_is_a_key_too() -> None:
    """That is how a subscription authenticates."""
    with ScriptedModel(lambda request: SayText("ok")) as model:
        post(model, {"messages": [USER], "tools": TOOLS}, **{"x-api-key": "", "Authorization": "Bearer oat"})

    assert model.requests[0].key == "oat"


def test_tools_are_called_with_fresh_ids_and_usage_costs_something() -> None:
    """Two calls of one answer differ, and so do those of the next answer."""
    calls = UseTools((ToolUse("Bash", {"command": "a"}), ToolUse("Read", {"file_path": "b"}, "toolu_mine")), "Look:")
    with ScriptedModel(lambda request: calls, input_tokens=7, output_tokens=5) as model:
        first, second = ask(model), ask(model)

    assert [block["type"] for block in first["content"]] == ["text", "tool_use", "tool_use"]
    assert first["content"][1]["id"] != second["content"][1]["id"]
    assert first["content"][2]["id"] == "toolu_mine"
    assert (first["stop_reason"], first["usage"]) == ("tool_use", {"input_tokens": 7, "output_tokens": 5})


def test_a_streamed_answer_adds_up_to_the_plain_one() -> None:
    """A client that joins the deltas has the same text and the same input."""
    script: Reply = UseTools((ToolUse("Write", {"content": "é\n"}),), "Writing")
    with ScriptedModel(lambda request: script) as model:
        _, text, headers = post(model, {"messages": [USER], "tools": TOOLS, "stream": True})

    events = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert headers["Content-Type"] == "text/event-stream"
    assert deltas[0] == {"type": "text_delta", "text": "Writing"}
    assert json.loads(deltas[1]["partial_json"]) == {"content": "é\n"}
    assert (events[0]["type"], events[-1]["type"]) == ("message_start", "message_stop")


def test_side_queries_are_answered_without_the_script() -> None:
    """The CLI asks for titles and the like; a script would have to guess when."""
    with ScriptedModel(lambda request: SayText("never"), side_answer="a title") as model:
        status, text, _ = post(model, {"messages": [USER]})

    assert (status, json.loads(text)["content"][0]["text"], model.requests) == (200, "a title", [])


def test_failures_look_like_the_apis() -> None:
    """With their status, type, message and headers."""
    reply = Fail(429, "rate_limit_error", "slow down", {"retry-after": "9"})
    with ScriptedModel(lambda request: reply) as model:
        status, text, headers = post(model, {"messages": [USER], "tools": TOOLS})

    assert (status, headers["retry-after"]) == (429, "9")
    assert json.loads(text)["error"] == {"type": "rate_limit_error", "message": "slow down"}


@pytest.mark.parametrize("reply", [Drop(), Hang(0.05)])
def test_a_connection_can_be_cut(reply: Reply) -> None:
    """At once, or after a silence."""
    with ScriptedModel(lambda request: reply) as model, pytest.raises((ConnectionError, http.client.HTTPException)):
        post(model, {"messages": [USER], "tools": TOOLS})


def test_leaving_does_not_wait_for_a_hang() -> None:
    """A night that ends early ends at once."""
    asked = threading.Event()

    def answer(request: ModelRequest) -> Reply:
        asked.set()
        return Hang(600)

    def ask_and_be_cut(model: ScriptedModel) -> None:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            post(model, {"messages": [USER], "tools": TOOLS})

    started = time.monotonic()
    with ScriptedModel(answer) as model:
        thread = threading.Thread(target=ask_and_be_cut, args=(model,))
        thread.start()
        assert asked.wait(10)
    thread.join(10)

    assert time.monotonic() - started < 10


def test_a_broken_script_is_not_taken_for_an_answer() -> None:
    """The CLI gets an error that it does not retry, and the script's owner the exception."""

    def answer(request: ModelRequest) -> Reply:
        raise KeyError("no such turn")

    with pytest.raises(KeyError, match="no such turn"), ScriptedModel(answer) as model:
        status, _, _ = post(model, {"messages": [USER], "tools": TOOLS})
        assert status == 400


def test_what_is_not_scripted_is_not_found() -> None:
    """Nothing else of the API is pretended."""
    with ScriptedModel(lambda request: SayText("x")) as model:
        status, text, _ = post(model, {}, path="/v1/files")

    assert (status, json.loads(text)["error"]["type"]) == (404, "not_found_error")


def test_a_client_that_hangs_up_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """As a CLI does that is stopped in the middle: what it prints would look like an error of the script."""
    with ScriptedModel(lambda request: SayText("hello")) as model:
        address = urlsplit(model.url)
        connection = socket.create_connection((str(address.hostname), address.port or 0), timeout=10)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closing resets it
        connection.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: model\r\nContent-Length: 100\r\n\r\n{")
        served = await_thread("process_request_thread")
        connection.close()
        served.join(10)

    assert not served.is_alive()
    assert capfd.readouterr().err == ""


def await_thread(name: str) -> threading.Thread:
    """The one that serves the request."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for thread in threading.enumerate():
            if name in thread.name and thread.is_alive():
                return thread
    raise AssertionError(f"no thread of {name}")
