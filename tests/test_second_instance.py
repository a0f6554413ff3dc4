"""A second instance: a worker on the same data folder is reported, a web server on the same port is refused."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bot.adapters.store import Store, url_of
from bot.processes import work_on
from tests.typed import typed

ENOUGH = {"GITHUB_TOKEN": "ghp_x", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-x"}


def test_a_second_worker_is_reported_and_a_later_one_is_not(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second = (Store.open(url_of(tmp_path / "ledger.sqlite")) for _ in range(2))

    with work_on(first, tmp_path):
        assert caplog.messages == []
        with work_on(second, tmp_path):
            (said,) = caplog.messages
    caplog.clear()
    with work_on(second, tmp_path):
        assert caplog.messages == []
    first.close()
    second.close()

    assert f"another worker runs on {tmp_path}" in said


@pytest.mark.parametrize("command", ["up", "web"])
def test_an_occupied_port_is_one_sentence(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        answer = typed(command, cwd=tmp_path, environment={**ENOUGH, "PORT": str(port)})

    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        f"nightshift: the web server cannot listen on 127.0.0.1:{port}: another program listens there, perhaps a "
        "second Nightshift; end it, or set PORT\n"
    )


def test_a_key_of_the_dashboard_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    key = tmp_path / "var" / "dashboard" / "key"
    key.parent.mkdir(parents=True)
    key.write_bytes(b"short")
    answer = typed("web", cwd=tmp_path, environment={**ENOUGH, "PORT": str(port)})

    assert (answer.code, answer.out) == (1, "")
    assert answer.err == (
        f"nightshift: the key of the dashboard cannot be used: {key} is not a key of Nightshift: delete it, and a new "
        "one is made\n"
    )
