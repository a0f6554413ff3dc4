"""GitHub's own examples of webhooks, one and all: what GitHub does not bear out when it is asked moves nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.core.references import IssueRef
from bot.rehearsal.github.faults import LoseWebhook
from bot.wiring import utc_now
from tests.stories.deliveries import process_deliveries
from tests.stories.web_server import examples
from tests.stories.world import REPOSITORY, World, a_world, writes

SENDER = "Codertocat"  # who does most of what the examples tell, in 2019
NUMBERS = count()

Moved = list[tuple[str, str, dict[int, str]]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        made.github.add_user(SENDER)
        yield made
        made.check()


def ours(payload: dict[str, Any]) -> dict[str, Any]:
    """As if it were about this repository, the label that counts here, and the branch of #1."""
    text = json.dumps(payload)
    if isinstance(payload.get("repository"), dict):
        text = text.replace(f'"full_name": "{payload["repository"]["full_name"]}"', f'"full_name": "{REPOSITORY}"')
    text = text.replace('"name": "bug"', '"name": "auto"').replace('"ref": "changes"', '"ref": "auto/1"')
    told: dict[str, Any] = json.loads(text)
    return told


def take_in(world: World, event: str, payload: dict[str, Any]) -> None:
    with world.services.store.transaction() as ledger:
        body = json.dumps(payload).encode()
        ledger.deliveries.record(guid=f"{next(NUMBERS)}", event=event, payload=body, now=utc_now())
    process_deliveries(world.services.intake)


def moved_by(world: World, *, but: frozenset[str] = frozenset()) -> Moved:
    """Which examples of ours change anything, and to what. Whatever they cancel is put back for those that follow."""
    moved: Moved = []
    for event, payload in examples():
        if (action := str(payload.get("action"))) in but:
            continue
        before = everything(world)
        take_in(world, event, ours(payload))
        if everything(world) != before:
            moved.append((event, action, world.tasks()))
            put_back(world)
    return moved


def everything(world: World) -> object:
    with world.services.store.read() as ledger:
        return ledger.tasks.in_states(), ledger.outbox.size()


def put_back(world: World) -> None:
    for number, state in world.tasks().items():
        if state == "cancelled":
            world.services.operations.add(IssueRef(REPOSITORY, number))
    world.github.wait_delivered()
    process_deliveries(world.services.intake)


def wait_in_the_queue(world: World) -> IssueRef:
    """#1 and #2 are tasks that have said so, and are not started."""
    world.services.operations.pause("", stop=False)
    first, _ = world.label_issue("First"), world.label_issue("Second")
    world.run_until_idle()
    return first


def test_about_others_they_change_nothing_and_ask_nothing(world: World) -> None:
    """Even though they name numbers that are tasks here."""
    wait_in_the_queue(world)
    before, asked = everything(world), len(world.github.exchanges)
    for event, payload in examples():
        take_in(world, event, payload)

    assert len(examples()) >= 329
    assert everything(world) == before
    assert len(world.github.exchanges) == asked


def test_about_issues_that_are_not_there_they_start_nothing(world: World) -> None:
    """Whatever they claim, GitHub is asked."""
    assert moved_by(world) == []
    world.run_until_idle()

    assert world.tasks() == {}
    assert all(exchange.method == "GET" for exchange in world.github.exchanges)


@pytest.mark.parametrize("role", ["read", "write"])
def test_of_what_waits_only_an_issue_that_is_gone_is_taken_back(world: World, role: Any) -> None:
    """The word for it is GitHub's alone, and is signed. All else was before the approval, also from who may approve."""
    world.github.set_role(REPOSITORY, SENDER, role)
    wait_in_the_queue(world)

    gone = {1: "cancelled", 2: "queued"}
    assert moved_by(world) == [("issues", "deleted", gone), ("issues", "transferred", gone)]


def test_a_label_that_is_off_is_off_whatever_login_removed_it(world: World) -> None:
    """Told once more, when it is on again, it moves nothing."""
    first = wait_in_the_queue(world)
    world.github.faults.add([LoseWebhook(on="issues.unlabeled")])
    world.github.unlabel_issue(first.repository, first.number, "auto", by="ada")

    moved = moved_by(world, but=frozenset({"deleted", "transferred"}))
    assert moved == [("issues", "unlabeled", {1: "cancelled", 2: "queued"})]


def test_a_pull_request_is_what_github_says_it_is(world: World) -> None:
    """The examples say of #2 that it was closed, and then opened again, without a merge."""
    world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    assert [pull.number for pull in world.pull_requests()] == [2]
    world.github.faults.add([LoseWebhook(on=".", times=100)])
    world.github.set_role(REPOSITORY, SENDER, "write")
    assert moved_by(world) == []

    acts: list[tuple[Callable[..., object], str]] = [
        (world.github.close_pull_request, "closed"),
        (world.github.reopen_pull_request, "in_review"),
        (world.github.merge_pull_request, "done"),
    ]
    for act, state in acts:
        act(REPOSITORY, 2, by="ada")
        assert moved_by(world) == [("pull_request", "closed", {1: state})]
