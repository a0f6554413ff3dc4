"""The web server behind the real gunicorn stores each genuine delivery once, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator

import pytest
import requests

from bot.webhooks import MAX_BODY_BYTES, is_signed
from tests.core.deliveries import USED
from tests.stories.web_server import SECRET, WebServer, examples, run_web_server


@pytest.fixture(scope="module")
def web_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with run_web_server(tmp_path_factory.mktemp("web_server")) as made:
        yield made


def test_a_genuine_delivery_is_stored_once(web_server: WebServer) -> None:
    """GitHub sends a delivery again under the same GUID."""
    assert [web_server.post(b'{"action": "opened"}', guid="twice") for _ in range(2)] == [202, 202]
    assert web_server.stored() == ["twice"]


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "sha256=é", "SHA256=" + "0" * 64],
)
def test_without_a_valid_signature_nothing_is_stored(web_server: WebServer, signature: str) -> None:
    assert web_server.post(b"{}", **{"X-Hub-Signature-256": signature.encode().decode("latin-1")}) == 401
    assert web_server.stored() == []


def test_a_missing_signature_is_no_signature(web_server: WebServer) -> None:
    headers = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "g"}
    assert requests.post(web_server.url("/webhook"), data=b"{}", headers=headers, timeout=30).status_code == 401


def test_the_signature_is_of_the_raw_body(web_server: WebServer) -> None:
    """The same JSON with other white space is another body."""
    signature = "sha256=" + hmac.new(SECRET.encode(), b'{"a":1}', hashlib.sha256).hexdigest()
    assert web_server.post(b'{"a": 1}', **{"X-Hub-Signature-256": signature}) == 401


def test_githubs_own_example_of_a_signature_holds() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(b"Hello, World!", signature, SECRET)
    assert not is_signed(b"Hello, World!", signature, None)


@pytest.mark.parametrize("body", [b"", b"action=opened", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(web_server: WebServer, body: bytes) -> None:
    assert web_server.post(body) == 400
    assert web_server.stored() == []


def test_events_without_a_use_are_not_stored(web_server: WebServer) -> None:
    assert web_server.post(b"{}", event="star") == 204
    assert web_server.stored() == []


def test_a_guid_longer_than_100_characters_is_refused(web_server: WebServer) -> None:
    """GitHub's GUIDs have 36 characters; the ledger stores nothing under a longer key."""
    assert web_server.post(b"{}", guid="g" * 101) == 400
    assert web_server.stored() == []
    assert web_server.post(b"{}", guid="h" * 100) == 202
    assert web_server.stored() == ["h" * 100]


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
def test_a_delivery_without_its_headers_is_refused(web_server: WebServer, header: str) -> None:
    assert web_server.post(b"{}", **{header: ""}) == 400


def test_25_megabytes_are_the_limit(web_server: WebServer) -> None:
    """GitHub's own limit. Larger ones are refused before they are read."""
    headers = {"Content-Length": str(MAX_BODY_BYTES + 1), "X-GitHub-Event": "issues", "X-GitHub-Delivery": "large"}
    with socket.create_connection(("127.0.0.1", web_server.port), timeout=30) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"POST /webhook HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        assert b" 413 " in connection.recv(200)

    largest = b'{"a": "' + b"a" * (MAX_BODY_BYTES - 9) + b'"}'
    assert web_server.post(largest, guid="largest") == 202
    assert web_server.stored() == ["largest"]


def test_health_and_readiness_are_separate(web_server: WebServer) -> None:
    assert requests.get(web_server.url("/healthz"), timeout=5).text == "alive\n"
    assert requests.get(web_server.url("/readyz"), timeout=5).text == "ready\n"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *((method, "/webhook", 405) for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "PURGE")),
        *(("POST", path, 404) for path in ("/elsewhere", "/webhook/", "/webhook%00", "/%2e%2e/webhook")),
        *(("GET", path, 404) for path in ("/.env", "/statics/x", "/<script>")),
        ("POST", "/readyz", 405),
    ],
)
def test_other_paths_and_methods_are_refused(web_server: WebServer, method: str, path: str, status: int) -> None:
    """The answer is JSON. An HTML error page could show the path of the request as markup."""
    answer = requests.request(method, web_server.url(path), timeout=30, allow_redirects=False)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert list(answer.json()) == ["message"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("Allow" in answer.headers) == (status == 405)


def test_every_published_payload_is_accepted(web_server: WebServer) -> None:
    """All of GitHub's example payloads, signed as GitHub signs them, are stored or ignored; none is an error."""
    sent = examples()

    answers = {
        web_server.post(json.dumps(payload).encode(), event=event, guid=f"example-{number}")
        for number, (event, payload) in enumerate(sent)
    }

    assert len(sent) == 329
    assert answers == {202, 204}
    assert len(web_server.stored()) == sum(event in USED for event, _ in sent)
