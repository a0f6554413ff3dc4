"""Native stacks of pull requests, where a repository has the preview of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused

TOOLS = "octo/tools"


@pytest.fixture
def chain(octo: SimulatedGitHub) -> tuple[int, ...]:
    """Three pull requests, each with one commit on top of the one below."""
    numbers = list[int]()
    for below, branch in (("main", "auto/1"), ("auto/1", "auto/2"), ("auto/2", "auto/3")):
        octo.create_branch(TOOLS, branch, below, by="bot")
        octo.push_commit(TOOLS, branch, {f"{branch}.txt": "1\n"}, message=branch, by="bot")
        numbers.append(octo.open_pull_request(TOOLS, title=branch, head=branch, base=below, by="bot").number)
    return tuple(numbers)


def ask(http: requests.Session, octo: SimulatedGitHub, method: str, path: str, **body: Any) -> tuple[int, Any]:
    answer = http.request(method, f"{octo.api_url}/repos/{TOOLS}/{path}", json=body or None)
    return answer.status_code, answer.json() if answer.content else None


def pulls(octo: SimulatedGitHub) -> list[PullRequest]:
    return list(octo.pull_requests(TOOLS))


def test_without_the_preview_there_are_no_stacks(
    octo: SimulatedGitHub, http: requests.Session, chain: tuple[int, ...]
) -> None:
    assert ask(http, octo, "GET", "stacks")[0] == 404
    assert ask(http, octo, "POST", "stacks", pull_requests=chain)[0] == 404
    assert "stack" not in ask(http, octo, "GET", f"pulls/{chain[0]}")[1]


def test_a_stack_is_made_and_added_to(octo: SimulatedGitHub, http: requests.Session, chain: tuple[int, ...]) -> None:
    """Each pull request says where it is in it, and a webhook tells of each."""
    octo.enable_stacks(TOOLS)
    octo.add_webhook("http://127.0.0.1:9/", "secret", repositories=(TOOLS,))
    status, made = ask(http, octo, "POST", "stacks", pull_requests=chain[:2])
    assert (status, made["base"], made["open"]) == (201, {"ref": "main"}, True)
    status, more = ask(http, octo, "POST", f"stacks/{made['number']}/add", pull_requests=chain[2:])
    assert (status, [each["number"] for each in more["pull_requests"]]) == (200, list(chain))
    assert ask(http, octo, "GET", f"stacks?pull_request={chain[2]}")[1][0]["number"] == made["number"]
    stack = ask(http, octo, "GET", f"pulls/{chain[1]}")[1]["stack"]
    assert (stack["position"], stack["size"], stack["base"]["ref"]) == (2, 3, "main")
    octo.wait_delivered()
    told = [json.loads(each.body) for each in octo.deliveries if each.action == "stacked"]
    assert [each["number"] for each in told] == list(chain)
    assert told[-1]["pull_request"]["stack"] == told[-1]["stack"]


def test_what_is_no_stack(octo: SimulatedGitHub, http: requests.Session, chain: tuple[int, ...]) -> None:
    octo.enable_stacks(TOOLS)

    def refusal(*numbers: int) -> Any:
        status, body = ask(http, octo, "POST", "stacks", pull_requests=numbers)
        assert status == 422
        return body.get("errors") or body["message"]

    linear = "Pull requests must form a stack, where each PR's base ref is the previous PR's head ref"
    assert refusal(chain[0], 99) == [{"resource": "Stack", "field": "pull_requests", "code": "missing", "value": [99]}]
    assert refusal(chain[1], chain[0]) == refusal(chain[0], chain[2]) == linear
    octo.create_stack(TOOLS, *chain[:2], by="maria")
    assert refusal(*chain) == f"Pull request #{chain[0]} is already part of a stack"
    octo.close_pull_request(TOOLS, chain[2], by="maria")
    assert ask(http, octo, "POST", "stacks/1/add", pull_requests=[chain[2]]) == (
        422,
        {"message": linear, "documentation_url": "https://docs.github.com/rest", "status": "422"},
    )


def test_a_pull_request_of_a_stack_keeps_its_base(
    octo: SimulatedGitHub, http: requests.Session, chain: tuple[int, ...]
) -> None:
    """The rest of such a request is performed all the same, and a stack has its own way to be merged."""
    octo.enable_stacks(TOOLS)
    octo.create_stack(TOOLS, *chain, by="maria")
    status, body = ask(http, octo, "PATCH", f"pulls/{chain[1]}", base="auto/1", title="Another")
    said = "Cannot change the base branch because the pull request is part of a stack."
    assert (status, body["errors"][0]["message"]) == (422, said)
    assert octo.issue(TOOLS, chain[1]).title == "Another"
    assert ask(http, octo, "PUT", f"pulls/{chain[0]}/merge")[0] == 405


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merge_puts_what_is_above_on_the_base(
    octo: SimulatedGitHub, http: requests.Session, chain: tuple[int, ...], method: str
) -> None:
    """Their committer is the one who merged."""
    octo.enable_stacks(TOOLS)
    octo.create_stack(TOOLS, *chain, by="maria")
    octo.merge_pull_request(TOOLS, chain[0], method=method, by="maria")
    _, middle, top = pulls(octo)
    assert (middle.base, top.base) == ("main", "auto/2")
    git = octo.world.repository(TOOLS).git
    assert [each.message for each in git.commits("main..auto/3")] == ["auto/2", "auto/3"]
    assert (middle.head_sha, top.head_sha) == (git.branch("auto/2"), git.branch("auto/3"))
    kinds = [event.kind for event in octo.history(TOOLS, middle.number)]
    assert kinds == ["automatic_base_change_succeeded", "head_ref_force_pushed"]
    (made,) = ask(http, octo, "GET", f"pulls/{middle.number}/commits")[1]
    assert (made["commit"]["author"]["name"], made["commit"]["committer"]["name"]) == ("bot", "maria")

    octo.merge_pull_request(TOOLS, chain[2], method=method, by="maria")
    assert all(pull.merged_at is not None for pull in pulls(octo))
    assert {f"auto/{part}.txt" for part in (1, 2, 3)} < octo.files(TOOLS, "main").keys()


def test_a_closed_one_holds_up_all_above_it(octo: SimulatedGitHub, chain: tuple[int, ...]) -> None:
    octo.enable_stacks(TOOLS)
    octo.create_stack(TOOLS, *chain, by="maria")
    octo.close_pull_request(TOOLS, chain[1], by="maria")
    with pytest.raises(Refused, match="not mergeable"):
        octo.merge_pull_request(TOOLS, chain[2], by="maria")
    octo.merge_pull_request(TOOLS, chain[0], by="maria")
    assert [pull.base for pull in pulls(octo)] == ["main", "auto/1", "auto/2"]


def test_a_conflict_above_is_left_to_people(octo: SimulatedGitHub, chain: tuple[int, ...]) -> None:
    octo.enable_stacks(TOOLS)
    octo.push_commit(TOOLS, "main", {"auto/2.txt": "another\n"}, by="maria")
    octo.create_stack(TOOLS, *chain, by="maria")
    before = octo.branches(TOOLS)["auto/2"]
    octo.merge_pull_request(TOOLS, chain[0], by="maria")
    assert (pulls(octo)[1].base, octo.branches(TOOLS)["auto/2"]) == ("main", before)


def test_a_stack_is_dissolved_as_a_whole(octo: SimulatedGitHub, http: requests.Session, chain: tuple[int, ...]) -> None:
    """What is merged stays in it."""
    octo.enable_stacks(TOOLS)
    octo.create_stack(TOOLS, *chain, by="maria")
    assert ask(http, octo, "POST", "stacks/1/unstack") == (204, None)
    assert octo.stacks(TOOLS) == ()
    assert ask(http, octo, "GET", "stacks/1")[0] == 404
    octo.create_stack(TOOLS, *chain, by="maria")
    octo.merge_pull_request(TOOLS, chain[0], by="maria")
    status, left = ask(http, octo, "POST", "stacks/1/unstack")
    assert (status, [each["number"] for each in left["pull_requests"]]) == (200, [chain[0]])
    assert ask(http, octo, "POST", "stacks/1/unstack")[0] == 422
    assert octo.change_base(TOOLS, chain[2], "main", by="maria").base == "main"
