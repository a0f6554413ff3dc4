"""Rate limits: refused as GitHub refuses, for as long as GitHub would, and only where a rehearsal asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.limits import ApiLimits
from bot.rehearsal.github.server import SimulatedGitHub

START = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def skip(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(tmp_path: Path, clock: Clock) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github", clock=clock) as running:
        running.add_user("bot")
        running.add_user("maria")
        running.add_repository("octo/tools", files={"README.md": "# Tools\n"})
        running.set_role("octo/tools", "bot", "write")
        running.open_issue("octo/tools", title="x", author="maria")
        yield running
        assert running.violations == ()


class Client:
    def __init__(self, github: SimulatedGitHub, login: str) -> None:
        self._headers = {"Authorization": f"token {github.add_token(login).value}"}
        self._url = f"{github.api_url}/repos/octo/tools/issues/1"
        self._limits = f"{github.api_url}/rate_limit"

    def read(self, **headers: str) -> requests.Response:
        return requests.get(self._url, headers=self._headers | headers, timeout=10)

    def write(self) -> requests.Response:
        return requests.post(f"{self._url}/comments", json={"body": "x"}, headers=self._headers, timeout=10)

    def remaining(self) -> int:
        answer = requests.get(self._limits, headers=self._headers, timeout=10)
        assert answer.status_code == 200
        return int(answer.json()["rate"]["remaining"])


def statuses(*answers: requests.Response) -> list[int]:
    return [answer.status_code for answer in answers]


def test_no_limit_is_enforced_unless_asked_for(github: SimulatedGitHub) -> None:
    client = Client(github, "bot")
    assert {client.write().status_code for _ in range(90)} == {201}


def test_the_hours_requests_are_used_up_until_its_reset(github: SimulatedGitHub, clock: Clock) -> None:
    """403, none remaining, and when there are new ones. Another account has its own; the limits can still be asked."""
    github.enforce_limits(ApiLimits(an_hour=2))
    client = Client(github, "bot")
    assert statuses(client.read(), client.read()) == [200, 200]

    refused = client.read()

    assert refused.status_code == 403
    assert refused.json()["message"].startswith("API rate limit exceeded")
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert int(refused.headers["X-RateLimit-Reset"]) == int((START + timedelta(hours=1)).timestamp())
    assert "Retry-After" not in refused.headers
    assert client.remaining() == 0
    assert statuses(Client(github, "maria").read()) == [200]

    clock.skip(3601)
    assert statuses(client.read()) == [200]
    assert client.remaining() == 1


def test_what_has_not_changed_is_none_of_the_hours_requests(github: SimulatedGitHub) -> None:
    github.enforce_limits(ApiLimits(an_hour=1))
    client = Client(github, "bot")
    tag = {"If-None-Match": client.read().headers["ETag"]}
    assert client.remaining() == 0
    github.enforce_limits(ApiLimits(an_hour=2))
    assert statuses(client.read(**tag), client.read(**tag), client.read(**tag), client.read()) == [304, 304, 304, 200]


def test_a_write_costs_five_times_as_much_as_a_read(github: SimulatedGitHub, clock: Clock) -> None:
    """The points of a minute: 403 in words alone, as GitHub says it without any header."""
    github.enforce_limits(ApiLimits(points_a_minute=7))
    client = Client(github, "bot")
    assert statuses(client.read(), client.write(), client.read()) == [200, 201, 200]

    refused = client.read()

    assert refused.status_code == 403
    assert "secondary rate limit" in refused.json()["message"]
    assert "Retry-After" not in refused.headers
    assert refused.headers["X-RateLimit-Remaining"] != "0"
    clock.skip(61)
    assert statuses(client.read()) == [200]


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [
        (ApiLimits(content_a_minute=2, points_a_minute=9000), 60),
        (ApiLimits(content_an_hour=2, points_a_minute=9000), 3600),
    ],
)
def test_content_is_limited_by_the_minute_and_by_the_hour(
    github: SimulatedGitHub, clock: Clock, limits: ApiLimits, seconds: int
) -> None:
    """429 with the seconds until the limit allows more; reads go on."""
    github.enforce_limits(limits)
    client = Client(github, "bot")
    assert statuses(client.write(), client.write()) == [201, 201]

    refused = client.write()

    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) == seconds + 1
    assert statuses(client.read()) == [200]
    clock.skip(seconds + 1)
    assert statuses(client.write()) == [201]
    assert len(github.comments("octo/tools", 1)) == 3


def test_a_client_that_does_not_wait_is_on_record(github: SimulatedGitHub, clock: Clock) -> None:
    github.enforce_limits(ApiLimits(points_a_minute=1))
    client = Client(github, "bot")
    client.read()
    client.read()
    assert github.world.limits.too_early == []
    client.read()
    assert github.world.limits.too_early == ["GET /repos/octo/tools/issues/1"]
    clock.skip(61)
    client.read()
    assert len(github.world.limits.too_early) == 1
