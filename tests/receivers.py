"""Real receivers of notifications on loopback: a web server and a mail server, which keep what they get."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    """`requests`: headers and body of each; `mails`: envelope and text of each. `answers`: the status of the next ones
    (then 200), `hangs`: whether it takes a request and never answers. `extensions`: of the mail server."""

    address: str = ""
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    mails: list[tuple[str, list[str], str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    location: str = ""
    hangs: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    tls: ssl.SSLContext | None = None
    tls_used: list[bool] = field(default_factory=list)


@contextmanager
def a_webhook() -> Iterator[Got]:
    got = Got()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            got.requests.append((dict(self.headers), body))
            if got.hangs.is_set():
                got.released.wait()
                return
            self.send_response(got.answers.pop(0) if got.answers else 200)
            if got.location:
                self.send_header("Location", got.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """In silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    got.address = f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield from _served(server, got)


@contextmanager
def a_mail_server(tls: ssl.SSLContext | None = None) -> Iterator[Got]:
    """Offers STARTTLS with `tls`, and takes any login."""
    got = Got(tls=tls)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with ExitStack() as opened:
                _talk(self, got, opened)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    got.address = f"127.0.0.1:{server.server_address[1]}"
    yield from _served(server, got)


def _served(server: Any, got: Got) -> Iterator[Got]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield got
    finally:
        got.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _talk(handler: Any, got: Got, opened: ExitStack) -> None:
    sender, recipients, secure = "", list[str](), False
    read, write = handler.rfile, handler.wfile

    def say(line: str) -> None:
        write.write(f"{line}\r\n".encode())
        write.flush()

    say("220 mail.example")
    while line := read.readline().decode().strip():
        word = line.split(" ")[0].upper()
        if word == "EHLO":
            offers = ["mail.example", "AUTH PLAIN"] + (["STARTTLS"] if got.tls and not secure else [])
            for each in offers:
                say(f"250-{each}")
            say("250 8BITMIME")
        elif word == "STARTTLS" and got.tls is not None:
            say("220 go on")
            try:
                wrapped = opened.enter_context(got.tls.wrap_socket(handler.connection, server_side=True))
            except (OSError, ValueError):
                return
            secure = True
            read, write = (opened.enter_context(wrapped.makefile(mode)) for mode in ("rb", "wb"))
        elif word == "AUTH":
            got.logins.append(line)
            say("235 welcome")
        elif word == "MAIL":
            sender, recipients = line[len("MAIL FROM:<") :].partition(">")[0], []
            say(f"{got.answers.pop(0)} no" if got.answers else "250 ok")
        elif word == "RCPT":
            recipients.append(line[len("RCPT TO:<") :].partition(">")[0])
            say("250 ok")
        elif word == "DATA":
            say("354 go on")
            lines = list[str]()
            while (text := read.readline().decode().rstrip("\r\n")) != ".":
                lines.append(text.removeprefix(".") if text.startswith("..") else text)
            got.mails.append((sender, recipients, "\n".join(lines)))
            got.tls_used.append(secure)
            say("250 ok")
        elif word == "QUIT":
            say("221 bye")
            return
        else:
            say("250 ok")
