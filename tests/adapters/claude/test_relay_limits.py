"""Attacks on the relay by code in the cell that has the session's pass."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from bot.adapters.claude import Credential
from bot.adapters.claude.bodies import LARGEST
from bot.adapters.claude.relay import AT_ONCE, Relay
from bot.adapters.claude.relay_record import RelaySeal, read_record
from bot.adapters.scripted_model import Fail, ModelRequest, Reply, SayText, ScriptedModel, ToolUse, UseTools
from bot.core.failures import FailureKind
from tests.accepting import serve_each
from tests.adapters.claude.relays import BODY, KEY, PROMPT, TERMS, noting_relay, send


@pytest.fixture
def requests() -> list[ModelRequest]:
    return []


@pytest.fixture
def answer() -> Callable[[ModelRequest], Reply]:
    return lambda request: SayText("hello")


@pytest.fixture
def relay(tmp_path: Path, requests: list[ModelRequest], answer: Callable[[ModelRequest], Reply]) -> Iterator[Relay]:
    with noting_relay(tmp_path, requests, answer) as made:
        yield made


def test_large_bodies_do_not_fill_the_hosts_memory(relay: Relay) -> None:
    """Twelve at once that are held open: the too large ones are refused unread, of the others a few are read."""
    mebibyte = b"x" * (1 << 20)
    before = psutil.Process().memory_info().rss
    address = urlsplit(str(relay.for_session.base_url))
    pass_ = str(relay.for_session.api_key)
    held = []
    for number in range(12):
        size = (60 << 20) if number % 2 else LARGEST
        connection = socket.create_connection((str(address.hostname), address.port or 0), timeout=5)
        held.append(connection)
        head = f"POST /v1/messages HTTP/1.1\r\nx-api-key: {pass_}\r\nContent-Length: {size}\r\n\r\n"
        with contextlib.suppress(OSError):
            connection.settimeout(2)
            connection.sendall(head.encode() + b'{"x": "')
            for _ in range((size >> 20) - 1):
                connection.sendall(mebibyte)

    grown = psutil.Process().memory_info().rss - before

    for connection in held:
        connection.close()
    assert grown < (AT_ONCE + 2) * LARGEST, f"{grown >> 20} MiB"


def test_a_body_that_trickles_is_given_up(relay: Relay, requests: list[ModelRequest]) -> None:
    """It may hold a place among those that are under way for half a minute, here for a second."""
    relay.body_seconds = 1.0
    address = urlsplit(str(relay.for_session.base_url))
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=60) as slow:
        pass_ = str(relay.for_session.api_key)
        slow.sendall(f"POST /v1/messages HTTP/1.1\r\nx-api-key: {pass_}\r\nContent-Length: 999\r\n\r\n{{".encode())
        began = time.monotonic()

        assert slow.recv(1 << 16).startswith(b"HTTP/1.1 408")
        assert time.monotonic() - began < 30
    assert requests == []


def test_what_the_session_no_longer_waits_for_holds_no_place(tmp_path: Path) -> None:
    """An API that is silent, and a session that hangs up: its places are free again for the next request."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Relay(Credential(api_key=KEY, base_url=api), TERMS) as relay:
            for _ in range(AT_ONCE * 2):
                address = urlsplit(str(relay.for_session.base_url))
                with socket.create_connection((str(address.hostname), address.port or 0), timeout=60) as client:
                    sent = json.dumps(BODY).encode()
                    head = f"POST /v1/messages HTTP/1.1\r\nx-api-key: {relay.for_session.api_key}\r\n"
                    client.sendall(f"{head}Content-Length: {len(sent)}\r\n\r\n".encode() + sent)
                    reached, _ = silent.accept()
                    with reached:
                        assert reached.recv(1 << 16)
                        client.close()
                        while reached.recv(1 << 16):
                            """Until it is cut."""
            witness, _ = relay.close()
    assert [exchange.status for exchange in witness.exchanges] == [None] * AT_ONCE * 2


@pytest.fixture
def expensive() -> Iterator[str]:
    with ScriptedModel(lambda request: SayText("hello"), input_tokens=100_000, output_tokens=10_000) as api:
        yield api.url


def test_the_budget_holds_for_every_request(expensive: str) -> None:
    """Also for those that Claude Code did not send: after it is used up none passes, and the session ends."""
    with Relay(Credential(api_key=KEY, base_url=expensive), TERMS) as relay:
        passed = [send(relay, BODY)[0] for _ in range(4)]
        stop, (witness, _) = relay.stop, relay.close()

    assert passed == [200, 200, 400, 400]  # 0.40 + 0.20 each
    assert stop == (FailureKind.BUDGET_EXHAUSTED, "the session has cost $1.20 of the $1.00 it may")
    assert witness.cost_usd == pytest.approx(1.2)


