"""GitHub's limits and refusals, and what an account may do."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bot.adapters.github import GitHubFailed
from bot.core.branch_rules import BranchRule, Bypass
from tests.adapters.github_answers import ABSURD, AN_ISSUE, HERE, ISSUE, WRITES, Served, a_client, serve_answers


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve_answers() as served:
        yield served


@pytest.fixture
def served(server: Served) -> Served:
    server.start_anew()
    return server


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (403, {"Retry-After": "30"}, 30),
        (429, {"Retry-After": "30"}, 30),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772402460"}, 61),
        (429, {}, 60),
        (403, {"X-RateLimit-Remaining": "4000", "X-RateLimit-Reset": "1772402460"}, None),
        (404, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1772402460"}, None),
        (403, {}, None),
        (422, {}, None),
    ],
)
def test_a_limit_says_how_long_to_wait_and_a_refusal_does_not(
    status: int, headers: dict[str, str], wait: float | None, served: Served
) -> None:
    """GitHub shows the figures of the limit with every answer: only those of one that is used up are a wait."""
    served.status, served.body = status, json.dumps({"message": "no"})
    served.headers = {**headers, "Date": "Sun, 01 Mar 2026 22:00:00 GMT"}
    with pytest.raises(GitHubFailed) as failed:
        a_client(served).issue(ISSUE)
    assert (failed.value.status, failed.value.retry_after) == (status, wait)


@pytest.mark.parametrize("status", [403, 404, 422, 429, 500])
def test_an_absurd_refusal_is_a_refusal(status: int, served: Served) -> None:
    served.status = status
    served.headers = {"Retry-After": "soon", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "never", "Date": "?"}
    for body in [*ABSURD, {"message": 7, "errors": 7}, {"message": [], "errors": [7, None, {"message": {}}]}]:
        served.body = json.dumps(body)
        for act in (WRITES["comment"], WRITES["react"]):
            with pytest.raises(GitHubFailed) as failed:
                act(a_client(served))
            assert failed.value.status in {status, None}


def test_a_refused_token_is_known_until_it_is_taken_again(served: Served) -> None:
    client = a_client(served)
    served.status = 401
    with pytest.raises(GitHubFailed):
        client.issue(ISSUE)
    assert client.refused
    served.status, served.body = 200, json.dumps(AN_ISSUE)
    client.issue(ISSUE)
    assert not client.refused


def test_an_unknown_account_may_not_write(served: Served) -> None:
    served.status, served.body = 404, json.dumps({"message": "Not Found"})
    assert not a_client(served).may_write(HERE, "nobody")


def test_within_one_look_a_role_is_asked_for_once(served: Served) -> None:
    client = a_client(served)
    served.body = json.dumps({"permission": "write", "role_name": "write"})
    with client.one_look():
        assert client.may_write(HERE, "ada")
        assert client.may_write(HERE, "ada")
    assert len(served.asked) == 1
    assert client.may_write(HERE, "ada")
    assert len(served.asked) == 2


def test_a_label_that_is_there_already_is_as_good_as_made(served: Served) -> None:
    served.status, served.body = 422, json.dumps({"message": "Validation Failed"})
    a_client(served).create_label(HERE, "auto", color="aaaaaa", description="x")
    with pytest.raises(GitHubFailed):
        a_client(served).create_comment(ISSUE, "x")


@pytest.mark.parametrize(
    ("status", "said", "bypass", "may_push"),
    [
        (200, "never", Bypass.NEVER, False),
        (200, "always", Bypass.ALWAYS, True),
        (200, "exempt", Bypass.EXEMPT, True),
        (200, "pull_requests_only", Bypass.PULL_REQUESTS_ONLY, False),
        (200, "on_sundays", None, False),
        (200, [], None, False),
        (403, "always", None, False),
        (404, "always", None, False),
    ],
)
def test_who_may_bypass_a_ruleset_is_not_known_where_github_does_not_show_it(
    status: int, said: object, bypass: Bypass | None, may_push: bool, served: Served
) -> None:
    """An account that may merge past a ruleset may not push past it."""
    served.status, served.body = status, json.dumps({"id": 1, "current_user_can_bypass": said})
    rule = BranchRule(kind="pull_request", ruleset=1, source=HERE)
    assert a_client(served).find_bypass(HERE, rule) is bypass
    assert a_client(served).may_bypass(HERE, rule) is may_push
