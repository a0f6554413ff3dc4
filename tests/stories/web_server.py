"""The web server for webhooks in a process: the real gunicorn on a free port, with a separate ledger."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.adapters.store import Store
from bot.wiring import utc_now
from tests.patience import within

ROOT = Path(__file__).parents[2]
SECRET = "It's a Secret to Everybody"
EXAMPLES = ROOT / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"


class WebServer:
    """gunicorn on a free port, and the ledger that it writes to."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.settings = folder, settings
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def environment(self) -> dict[str, str]:
        return {
            "PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin",
            "GITHUB_TOKEN": "ghp_x",
            "REPOSITORIES": "octo/clock",
            "ANTHROPIC_API_KEY": "sk-x",
            "WEBHOOK_SECRET": SECRET,
            "DATA_DIR": str(self.folder),
            "PORT": str(self.port),
            "LOG_LEVEL": "warning",
            **self.settings,
        }

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def post(self, body: bytes, *, event: str = "issues", guid: str = "g-1", **headers: str) -> int:
        signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        sent = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "X-Hub-Signature-256": signature, **headers}
        return requests.post(self.url("/webhook"), data=body, headers=sent, timeout=30).status_code

    def stored(self) -> list[str]:
        """The GUIDs of the deliveries that wait, oldest first. Empties the inbox."""
        store = Store.open(f"sqlite:///{self.folder}/nightshift.sqlite")
        guids = []
        with store.transaction() as ledger:
            while (delivery := ledger.deliveries.next(utc_now())) is not None:
                guids.append(delivery.guid)
                ledger.deliveries.finish(delivery.guid, now=utc_now())
        store.close()
        return guids


@contextmanager
def run_web_server(folder: Path, **settings: str) -> Iterator[WebServer]:
    made = WebServer(folder, **settings)
    process = subprocess.Popen([sys.executable, "-m", "bot", "web"], cwd=made.folder, env=made.environment())
    try:
        _wait_until_ready(made, process)
        yield made
    finally:
        process.terminate()
        assert process.wait(within(20)) == 0


def _wait_until_ready(web_server: WebServer, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + within(30)
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if requests.get(web_server.url("/readyz"), timeout=5).status_code == 200:
                return
        except requests.exceptions.RequestException:
            continue
    pytest.fail("gunicorn did not come up")


def examples() -> list[tuple[str, dict[str, Any]]]:
    return [(each["name"], payload) for each in json.loads(EXAMPLES.read_text()) for payload in each["examples"]]