def test_an_answer_that_breaks_off_is_paid_for_all_the_same() -> None:
    """A session that hangs up before the usage is reported has asked the model all the same."""
    usage = {"input_tokens": 0, "output_tokens": 1}
    events = (
        {"type": "message_start", "message": {"id": "msg_1", "model": "claude-opus-5-5", "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 3000}},
    )
    start = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    with answering(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n" + start
    ) as url:
        with (
            Relay(Credential(api_key=KEY, base_url=url), TERMS) as relay,
            contextlib.suppress(http.client.HTTPException),
        ):
            send(relay, BODY)
        witness, _ = relay.close()

    (exchange,) = witness.exchanges
    assert not exchange.whole
    assert exchange.cost_usd == pytest.approx(0.02)


def test_an_answer_in_another_encoding_is_not_passed_on() -> None:
    """It could not be read here, and was not asked for."""
    with answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nxx") as url:
        with Relay(Credential(api_key=KEY, base_url=url), TERMS) as relay, pytest.raises(http.client.HTTPException):
            send(relay, BODY)
        assert not relay.close()[0].exchanges[0].whole


@contextlib.contextmanager
def answering(answer: bytes) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve(client: socket.socket) -> None:
            client.recv(1 << 16)
            client.sendall(answer)
            client.shutdown(socket.SHUT_WR)

        with serve_each(listener, serve):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_it_serves_a_listener_that_is_handed_over(requests: list[ModelRequest]) -> None:
    """Such as one that was made within a cell: the address that the session gets is the caller's."""
    with ScriptedModel(lambda request: SayText("hello")) as api, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with Relay(Credential(api_key=KEY, base_url=api.url), url=url) as relay:
            assert relay.for_session.base_url == url
            relay.serve(listener.dup())
            assert send(relay, BODY)[0] == 200


@pytest.fixture
def recorded(tmp_path: Path) -> tuple[bytes, RelaySeal]:
    """The record of three exchanges: an answer with a call, a limit, and a refusal."""

    def answer(request: ModelRequest) -> Reply:
        if request.turn == 1:
            return UseTools((ToolUse("Bash", {"command": "make"}, "toolu_1"),))
        return Fail(429, "rate_limit_error", "limit", {"anthropic-ratelimit-unified-status": "rejected"})

    again = {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "make"}}],
    }
    shown = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "made"}]}
    with (
        ScriptedModel(answer) as api,
        Relay(Credential(api_key=KEY, base_url=api.url), TERMS, tmp_path / "relay.jsonl") as relay,
    ):
        send(relay, BODY)
        send(relay, BODY | {"messages": [PROMPT, again, shown]})
        send(relay, BODY | {"mcp_servers": []})
        witness, seal = relay.close()
    content = (tmp_path / "relay.jsonl").read_bytes()
    assert read_record(content, seal) == witness
    assert ([*witness.calls], [shown.id for shown in witness.results]) == (["toolu_1"], ["toolu_1"])
    assert [exchange.limited for exchange in sorted(witness.exchanges, key=lambda each: each.number)] == [False, True]
    return content, seal


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (lambda lines: [each.replace(b"toolu_1", b"toolu_2") for each in lines], "is not signed"),
        (lambda lines: lines[1:], "line 1 has number 2"),
        (lambda lines: [lines[0], lines[2]], "line 2 does not follow"),
        (lambda lines: lines[:-1], "the last line is not the one that was reported"),
        (lambda lines: [*lines[:-1], lines[-1][:-9]], "line 3 is cut off"),
        (lambda lines: [b"null\n", *lines], "line 1 is not signed"),
        (lambda lines: [], "the last line is not the one"),
    ],
)
def test_a_record_that_was_changed_is_reported(
    recorded: tuple[bytes, RelaySeal], tamper: Callable[[list[bytes]], list[bytes]], said: str
) -> None:
    content, seal = recorded

    flaws = read_record(b"".join(tamper(content.splitlines(keepends=True))), seal).flaws

    assert any(said in flaw for flaw in flaws), flaws


def test_the_record_is_bounded(tmp_path: Path) -> None:
    """A session that would need more ends, and proves nothing."""
    path = tmp_path / "relay.jsonl"
    with (
        ScriptedModel(lambda request: SayText("hello")) as api,
        Relay(Credential(api_key=KEY, base_url=api.url), TERMS, path, largest_record=1000) as relay,
    ):
        # An answer reaches the session before its line is written, so that one more request may still pass.
        statuses = [*islice(iter(lambda: send(relay, BODY)[0], 400), 9)]
        assert relay.stop is not None
        assert relay.stop[0] is FailureKind.BUDGET_EXHAUSTED
        assert relay.close()[0].flaws == ("the relay's record of the session is full",)

    assert statuses in ([200, 200], [200, 200, 200])
    assert path.stat().st_size <= 1000
