"""The relay to the model's API: what a session can do through it, and what it can never learn."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.adapters.claude import Credential, Session, SessionPlan
from bot.adapters.claude.relay import Relay
from bot.adapters.sandbox_support import find_sandbox
from bot.adapters.scripted_model import ModelRequest, Reply, SayText, ScriptedModel, ToolUse, UseTools
from tests.accepting import serve_each
from tests.patience import within

Play = Callable[..., Session]
KEY = "sk-the-operators-own-key"
PASS = "session-[A-Za-z0-9_-]{43}"
ASKED = json.dumps({"model": "m", "max_tokens": 1, "messages": [], "tools": [{"name": "Bash"}]}).encode()

# The gate refuses a command that names another process's memory; what a program finds in a file it cannot see.
SCAN = """
import os, pathlib, re
places, *needles = pathlib.Path("places").read_text().split()
for maps in sorted(pathlib.Path("/").glob(places)):
    if maps.parent.name == str(os.getpid()):
        continue
    memory, found = maps.with_name("mem"), set()
    try:
        with memory.open("rb", buffering=0) as opened:
            for line in maps.read_text().splitlines():
                start, end = (int(part, 16) for part in line.split()[0].split("-"))
                if line.split()[1].startswith("rw") and end - start < 1 << 30:
                    try:
                        opened.seek(start)
                        content = opened.read(end - start)
                    except (OSError, OverflowError):
                        continue
                    found |= {needle for needle in needles if re.search(needle.encode(), content)}
    except OSError:
        continue
    print(maps.parent.name, *sorted(found))
"""


@pytest.fixture
def requests() -> list[ModelRequest]:
    return []


@pytest.fixture
def api(requests: list[ModelRequest]) -> Iterator[ScriptedModel]:
    def answer(request: ModelRequest) -> Reply:
        requests.append(request)
        return SayText("hello")

    with ScriptedModel(answer) as model:
        yield model


def asked(relay: Relay, path: str = "/v1/messages", *, key: str = "", body: bytes = ASKED) -> tuple[int, bytes]:
    """Ask as a session would, or with another key."""
    given = relay.for_session
    address = urlsplit(str(given.base_url))
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    with contextlib.closing(connection):
        connection.request("POST", path, body, {"x-api-key": key or str(given.api_key)})
        answer = connection.getresponse()
        return answer.status, answer.read()


def test_the_api_gets_the_operators_credential(api: ScriptedModel, requests: list[ModelRequest]) -> None:
    """And the session another one, which is of no use once it is over."""
    with Relay(Credential(api_key=KEY, base_url=api.url)) as relay:
        given = relay.for_session
        assert asked(relay)[0] == 200

    assert KEY not in f"{given.api_key} {given.oauth_token} {given!r}"
    assert [request.key for request in requests] == [KEY]
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", urlsplit(str(given.base_url)).port or 0), timeout=5)


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/v1/files", "", 404),
        ("/v1/messages/../files", "", 404),
        ("http://other.example/v1/files", "", 404),
        ("/v1/messages", "sk-somebody-elses", 401),
        ("/v1/messages", KEY, 401),
    ],
)
def test_nothing_else_is_let_through(
    api: ScriptedModel, requests: list[ModelRequest], path: str, key: str, status: int
) -> None:
    """No other endpoint, where data could be left for another client; and no other account."""
    with Relay(Credential(api_key=KEY, base_url=api.url)) as relay:
        code, body = asked(relay, path, key=key)

    assert code == status
    assert json.loads(body)["type"] == "error"
    assert requests == []


def test_no_request_leaves_before_it_may(api: ScriptedModel, requests: list[ModelRequest]) -> None:
    """The gate starts meanwhile: a tool that an answer asked for would be refused."""
    answers = list[int]()
    with Relay(Credential(api_key=KEY, base_url=api.url), holds=True) as relay:
        asking = threading.Thread(target=lambda: answers.append(asked(relay)[0]))
        asking.start()
        asking.join(0.3)
        assert requests == []
        relay.pass_on()
        asking.join(within(20))

    assert (answers, len(requests)) == ([200], 1)


def test_an_answer_that_breaks_off_never_looks_whole() -> None:
    """A session that took half an answer for all of it would act on half a sentence."""
    with (
        speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") as url,
        Relay(Credential(api_key=KEY, base_url=url)) as relay,
        pytest.raises(http.client.IncompleteRead),
    ):
        asked(relay)


def test_where_the_api_is_gone_the_session_is_not_answered() -> None:
    """Claude Code tries again, as it does where it meets that itself."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with Relay(Credential(api_key=KEY, base_url=url)) as relay, pytest.raises(http.client.HTTPException):
        asked(relay)


def test_the_credential_goes_to_no_server_without_the_apis_certificate(tmp_path: Path) -> None:
    """A server in between would need a certificate that this host trusts."""
    with speaking(b"HTTP/1.1 200 OK\r\n\r\n", self_signed(tmp_path)) as url:
        credential = Credential(api_key=KEY, base_url=url.replace("http:", "https:"))
        with Relay(credential) as relay, pytest.raises(http.client.HTTPException):
            asked(relay)


def test_leaving_ends_what_the_api_still_holds_open() -> None:
    """A silent API must not keep anything of a session that is over."""
    with speaking(b"") as url, Relay(Credential(api_key=KEY, base_url=url)) as relay:
        ended = list[type]()

        def ask() -> None:
            try:
                asked(relay)
            except http.client.HTTPException as error:
                ended.append(type(error))

        waiting = threading.Thread(target=ask)
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        relay.__exit__(None, None, None)
        waiting.join(20)
        assert ended == [http.client.RemoteDisconnected]


@pytest.mark.needs("bwrap")
def test_a_session_cannot_find_the_credential_in_any_memory(plan: SessionPlan, play: Play) -> None:
    """Nor the session's pass: from a cell Claude Code's memory is not seen. It did look at its own."""
    confined = replace(plan, sandbox=find_sandbox(required=True), credential=Credential(api_key=KEY))
    (plan.workspace / "places").write_text(f"proc/[0-9]*/maps {KEY} {PASS}")
    write = ToolUse("Write", {"file_path": f"{plan.workspace}/scan.py", "content": SCAN})
    scan = ToolUse("Bash", {"command": "python3 scan.py > seen.txt", "description": "a step"})

    session = play(UseTools((write,)), UseTools((scan,)), base=confined)

    assert session.result.commands == (("python3 scan.py > seen.txt", 0),)
    seen = (plan.workspace / "seen.txt").read_text()
    assert int(seen.split()[0]) > 0
    assert re.search(PASS, seen) is None
    assert KEY not in seen


@contextlib.contextmanager
def speaking(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server that sends these bytes to each client, and then nothing more until the block ends."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak(client: socket.socket) -> None:
            with context.wrap_socket(client, server_side=True) if context else client as end:
                end.recv(1 << 16)
                end.sendall(answer)
                if answer:
                    end.shutdown(socket.SHUT_RDWR)
                over.wait(30)

        with serve_each(listener, speak):
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                over.set()


def self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    certificate = unsigned.sign(key, hashes.SHA256())
    file = folder / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
