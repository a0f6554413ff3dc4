"""Check runs of apps: who may make them, what their buttons may say, and who learns that one was pressed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from bot.rehearsal.github.access import mint
from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused

RUNS = "/repos/octo/tools/check-runs"
BUTTON = {"label": "Retry", "description": "Run it again", "identifier": "retry"}


def send(octo: SimulatedGitHub, token: str, path: str, body: Mapping[str, Any], verb: str = "POST") -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(verb, octo.api_url + path, json=body, headers=headers, timeout=10)


def body_of(octo: SimulatedGitHub, **more: Any) -> dict[str, Any]:
    return {"name": "Nightshift", "head_sha": octo.branches("octo/tools")["main"], **more}


def install(github: SimulatedGitHub, key: str) -> App:
    github.install_app(github.add_app(4711, slug="nightshift", key=key).id, ("octo/tools",))
    return github.world.apps[4711]


@pytest.fixture
def app(octo: SimulatedGitHub, app_key: str) -> App:
    return install(octo, app_key)


def token_of(octo: SimulatedGitHub, **permissions: str) -> str:
    installation = next(iter(octo.world.installations.values()))
    return mint(octo.world, installation, ("octo/tools",), {"metadata": "read", **permissions}).value


def made(octo: SimulatedGitHub, **more: Any) -> int:
    return int(send(octo, token_of(octo, checks="write"), RUNS, body_of(octo, **more)).json()["id"])


def test_personal_tokens_make_none(octo: SimulatedGitHub) -> None:
    """Whatever they may do otherwise; GitHub words it by the kind of token."""
    classic = octo.add_token("maria").value
    fine = octo.add_token("maria", permissions={"checks": "write"}, repositories=("octo/tools",)).value
    answers = [send(octo, token, RUNS, body_of(octo)) for token in (classic, fine)]
    assert [each.status_code for each in answers] == [403, 403]
    assert [each.json()["message"] for each in answers] == [
        "You must authenticate via a GitHub App.",
        "Resource not accessible by personal access token",
    ]


@pytest.mark.parametrize("permissions", [{}, {"checks": "read"}, {"statuses": "write"}])
def test_an_app_needs_the_permission(octo: SimulatedGitHub, app: App, permissions: dict[str, str]) -> None:
    answer = send(octo, token_of(octo, **permissions), RUNS, body_of(octo))
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")
    assert octo.check_runs("octo/tools", "main", app=app.slug) == []


@pytest.mark.parametrize(
    "actions",
    [
        [BUTTON] * 4,
        [{**BUTTON, "label": "x" * 21}],
        [{**BUTTON, "description": "x" * 41}],
        [{**BUTTON, "identifier": "x" * 21}],
    ],
)
def test_buttons_are_few_and_short(
    careless_github: SimulatedGitHub, app_key: str, actions: list[dict[str, str]]
) -> None:
    """GitHub's description says so too: such a request is a violation."""
    install(careless_github, app_key)
    body = body_of(careless_github, actions=actions)
    assert send(careless_github, token_of(careless_github, checks="write"), RUNS, body).status_code == 422
    assert careless_github.violations


@pytest.mark.usefixtures("app")
def test_an_update_that_names_no_buttons_leaves_them(octo: SimulatedGitHub) -> None:
    """And one that puts the run to work again takes its conclusion away."""
    run = made(octo, conclusion="success", actions=[BUTTON])
    token = token_of(octo, checks="write")
    again = send(octo, token, f"{RUNS}/{run}", {"status": "in_progress"}, "PATCH").json()
    assert (again["status"], again["conclusion"], again["completed_at"]) == ("in_progress", None, None)
    (found,) = octo.check_runs("octo/tools", "main", app="nightshift")
    assert found.actions == (BUTTON,)
    send(octo, token, f"{RUNS}/{run}", {"actions": []}, "PATCH")
    assert octo.check_runs("octo/tools", "main", app="nightshift")[0].actions == ()


@pytest.mark.usefixtures("app")
def test_buttons_are_shown_once_the_run_is_completed_and_to_people_who_may_write(octo: SimulatedGitHub) -> None:
    octo.add_user("sam")
    run = made(octo, status="in_progress", actions=[BUTTON])
    with pytest.raises(Refused, match="shows no button"):
        octo.press_button("octo/tools", run, "Retry", by="maria")
    send(octo, token_of(octo, checks="write"), f"{RUNS}/{run}", {"conclusion": "neutral"}, "PATCH")
    with pytest.raises(Refused, match="write rights"):
        octo.press_button("octo/tools", run, "Retry", by="sam")
    with pytest.raises(Refused, match="shows no button"):
        octo.press_button("octo/tools", run, "Deploy", by="maria")
    octo.press_button("octo/tools", run, "Retry", by="maria")


@pytest.mark.usefixtures("app")
def test_only_the_app_learns_that_its_button_was_pressed(octo: SimulatedGitHub, app_key: str) -> None:
    """No hook of the repository, and no other app: those learn that a run was made and that it ended."""
    octo.add_app(4712, slug="other", key=app_key)
    octo.install_app(4712, ("octo/tools",))
    hooks = [octo.add_webhook("http://127.0.0.1:9/", "s", app=app) for app in (4711, 4712, None)]
    run = made(octo, conclusion="success", actions=[BUTTON])
    octo.press_button("octo/tools", run, "Retry", by="maria")
    octo.rerun_check("octo/tools", run, by="maria")
    octo.wait_delivered()

    told = [(each.hook, each.action, json.loads(each.body)) for each in octo.deliveries if each.event == "check_run"]
    assert [action for hook, action, _ in told if hook == hooks[0].id] == [
        "completed",
        "requested_action",
        "rerequested",
    ]
    assert [action for hook, action, _ in told if hook != hooks[0].id] == ["completed", "completed"]
    (pressed,) = [payload for _, action, payload in told if action == "requested_action"]
    assert (pressed["requested_action"], pressed["sender"]["login"]) == ({"identifier": "retry"}, "maria")
    assert pressed["check_run"]["app"]["id"] == 4711
