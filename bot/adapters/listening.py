"""Whether the web server can listen at its address. gunicorn tries five times, and says so with ten lines."""

from __future__ import annotations

import errno
import socket

_WHY = {
    errno.EADDRINUSE: "another program listens there, perhaps a second Nightshift; end it, or set PORT",
    errno.EADDRNOTAVAIL: "this host has no such address; set HOST",
    errno.EACCES: "this user may not listen there; set PORT to 1024 or above",
}


class CannotListen(Exception):
    """The message says where, why, and which setting changes it."""


def require_free(host: str, port: int) -> None:
    """Raises CannotListen."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn: what was just closed is free
            tried.bind(address)
            tried.listen()
    except socket.gaierror:
        raise CannotListen(
            f"the web server cannot listen: {host!r} is not the name or address of a host; set HOST"
        ) from None
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"{error.strerror}; set HOST and PORT")
        raise CannotListen(f"the web server cannot listen on {host}:{port}: {why}") from None
