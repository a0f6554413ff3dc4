"""Whatever a client sends, the simulated GitHub answers as GitHub would: no request makes it fail."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.rehearsal.github.routes import ROUTES, Route
from bot.rehearsal.github.server import SimulatedGitHub

ODD_NAMES = (
    "0",
    "1",
    "99999999999999999999",
    "%00",
    "-x",
    "--help",
    "..%2F..",
    "a%20b%0A",
    "%F0%9F%8C%99",
    "HEAD",
    "%FF",
)
BODIES: tuple[Any, ...] = (
    None,
    {},
    [],
    {"title": "x", "head": "-x", "base": "--help", "name": "x", "head_sha": "-x", "ref": "refs/heads/-x", "sha": "-x"},
)


@pytest.fixture(scope="module")
def oddly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path_factory.mktemp("odd")) as github:
        github.add_user("maria")
        github.add_repository("octo/tools", files={"a": "b\n"})
        github.set_role("octo/tools", "maria", "admin")
        github.open_issue("octo/tools", title="x", author="maria")
        yield github


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_odd_requests_are_answered(oddly: SimulatedGitHub, route: Route) -> None:
    """Odd names in the path and odd bodies get a 2xx, 3xx or 4xx: the simulation itself does not fail."""
    before = len(oddly.violations)
    token = oddly.add_token("maria").value
    with requests.Session() as http:
        http.trust_env = False
        http.headers["Authorization"] = f"token {token}"
        for path in _paths(route):
            for body in BODIES if route.method != "GET" else BODIES[:1]:
                answer = http.request(route.method, f"{oddly.api_url}{path}", json=body)
                assert answer.status_code < 500, f"{path} {body}: {answer.text}"
    failures = [text for text in oddly.violations[before:] if "the simulation failed" in text]
    assert failures == []


def _paths(route: Route) -> Iterator[str]:
    known = route.template.replace("{owner}/{repo}", "octo/tools")
    for odd in ODD_NAMES if "{" in known else ("",):
        yield re.sub(r"\{\w+\}", lambda _: odd, known)  # noqa: B023 - used at once


def test_an_empty_repository_has_no_commits_and_no_failures(tmp_path: Path) -> None:
    """No branch, no file, nothing to open a pull request from; the first push makes it whole."""
    with SimulatedGitHub(tmp_path) as github, requests.Session() as http:
        http.trust_env = False
        github.add_user("maria")
        github.add_repository("octo/empty")
        repository = f"{github.api_url}/repos/octo/empty"
        paths = ("", "/branches/main", "/contents/", "/commits/main", "/git/ref/heads/main")
        assert [http.get(repository + path).status_code for path in paths] == [200, 404, 404, 422, 404]
        github.push_commit("octo/empty", "main", {"a": "b\n"}, by="maria")
        assert [http.get(repository + path).status_code for path in paths] == [200] * 5
        assert github.violations == ()


def test_many_at_once_do_not_get_in_each_others_way(octo: SimulatedGitHub) -> None:
    """Forty comments from eight clients: forty ids, forty comments, nothing refused."""
    number = octo.open_issue("octo/tools", title="x", author="maria").number
    url = f"{octo.api_url}/repos/octo/tools/issues/{number}/comments"
    headers = {"Authorization": f"token {octo.add_token('bot').value}"}
    statuses: list[int] = []

    def say() -> None:
        for index in range(5):
            statuses.append(requests.post(url, json={"body": str(index)}, headers=headers, timeout=30).status_code)

    threads = [threading.Thread(target=say) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 40
    assert len({comment.id for comment in octo.comments("octo/tools", number)}) == 40


def test_a_mistake_of_the_simulation_is_no_silent_500(careless_github: SimulatedGitHub) -> None:
    """Here a label vanishes from under its issue: the API and the page fail, and both failures are kept."""
    careless_github.open_issue("octo/tools", title="x", author="maria", labels=["auto"])
    careless_github.world.repository("octo/tools").labels.clear()
    for url in (f"{careless_github.api_url}/repos/octo/tools/issues/1", f"{careless_github.web_url}/octo/tools/issues"):
        assert requests.get(url, timeout=10).status_code == 500
    assert ["the simulation failed" in text for text in careless_github.violations] == [True, True]
