"""The small servers of the tests, and what finds a thread that a test has left behind."""

from __future__ import annotations

import socket
import subprocess
import threading

from tests.accepting import find_left_threads, serve_each
from tests.patience import within


def test_after_its_block_no_server_answers_in_a_later_ones_place() -> None:
    """The later one gets the descriptor's number, and the start of a process begins each waiting call anew."""
    with socket.create_server(("127.0.0.1", 0)) as earlier, serve_each(earlier, lambda client: client.sendall(b"no")):
        number = earlier.fileno()
        with socket.create_connection(earlier.getsockname(), timeout=within(20)) as client:
            assert client.recv(10) == b"no"
    with socket.create_server(("127.0.0.1", 0)) as later:
        assert later.fileno() == number
        subprocess.run(["true"], check=True)
        with socket.create_connection(later.getsockname(), timeout=within(20)) as client:
            later.settimeout(within(20))
            with later.accept()[0] as accepted:
                accepted.sendall(b"yes")
            assert client.recv(10) == b"yes"


def test_a_client_that_breaks_off_does_not_end_the_server() -> None:
    served = list[bytes]()

    def serve(client: socket.socket) -> None:
        served.append(client.recv(10))
        if served[-1] == b"":
            raise ConnectionResetError

    with socket.create_server(("127.0.0.1", 0)) as listener, serve_each(listener, serve):
        for sent in (b"", b"asked"):
            with socket.create_connection(listener.getsockname(), timeout=within(20)) as client:
                client.sendall(sent)
                client.shutdown(socket.SHUT_WR)
                assert client.recv(10) == b""

    assert served == [b"", b"asked"]


def test_a_thread_that_still_waits_for_clients_is_found() -> None:
    def serve() -> None:
        listener.accept()[0].close()

    before = set(threading.enumerate())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        waits = threading.Thread(target=serve, daemon=True)
        waits.start()

        assert find_left_threads(before) == [waits]
        assert find_left_threads(before | {waits}) == []

        socket.create_connection(listener.getsockname(), timeout=within(20)).close()
        waits.join(within(20))
    assert find_left_threads(before) == []
