"""`nightshift github`: the simulation for other people's bots."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.rehearsal.bot_process import free_port
from tests.patience import within

ROOT = Path(__file__).parents[2]
PROBOT = ROOT / "node_modules" / "probot" / "bin" / "probot.js"
APP = ROOT / "tests" / "data" / "probot_app.mjs"
NIGHTSHIFT = (sys.executable, "-m", "bot", "github")


@contextmanager
def running(*command: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    known = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    with subprocess.Popen(
        command, env=known, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def read_offer(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    offer: dict[str, Any] = json.loads(process.stdout.readline())
    return offer


def stop(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=within(20))
    return process.returncode, err


def wait_for(found: Callable[[], Any]) -> Any:
    began = time.monotonic()
    while not (value := found()):
        assert time.monotonic() - began < within(30)
        time.sleep(0.1)
    return value


def open_issue(offer: dict[str, Any]) -> str:
    """Returns its address."""
    url = f"{offer['api']}/repos/octo/clock/issues"
    token = {"Authorization": f"token {offer['tokens']['ada']}"}
    answer = requests.post(url, json={"title": "Tell the time"}, headers=token, timeout=10)
    assert answer.status_code == 201
    return f"{url}/{answer.json()['number']}"


def test_a_probot_app_answers_an_issue_there(tmp_path: Path) -> None:
    port = free_port()
    webhooks = f"http://127.0.0.1:{port}/api/github/webhooks"
    with running(*NIGHTSHIFT, "--json", "--folder", str(tmp_path / "night"), "--webhooks", webhooks) as served:
        offer = read_offer(served)
        app = {
            "HOME": str(tmp_path),
            "APP_ID": str(offer["app"]),
            "PRIVATE_KEY_PATH": offer["key_file"],
            "WEBHOOK_SECRET": offer["secret"],
            "GHE_HOST": offer["web"].removeprefix("http://"),
            "GHE_PROTOCOL": "http",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "NODE_ENV": "production",
        }
        with running("node", str(PROBOT), "run", str(APP), **app):
            wait_for(lambda: _listens(port))
            issue = open_issue(offer)
            (comment,) = wait_for(lambda: requests.get(f"{issue}/comments", timeout=10).json())
        code, err = stop(served)

    assert comment["body"] == "Thank you for telling us."
    assert comment["user"]["login"] == "nightshift[bot]"
    assert (code, err) == (0, "")
    assert not (tmp_path / "night" / "github").exists()


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def test_what_it_could_not_answer_is_listed_at_the_end(tmp_path: Path) -> None:
    with running(*NIGHTSHIFT, "--json", "--folder", str(tmp_path / "night")) as served:
        offer = read_offer(served)
        assert requests.get(f"{offer['api']}/repos/octo/clock/milestones", timeout=10).status_code == 501
        asked = requests.get(f"{offer['api']}/repos/octo/clock/issues?stat=open", timeout=10)
        code, err = stop(served)

    assert offer["webhooks"] is None
    assert asked.status_code == 422
    assert (code, "not modelled: GET /repos/octo/clock/milestones" in err) == (1, True)
    assert "against GitHub's description: " in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--port", "{taken}"), "port {taken} cannot be used (Address already in use): name another one with --port"),
        (("--scenario", "nowhere.yml"), "nowhere.yml: cannot be read"),
        (("--webhooks", "127.0.0.1:3000"), "--webhooks takes an address such as http://127.0.0.1:3000"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence(arguments: tuple[str, ...], said: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(*NIGHTSHIFT, *(word.format(taken=port) for word in arguments)) as served:
            _, err = served.communicate(timeout=within(20))

    assert served.returncode == 2
    assert said.format(taken=port) in " ".join(err.split())
    assert "Traceback" not in err
