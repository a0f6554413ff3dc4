"""Why GitHub did not answer, from real requests that fail: no class, pool or retry of a library is named."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from bot.adapters.github.errors import GitHubFailed, translate_errors
from tests.patience import within

OF_LIBRARIES = ("HTTPConnection", "Max retries", "Errno", "Error", "/user")


@contextlib.contextmanager
def listening(answer: bytes | None) -> Iterator[int]:
    """A server that answers each connection with these bytes and closes it; None: it never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []
        thread = threading.Thread(target=_serve, args=(server, answer, held), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(within(30))
            for each in held:
                each.close()


def _serve(server: socket.socket, answer: bytes | None, held: list[socket.socket]) -> None:
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            held.append(connection)
            if answer is not None:
                connection.recv(1000)
                connection.sendall(answer)
                connection.close()


def said_of(url: str, *, seconds: float = 30, proxies: dict[str, str] | None = None) -> str:
    with pytest.raises(GitHubFailed) as failed, translate_errors():
        requests.get(url, timeout=seconds, proxies=proxies)
    said = str(failed.value)
    assert failed.value.status is None
    assert not [each for each in OF_LIBRARIES if each in said], said
    return said.removeprefix("no answer: ")


def test_a_closed_port_a_silent_host_and_a_broken_answer_differ() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert said_of(f"http://127.0.0.1:{port}/user") == f"no connection to 127.0.0.1:{port} (Connection refused)"
    with listening(None) as port:
        said = said_of(f"http://127.0.0.1:{port}/user", seconds=0.2)
        assert said == f"127.0.0.1:{port} does not answer in time"
    for answer in (b"", b"no HTTP\r\n\r\n"):
        with listening(answer) as port:
            assert said_of(f"http://127.0.0.1:{port}/user") == f"the connection to 127.0.0.1:{port} broke off"
    with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") as port:
        assert said_of(f"http://127.0.0.1:{port}/user") == "the connection to GitHub broke off"


def test_names_certificates_and_proxies_are_named() -> None:
    assert "the name absent.invalid is not known" in said_of("http://absent.invalid/user")
    with listening(b"no TLS at all\r\n") as port:
        assert said_of(f"https://127.0.0.1:{port}/user").startswith(f"no TLS with 127.0.0.1:{port}")
    with listening(b"HTTP/1.1 403 Forbidden\r\n\r\n") as port:
        proxies = {"https": f"http://127.0.0.1:{port}"}
        assert "the proxy does not connect to" in said_of("https://github.example/user", proxies=proxies)
