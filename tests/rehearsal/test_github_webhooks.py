"""Webhooks: each event is sent once, signed, in order, and never again by itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import requests
from github.Repository import Repository

from bot.rehearsal.github.faults import DelayWebhook, DoubleWebhook, FailWebhook, LoseWebhook
from bot.rehearsal.github.records import Delivery
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.webhooks import signature


@dataclass(slots=True)
class Receiver:
    """A server that accepts everything, and answers with `status`."""

    url: str = ""
    status: int = 202
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def payloads(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    received = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.got.append((dict(self.headers), body))
            self.send_response(received.status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/webhook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield received
        server.shutdown()
        thread.join()


def told(octo: SimulatedGitHub) -> list[str]:
    """`event.action by whom`, of all that was sent."""
    octo.wait_delivered()
    return [f"{_name(item)} by {json.loads(item.body)['sender']['login']}" for item in octo.deliveries[1:]]


def _name(delivery: Delivery) -> str:
    return delivery.event if delivery.action is None else f"{delivery.event}.{delivery.action}"


def test_a_delivery_is_signed_as_github_signs(octo: SimulatedGitHub, receiver: Receiver) -> None:
    """The example of GitHub's documentation, and the headers of a real delivery."""
    documented = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature("It's a Secret to Everybody", b"Hello, World!") == documented
    hook = octo.add_webhook(receiver.url, "s3cret")
    octo.open_issue("octo/tools", title="x", author="maria")
    octo.wait_delivered()
    headers, body = receiver.got[-1]
    assert headers["X-Hub-Signature-256"] == signature("s3cret", body)
    assert headers["X-GitHub-Event"] == "issues"
    assert headers["X-GitHub-Delivery"] == octo.deliveries[-1].guid
    assert headers["X-GitHub-Hook-ID"] == str(hook.id)
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert json.loads(receiver.got[0][1])["hook_id"] == hook.id


def test_what_people_and_the_bot_do_is_reported_in_order(
    octo: SimulatedGitHub, tools: Repository, receiver: Receiver
) -> None:
    """The bot gets the webhooks of what it did itself, too, with itself as the sender."""
    octo.add_webhook(receiver.url, "s3cret")
    issue = tools.get_issue(octo.open_issue("octo/tools", title="x", author="maria", labels=["auto"]).number)
    issue.create_comment("On it").edit("Done")
    issue.remove_from_labels("auto")
    octo.edit_issue("octo/tools", issue.number, title="y", by="maria")
    octo.close_issue("octo/tools", issue.number, by="maria")
    assert told(octo) == [
        "label.created by maria",
        "issues.opened by maria",
        "issues.labeled by maria",
        "issue_comment.created by bot",
        "issue_comment.edited by bot",
        "issues.unlabeled by bot",
        "issues.edited by maria",
        "issues.closed by maria",
    ]
    edited = receiver.payloads()[7]
    assert (edited["changes"], edited["issue"]["title"]) == ({"title": {"from": "x"}}, "y")


def test_a_pull_request_and_its_branch_are_reported(
    octo: SimulatedGitHub, tools: Repository, receiver: Receiver
) -> None:
    octo.add_webhook(receiver.url, "s3cret")
    octo.push_commit("octo/tools", "auto/1", {"a": "1\n"}, by="bot")
    number = tools.create_pull(base="main", head="auto/1", title="x", body="Fixes #9").number
    octo.push_commit("octo/tools", "auto/1", {"b": "1\n"}, by="maria")
    octo.merge_pull_request("octo/tools", number, by="maria")
    octo.delete_branch("octo/tools", "auto/1", by="maria")
    assert told(octo) == [
        "create by bot",
        "push by bot",
        "pull_request.opened by bot",
        "pull_request.synchronize by maria",
        "push by maria",
        "pull_request.closed by maria",
        "push by maria",
        "delete by maria",
        "push by maria",
    ]
    assert [
        payload["pull_request"]["merged"] for payload in receiver.payloads() if payload.get("action") == "closed"
    ] == [True]


def test_an_apps_hook_hears_of_its_installations_alone(octo: SimulatedGitHub, receiver: Receiver, app_key: str) -> None:
    """And its payloads say which installation it is."""
    octo.add_repository("octo/other")
    octo.add_app(4711, slug="nightshift", key=app_key)
    installation = octo.install_app(4711, ("octo/tools",))
    octo.add_webhook(receiver.url, "s3cret", app=4711)
    octo.open_issue("octo/other", title="x", author="maria")
    octo.open_issue("octo/tools", title="y", author="maria")
    octo.wait_delivered()
    assert [payload["installation"]["id"] for payload in receiver.payloads()[1:]] == [installation.id]
    assert receiver.got[-1][0]["X-GitHub-Hook-Installation-Target-Type"] == "integration"


