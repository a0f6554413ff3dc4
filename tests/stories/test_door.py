"""The webhook door behind the real gunicorn: what is genuine is stored once, everything else leaves no trace."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import Iterator

import pytest
import requests

from bot.webhooks import MAX_BODY_BYTES, signed
from tests.stories.door import SECRET, Door, a_door, examples


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with a_door(tmp_path_factory.mktemp("door")) as made:
        yield made


def test_a_genuine_delivery_is_stored_once(door: Door) -> None:
    """GitHub sends a delivery again under the same GUID."""
    assert [door.post(b'{"action": "opened"}', guid="twice") for _ in range(2)] == [202, 202]
    assert door.stored() == ["twice"]


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "sha256=é", "SHA256=" + "0" * 64],
)
def test_without_a_valid_signature_nothing_is_stored(door: Door, signature: str) -> None:
    assert door.post(b"{}", **{"X-Hub-Signature-256": signature.encode().decode("latin-1")}) == 401
    assert door.stored() == []


def test_a_missing_signature_is_no_signature(door: Door) -> None:
    headers = {"X-GitHub-Event": "issues", "X-GitHub-Delivery": "g"}
    assert requests.post(door.url("/webhook"), data=b"{}", headers=headers, timeout=30).status_code == 401


def test_the_signature_is_of_the_raw_body(door: Door) -> None:
    """The same JSON, spelled otherwise, is another body."""
    signature = "sha256=" + hmac.new(SECRET.encode(), b'{"a":1}', hashlib.sha256).hexdigest()
    assert door.post(b'{"a": 1}', **{"X-Hub-Signature-256": signature}) == 401


def test_githubs_own_example_of_a_signature_holds() -> None:
    """https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries"""
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signed(b"Hello, World!", signature, SECRET)
    assert not signed(b"Hello, World!", signature, None)


@pytest.mark.parametrize("body", [b"", b"action=opened", b"[]", b'"text"', b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_json_object_is_refused(door: Door, body: bytes) -> None:
    assert door.post(body) == 400
    assert door.stored() == []


def test_events_of_no_use_are_not_stored(door: Door) -> None:
    assert door.post(b"{}", event="star") == 204
    assert door.stored() == []


def test_a_guid_has_a_length(door: Door) -> None:
    """One of a kilobyte is none of GitHub's: nothing is stored under it."""
    assert door.post(b"{}", guid="g" * 101) == 400
    assert door.stored() == []
    assert door.post(b"{}", guid="h" * 100) == 202
    assert door.stored() == ["h" * 100]


@pytest.mark.parametrize("header", ["X-GitHub-Event", "X-GitHub-Delivery"])
def test_a_delivery_without_its_headers_is_refused(door: Door, header: str) -> None:
    assert door.post(b"{}", **{header: ""}) == 400


def test_25_megabytes_are_the_limit(door: Door) -> None:
    """GitHub's own limit. Larger ones are refused before they are read."""
    headers = {"Content-Length": str(MAX_BODY_BYTES + 1), "X-GitHub-Event": "issues", "X-GitHub-Delivery": "large"}
    with socket.create_connection(("127.0.0.1", door.port), timeout=30) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"POST /webhook HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
        assert b" 413 " in connection.recv(200)

    largest = b'{"a": "' + b"a" * (MAX_BODY_BYTES - 9) + b'"}'
    assert door.post(largest, guid="largest") == 202
    assert door.stored() == ["largest"]


def test_health_is_told_apart_from_readiness(door: Door) -> None:
    assert requests.get(door.url("/healthz"), timeout=5).text == "alive\n"
    assert requests.get(door.url("/readyz"), timeout=5).text == "ready\n"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *((method, "/webhook", 405) for method in ("GET", "PUT", "PATCH", "DELETE", "TRACE", "PURGE")),
        *(("POST", path, 404) for path in ("/elsewhere", "/webhook/", "/webhook%00", "/%2e%2e/webhook")),
        *(("GET", path, 404) for path in ("/.env", "/static/x", "/<script>")),
        ("POST", "/readyz", 405),
    ],
)
def test_only_what_is_there_is_there(door: Door, method: str, path: str, status: int) -> None:
    """Said to programs: no page of an error's making, in which a path could be shown as more than text."""
    answer = requests.request(method, door.url(path), timeout=30, allow_redirects=False)

    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/json")
    assert list(answer.json()) == ["message"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert ("Allow" in answer.headers) == (status == 405)


def test_every_published_payload_is_accepted(door: Door) -> None:
    """All of GitHub's example payloads, signed as GitHub would: stored, or of no use; never an error."""
    sent = examples()

    answers = {
        door.post(json.dumps(payload).encode(), event=event, guid=f"example-{number}")
        for number, (event, payload) in enumerate(sent)
    }

    assert len(sent) == 329
    assert answers == {202, 204}
    assert len(door.stored()) == sum(
        event in {"issues", "issue_comment", "pull_request", "ping", "installation", "installation_repositories"}
        for event, _ in sent
    )
