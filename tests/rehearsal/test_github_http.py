"""The small print of the API: caching, limits, redirects, and what is no request at all."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import requests
from github.Repository import Repository

from bot.rehearsal.github.server import SimulatedGitHub


def test_what_has_not_changed_is_not_sent_again(octo: SimulatedGitHub, tools: Repository) -> None:
    """PyGithub's `update` asks with the ETag, and learns whether there is something new."""
    issue = tools.create_issue("x")
    issue = tools.get_issue(issue.number)
    assert issue.update() is False
    octo.label_issue("octo/tools", issue.number, "auto", by="maria")
    assert issue.update() is True
    assert [item.status for item in octo.exchanges if item.path.endswith(f"/{issue.number}")] == [200, 304, 200]


def test_the_remaining_calls_are_counted(octo: SimulatedGitHub, http: requests.Session) -> None:
    """Asking for the limit costs nothing."""
    first = http.get(f"{octo.api_url}/user").headers
    http.get(f"{octo.api_url}/rate_limit")
    second = http.get(f"{octo.api_url}/user").headers
    assert int(first["X-RateLimit-Remaining"]) - int(second["X-RateLimit-Remaining"]) == 1
    assert http.get(f"{octo.api_url}/rate_limit").json()["rate"]["used"] == int(second["X-RateLimit-Used"])
    assert first["X-GitHub-Request-Id"] != second["X-GitHub-Request-Id"]


def test_a_renamed_repository_is_found_again(octo: SimulatedGitHub, http: requests.Session) -> None:
    """Reading follows a 301; writing gets a 307, which a client must not take for success."""
    octo.rename_repository("octo/tools", "octo/toolbox")
    old = f"{octo.api_url}/repos/octo/tools"
    assert http.get(old).json()["full_name"] == "octo/toolbox"
    listed = http.get(f"{old}/issues?state=all&per_page=5", allow_redirects=False)
    assert (listed.status_code, listed.headers["Location"].partition("?")[2]) == (301, "state=all&per_page=5")
    moved = http.post(f"{old}/issues", json={"title": "x"}, allow_redirects=False)
    assert (moved.status_code, moved.json()["message"]) == (307, "Moved Permanently")
    assert octo.issues("octo/toolbox") == ()


def test_git_is_redirected_to_the_new_name(octo: SimulatedGitHub) -> None:
    octo.rename_repository("octo/tools", "octo/toolbox")
    asked = "info/refs?service=git-upload-pack"
    answer = requests.get(f"{octo.web_url}/octo/tools.git/{asked}", timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{octo.web_url}/octo/toolbox.git/{asked}")


def test_a_transferred_issue_is_found_in_its_new_place(octo: SimulatedGitHub, http: requests.Session) -> None:
    octo.add_repository("octo/other", files={"x": "y"})
    number = octo.open_issue("octo/tools", title="Tell", author="maria").number
    moved = octo.transfer_issue("octo/tools", number, "octo/other", by="maria")
    old = f"{octo.api_url}/repos/octo/tools/issues/{number}"
    assert http.get(old, allow_redirects=False).status_code == 301
    found = http.get(old).json()
    assert (found["number"], found["repository_url"]) == (moved.number, f"{octo.api_url}/repos/octo/other")


def test_a_deleted_repository_is_gone(octo: SimulatedGitHub, http: requests.Session) -> None:
    octo.delete_repository("octo/tools")
    assert http.get(f"{octo.api_url}/repos/octo/tools").status_code == 404
    git = f"{octo.web_url}/octo/tools.git/info/refs?service=git-upload-pack"
    bot = ("x-access-token", octo.add_token("bot").value)
    assert requests.get(git, auth=bot, timeout=10).status_code == 404


def test_what_is_no_json(octo: SimulatedGitHub, http: requests.Session) -> None:
    url = f"{octo.api_url}/repos/octo/tools/issues"
    for body, message in ((b"{", "Problems parsing JSON"), (b'"x"', "Body should be a JSON object")):
        answer = http.post(url, data=body)
        assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_a_client_without_a_name_is_sent_away(octo: SimulatedGitHub) -> None:
    """GitHub refuses requests without a User-Agent."""
    connection = http.client.HTTPConnection(urlsplit(octo.api_url).netloc, timeout=10)
    connection.request("GET", "/api/v3/zen")
    assert connection.getresponse().status == 403
    connection.close()


def test_every_call_is_remembered(octo: SimulatedGitHub, http: requests.Session) -> None:
    http.get(f"{octo.api_url}/repos/octo/tools/labels/auto%3Ax")
    (only,) = octo.exchanges
    assert (only.method, only.path, only.status, only.actor) == ("GET", "/repos/octo/tools/labels/auto%3Ax", 404, "bot")


def test_what_has_not_changed_costs_nothing(octo: SimulatedGitHub, http: requests.Session) -> None:
    """304 without a body for the tag of what is still so, and the rate limit stays as it was; a change is counted."""
    url = f"{octo.api_url}/repos/octo/tools/issues?state=all"
    first = http.get(url)
    assert first.headers["ETag"].startswith('W/"')
    again = http.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
    assert [each.status for each in octo.exchanges] == [200, 304]

    octo.open_issue("octo/tools", title="x", author="maria")
    changed = http.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, len(changed.json())) == (200, 1)
    assert int(changed.headers["X-RateLimit-Used"]) == int(first.headers["X-RateLimit-Used"]) + 1
