"""The first program in a cell: `python -I -S cell_entry.py JSON COMMAND…`.

It sets the limits that the command cannot raise again, puts up the way to the network where there is one, and becomes
the command: signals and exit code are the command's own. The way is a process that listens on the cell's loopback and
passes all that comes to a socket of the host, where the filter stands (`bot.adapters.egress`). Nothing here has to be
trusted: whoever stops or replaces it has no network at all. It is a program of its own: it imports nothing of `bot`.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sys
import threading
from pathlib import Path
from typing import NoReturn

SOCKET = "egress.sock"
NOT_FOUND = 127
_CHUNK = 1 << 16
_BACKLOG = 128
_MOST_DESCRIPTORS = 1 << 16
_LOOPBACK = "127.0.0.1"
_DIRECT = "localhost,127.0.0.1,::1"
_FIRST_ON_OOM = 1000


def main(arguments: list[str]) -> NoReturn:
    options, command = json.loads(arguments[0]), arguments[1:]
    if options["folder"]:
        os.environ.update(_open_way(options["folder"], options["tunnels"]))
    _limit(options["limits"])
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command is the host's own
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    sys.exit(NOT_FOUND)


def _limit(limits: dict[str, int]) -> None:
    """Lower each limit, the hard one too; one that is lower already stays."""
    for name, wanted in limits.items():
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(number, (value, value))
    try:  # when memory runs out the kernel ends the session, not the bot beside it
        Path("/proc/self/oom_score_adj").write_text(str(_FIRST_ON_OOM))
    except OSError as error:
        sys.stderr.write(f"the session could not be put first in line for the kernel's out-of-memory: {error}\n")


def _open_way(folder: str, tunnels: list[str]) -> dict[str, str]:
    """Start listening; returns the variables by which programs find the way. `tunnels`: what programs look for on
    their own loopback, though it is the host's, as `host:port`."""
    proxy = _listener(_LOOPBACK, 0)
    listeners = [(proxy, b"")]
    for tunnel in tunnels:
        host, _, port = tunnel.rpartition(":")
        listener = _listener("::1" if host == "[::1]" else _LOOPBACK, int(port))
        listeners.append((listener, f"CONNECT {tunnel} HTTP/1.1\r\n\r\n".encode()))
    if os.fork() == 0:
        if os.fork() == 0:  # a grandchild: the command has no child that it did not start
            _forward(folder, listeners)
        os._exit(0)
    os.wait()
    address = f"http://{_LOOPBACK}:{proxy.getsockname()[1]}"
    for listener, _ in listeners:
        listener.close()
    names = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")
    return {**dict.fromkeys(names, address), "NO_PROXY": _DIRECT, "no_proxy": _DIRECT}


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)
    return listener


def _forward(folder: str, listeners: list[tuple[socket.socket, bytes]]) -> NoReturn:
    """Forward until the cell ends."""
    os.setsid()
    os.chdir(folder)  # a socket's address has 108 bytes at most, a folder may have more
    _let_go_of_all_but([listener.fileno() for listener, _ in listeners])
    for listener in listeners[1:]:
        threading.Thread(target=_accept, args=listener, daemon=True).start()
    _accept(*listeners[0])
    os._exit(0)


def _let_go_of_all_but(kept: list[int]) -> None:
    """Of the command's credential, and of its output, which would stay open after it."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    lowest = 3
    for descriptor in (*sorted(kept), _MOST_DESCRIPTORS):
        os.closerange(lowest, descriptor)
        lowest = descriptor + 1


def _accept(listener: socket.socket, request: bytes) -> None:
    """`request`: what to ask the filter for before anything else; empty where the client asks for itself."""
    while True:
        client = listener.accept()[0]
        threading.Thread(target=_connect, args=(client, request), daemon=True).start()


def _connect(client: socket.socket, request: bytes) -> None:
    outside = socket.socket(socket.AF_UNIX)
    try:
        outside.connect(SOCKET)
        if request and not _asked(outside, request):
            return
        _pass_on_both_ways(client, outside)
    except OSError:
        pass  # one end is gone: closing the other below says so
    finally:
        client.close()
        outside.close()


def _asked(outside: socket.socket, request: bytes) -> bool:
    """Whether the filter lets the way be opened. It says nothing more than the head of its answer."""
    outside.sendall(request)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        received = outside.recv(1)
        if not received:
            return False
        answer += received
    return answer.split(b" ", 2)[1:2] == [b"200"]


def _pass_on_both_ways(client: socket.socket, outside: socket.socket) -> None:
    there = threading.Thread(target=_pass_on, args=(client, outside), daemon=True)
    there.start()
    _pass_on(outside, client)
    there.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(_CHUNK):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):  # wakes the other direction too
            _shut(end)


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed already
        end.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main(sys.argv[1:])
