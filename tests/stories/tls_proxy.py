"""A proxy with TLS in front of a web server, as an operator has one: it keeps the host, and says whom it passes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.adapters.authority import authority_of_this_process

CLIENT = "192.0.2.7"
_OF_ONE_CONNECTION = frozenset({"connection", "transfer-encoding", "keep-alive", "server", "date"})


@contextmanager
def a_tls_proxy(host: str, port_of: list[int]) -> Iterator[int]:
    """Yields its port. `port_of`: the web server's, once it is known."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with (
                suppress(
                    OSError, HTTPException
                ),  # the browser or the server has ended it, as they end a stream of events
                closing(HTTPConnection("127.0.0.1", port_of[0], timeout=30)) as behind,
            ):
                behind.request(self.command, self.path, body, {**dict(self.headers), "X-Forwarded-For": CLIENT})
                with behind.getresponse() as answer:
                    self._pass_on(answer)

        def _pass_on(self, answer: HTTPResponse) -> None:
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_ONE_CONNECTION:
                    self.send_header(name, value)
            self.end_headers()
            while piece := answer.read1(65_536):
                self.wfile.write(piece)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = authority_of_this_process().context(host)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
