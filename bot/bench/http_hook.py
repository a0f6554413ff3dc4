"""The smallest listener that Claude Code's HTTP hook could post to, for the benchmark alone.

It passes each call on to the gate's socket. In a session it would have to be out of the commands' reach: otherwise
they could ask it, or listen in its place.
"""

from __future__ import annotations

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

if __name__ == "__main__":  # started by its path, without what else the bot imports
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hooks.gate import ask


class Handler(BaseHTTPRequestHandler):
    """One hook call, answered with the gate's answer; without one with 500, which refuses under `onFailure: block`."""

    def do_POST(self) -> None:
        call = self.rfile.read(int(self.headers["Content-Length"]))
        answer = ask("gate.sock", call)
        self.send_response(500 if answer is None else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer or b"")))
        self.end_headers()
        self.wfile.write(answer or b"")

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - as the parent has it
        """Nothing: the figures are all that is wanted."""


def main(control: str) -> None:
    """Print the port, and serve until standard input ends."""
    os.chdir(control)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
