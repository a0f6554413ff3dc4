"""The web server under attack: it stores nothing without a valid signature, and no request makes it fail or hang."""

from __future__ import annotations

import hashlib
import hmac
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.adapters.store import Store
from bot.webhooks import create_app
from bot.wiring import utc_now
from tests.stories.web_server import SECRET, WebServer, run_web_server

DEEP = b'{"a":' * 100_000 + b"1" + b"}" * 100_000


def signature(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


bodies = st.one_of(
    st.binary(max_size=300),
    st.sampled_from([b"", b"{}", b"[]", b"null", b'{"a": 1, "a": 2}', b'{"n": ' + b"9" * 5000 + b"}", DEEP]),
    st.sampled_from(
        [b'{"s": "\\ud800"}', b'{"s": "\\u0000"}', b"\xff\xfe{}", b"payload=%7B%7D", b'{"action": "opened"}']
    ),
)
forgeries = st.sampled_from(
    [
        lambda true: "",
        lambda true: true[:-1],
        lambda true: true + "0",
        lambda true: true.replace("sha256=", "sha1="),
        lambda true: true.replace("sha256=", ""),
        lambda true: f" {true}x",
        lambda true: f"{true},{true}",
        lambda true: "sha256=" + true[7:].upper() if true[7:].upper() != true[7:] else "",
        lambda true: "sha256=" + "é" * 64,
        lambda true: signature(b"another body"),
    ]
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "X-GitHub-Event": st.sampled_from(["issues", "issue_comment", "ping", "", "x" * 5000, "../..", "é"]),
        "X-GitHub-Delivery": st.one_of(
            st.sampled_from(["g", "", "y" * 5000, "'; DROP TABLE tasks"]), st.uuids().map(str)
        ),
        "Content-Type": st.sampled_from(
            ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=x"]
        ),
    },
)


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=bodies, sent=headers, forge=st.none() | forgeries)
def test_every_request_is_answered_and_only_a_signed_one_is_stored(
    tmp_path: Path, body: bytes, sent: dict[str, str], forge: object
) -> None:
    """Wrong, missing, cut, doubled and old-style signatures; deep, huge-numbered, non-UTF-8 and non-object JSON."""
    store = Store.open(f"sqlite:///{tmp_path}/ledger.db")
    client = create_app(store, SECRET).test_client()
    true = signature(body)
    shown = true if forge is None else forge(true)  # type: ignore[operator]

    answer = client.post("/webhook", data=body, headers=[*sent.items(), ("X-Hub-Signature-256", shown)])

    assert answer.status_code < 500
    assert (answer.status_code == 401) == (forge is not None)
    with store.transaction() as ledger:
        stored = ledger.deliveries.next(utc_now())
        if stored is not None:
            ledger.deliveries.finish(stored.guid, now=utc_now())
    assert stored is None or (forge is None and stored.payload == body)
    store.close()


@pytest.fixture(scope="module")
def web_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with run_web_server(tmp_path_factory.mktemp("web_server")) as made:
        yield made


def head(body: bytes, *framing: str) -> bytes:
    """The head of a genuine delivery with this body; `framing` says where the body ends. Each has a separate GUID."""
    known = f"POST /webhook HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: issues\r\nX-GitHub-Delivery: {uuid.uuid4()}"
    return "\r\n".join([known, f"X-Hub-Signature-256: {signature(body)}", *framing, "\r\n"]).encode()


def length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


def inner() -> bytes:
    """The smuggled request: a genuine delivery, which a server that takes it for a request would store."""
    body = b'{"action": "closed"}'
    return head(body, length(body)) + body


BODY = b'{"action": "opened"}'
CHUNKED = "Transfer-Encoding: chunked"
LAST = b"0\r\n\r\n"
CHUNK = b"%x\r\n%b\r\n" % (len(BODY), BODY)
CHUNKS = CHUNK + LAST
AHEAD = b"%x\r\n" % len(inner())
SMUGGLED = {
    "both lengths": head(BODY, length(CHUNKS + inner()), CHUNKED) + CHUNKS + inner(),
    "both lengths, the other way": head(AHEAD, CHUNKED, length(AHEAD)) + AHEAD + inner() + b"\r\n" + LAST,
    "two lengths": head(BODY, length(BODY), length(BODY + inner())) + BODY + inner(),
    "two lengths, the other way": head(BODY, length(BODY + inner()), length(BODY)) + BODY + inner(),
    "an odd encoding": head(BODY, "Transfer-Encoding: xchunked", length(BODY)) + BODY + inner(),
    "a hidden encoding": head(BODY, "Transfer-Encoding : chunked", length(CHUNKS + inner())) + CHUNKS + inner(),
    "a negative length": head(b"", "Content-Length: -1") + inner(),
    "a spelled length": head(BODY, f"Content-Length: {len(BODY):#x}") + BODY + inner(),
    "a bad chunk": head(BODY, CHUNKED) + CHUNK + b"zz\r\n\r\n" + inner(),
    "a spelled chunk": head(BODY, CHUNKED) + b"0x" + CHUNKS + inner(),
    "a broken line": head(BODY, length(BODY), "X: y\rX-Y: z") + BODY + inner(),
    "a folded header": head(BODY, length(BODY), "X: y\r\n Content-Length: 0") + BODY + inner(),
    "no end": head(BODY, f"Content-Length: {len(BODY) + 10}") + BODY,
    "a huge header": head(BODY, length(BODY), "X: " + "y" * 100_000) + BODY,
    "many headers": head(BODY, length(BODY), *(f"X{number}: y" for number in range(500))) + BODY,
}


def said(web_server: WebServer, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", web_server.port), timeout=30) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while more := connection.recv(65536):
                received += more
        except ConnectionResetError:
            pass  # an answer as well: the server does not read the rest
        return received


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d+)", answer, re.MULTILINE)]


def still_works(web_server: WebServer) -> None:
    """A good delivery is answered and stored, and nothing was stored before it."""
    guid = str(uuid.uuid4())
    assert web_server.post(BODY, guid=guid) == 202
    assert web_server.stored() == [guid]


@pytest.mark.parametrize("request_", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_no_request_hides_in_another(web_server: WebServer, request_: bytes) -> None:
    """A request that two parsers could read in two ways is refused."""
    answers, stored = statuses(said(web_server, request_)), web_server.stored()

    assert all(400 <= status < 500 or status == 501 for status in answers), answers  # 501: RFC 9112, 6.1
    assert stored == []
    still_works(web_server)


def test_two_requests_on_one_connection_are_two_deliveries(web_server: WebServer) -> None:
    """So the smuggled request of these tests would be stored if the server took it for a request."""
    assert statuses(said(web_server, head(BODY, length(BODY)) + BODY + inner())) == [202, 202]
    assert len(web_server.stored()) == 2


def test_slow_senders_do_not_keep_others_out(web_server: WebServer) -> None:
    """Three slow senders leave threads free. After forty have disconnected, the server works as before."""
    begun = head(BODY, "Content-Length: 1000") + b"{"
    with ExitStack() as open_ends:
        for _ in range(3):
            slow = open_ends.enter_context(socket.create_connection(("127.0.0.1", web_server.port), timeout=30))
            slow.sendall(begun)
        still_works(web_server)
    with ExitStack() as open_ends:
        for _ in range(40):
            slow = open_ends.enter_context(socket.create_connection(("127.0.0.1", web_server.port), timeout=30))
            slow.sendall(begun)

    still_works(web_server)
