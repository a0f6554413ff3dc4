"""LOG_FORMAT=json: each line is an object, and says which delivery, task and attempt it is about."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.adapters.json_log import log_as_json
from tests.stories.web_server import run_web_server
from tests.stories.world import a_world, bash, finish


def read_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@contextmanager
def a_log() -> Iterator[io.StringIO]:
    """What is logged, as it is printed to a terminal."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(stream)]
    root.setLevel(logging.INFO)
    log_as_json()
    try:
        yield stream
    finally:
        root.handlers[:], root.level = before, level


def test_the_web_server_and_gunicorn_log_the_same_way(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with run_web_server(tmp_path, LOG_FORMAT="json", LOG_LEVEL="info") as server:
        refused = requests.post(server.url("/webhook"), data=b"{}", timeout=30)
    lines = read_lines(capfd.readouterr().err)

    assert refused.status_code == 401
    (refusal,) = [line for line in lines if line["logger"] == "bot.webhooks"]
    assert (refusal["level"], "signature" in refusal["message"]) == ("warning", True)
    assert refusal["time"].endswith("+00:00")
    assert any(line["logger"] == "gunicorn.error" and "Listening at" in line["message"] for line in lines)


def test_a_line_says_what_it_is_about(tmp_path: Path) -> None:
    with a_log() as log, a_world(tmp_path) as world:
        issue = world.label_issue(sessions=[[bash("echo noon > time.txt"), finish()]])
        world.run_until_idle()
        lines = read_lines(log.getvalue())

    of_attempt = [line for line in lines if line["logger"] == "bot.runner"]
    assert {(line["task"], line["attempt"]) for line in of_attempt} == {(str(issue), 1)}
    of_deliveries = [line for line in lines if line["logger"] == "bot.intake"]
    assert of_deliveries
    assert all(line["delivery"] in line["message"] for line in of_deliveries)
    assert not [line for line in lines if line["logger"] == "bot.worker" and "delivery" in line]


def test_an_exception_is_one_line_too() -> None:
    with a_log() as log:
        logging.getLogger("bot.x").error("it\nfailed", exc_info=ValueError("a line\nand another"))
    (line,) = read_lines(log.getvalue())

    assert line["message"] == "it\nfailed"
    assert line["level"] == "error"
    assert "ValueError: a line" in line["error"]
