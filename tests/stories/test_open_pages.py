"""Pages of the dashboard that stay open take no thread that a delivery needs."""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path

import requests

from tests.patience import within
from tests.stories.web_server import run_web_server


def test_deliveries_are_stored_while_more_pages_are_open_than_there_are_threads(tmp_path: Path) -> None:
    """Each process streams to one page; the others get an answer at once, and ask again later."""
    with run_web_server(tmp_path) as server, ExitStack() as open_pages:
        answers = [
            open_pages.enter_context(requests.get(server.url("/live/stream"), stream=True, timeout=within(30)))
            for _ in range(16)
        ]
        codes = [answer.status_code for answer in answers]
        first = next(answer for answer in answers if answer.status_code == 200)
        assert next(first.iter_lines()).startswith(b"data: ")
        assert 1 <= codes.count(200) <= 2  # as many as there are processes
        assert set(codes) == {200, 503}

        body = json.dumps({"action": "opened"}).encode()
        assert [server.post(body, guid=f"g-{number}") for number in range(8)] == [202] * 8