def test_a_refused_delivery_is_not_sent_again(octo: SimulatedGitHub, receiver: Receiver) -> None:
    """It stands in the log with its status; sending it again is somebody's decision, and keeps its GUID."""
    octo.add_webhook(receiver.url, "s3cret")
    receiver.status = 500
    octo.open_issue("octo/tools", title="x", author="maria")
    octo.wait_delivered()
    refused = octo.deliveries[-1]
    assert refused.status == 500
    receiver.status = 202
    octo.redeliver(refused)
    octo.wait_delivered()
    again = octo.deliveries[-1]
    assert (again.guid, again.body, again.status, again.redelivery) == (refused.guid, refused.body, 202, True)
    assert len(receiver.got) == 3


def test_a_server_that_does_not_answer(octo: SimulatedGitHub) -> None:
    octo.add_webhook("http://127.0.0.1:9/webhook", "s3cret")
    octo.wait_delivered()
    assert octo.deliveries[0].status is None
    assert "no answer" in octo.deliveries[0].error


def test_a_doubled_webhook_comes_twice_under_one_guid(octo: SimulatedGitHub, receiver: Receiver) -> None:
    octo.add_webhook(receiver.url, "s3cret")
    octo.faults.add([DoubleWebhook(on="issues.opened")])
    octo.open_issue("octo/tools", title="x", author="maria")
    octo.wait_delivered()
    _, first, second = receiver.got
    assert first == second


def test_a_late_webhook_is_overtaken(octo: SimulatedGitHub, receiver: Receiver) -> None:
    octo.add_webhook(receiver.url, "s3cret")
    octo.faults.add([DelayWebhook(on="issues.opened", seconds=0.5)])
    number = octo.open_issue("octo/tools", title="x", author="maria").number
    octo.close_issue("octo/tools", number, by="maria")
    octo.wait_delivered()
    assert [payload.get("action") for payload in receiver.payloads()][-2:] == ["closed", "opened"]


def test_a_lost_webhook_is_never_sent(octo: SimulatedGitHub, receiver: Receiver) -> None:
    octo.add_webhook(receiver.url, "s3cret")
    octo.faults.add([LoseWebhook(on="issues.labeled")])
    number = octo.open_issue("octo/tools", title="x", author="maria", labels=["auto"]).number
    octo.label_issue("octo/tools", number, "bug", by="maria")
    octo.wait_delivered()
    labelled = [payload["label"]["name"] for payload in receiver.payloads() if payload.get("action") == "labeled"]
    assert labelled == ["bug"]


def test_the_log_shows_every_attempt_and_its_pages(
    octo: SimulatedGitHub, tools: Repository, receiver: Receiver
) -> None:
    """The newest first. What was not received is there, what was never sent is not; a repetition keeps the GUID."""
    octo.set_role("octo/tools", "bot", "admin")
    hook = octo.add_webhook(receiver.url, "s3cret", repositories=("octo/tools",))
    octo.faults.add([FailWebhook(on="issues.opened"), LoseWebhook(on="issues.closed")])
    number = octo.open_issue("octo/tools", title="x", author="maria").number
    octo.close_issue("octo/tools", number, by="maria")
    octo.wait_delivered()
    url = f"/repos/octo/tools/hooks/{hook.id}/deliveries"
    headers, first = tools.requester.requestJsonAndCheck("GET", url, parameters={"per_page": "1"})
    assert [(each["event"], each["action"], each["status_code"]) for each in first] == [("issues", "opened", 502)]

    tools.requester.requestJsonAndCheck("POST", f"{url}/{first[0]['id']}/attempts")
    octo.wait_delivered()
    following = headers["link"].partition(">")[0].removeprefix("<")
    _, rest = tools.requester.requestJsonAndCheck("GET", following)
    assert [each["event"] for each in rest] == ["ping"]
    _, log = tools.requester.requestJsonAndCheck("GET", url)
    assert [(each["redelivery"], each["status_code"]) for each in log] == [(True, 202), (False, 502), (False, 202)]
    assert log[0]["guid"] == log[1]["guid"]


def test_only_an_app_sees_the_log_of_its_hook(octo: SimulatedGitHub, http: requests.Session) -> None:
    assert http.get(f"{octo.api_url}/app/hook/deliveries").status_code == 401
    hook = octo.add_webhook("http://127.0.0.1:9/", "s3cret", repositories=("octo/tools",))
    assert http.get(f"{octo.api_url}/repos/octo/tools/hooks/{hook.id}/deliveries").status_code == 403
