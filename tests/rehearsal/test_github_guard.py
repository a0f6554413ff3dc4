"""The guard refuses what GitHub would not understand, or would silently ignore."""

from __future__ import annotations

import pytest
import requests

from bot.rehearsal.github.guard import Guard, Operation, as_json_schema, shipped_description, shipped_guard
from bot.rehearsal.github.server import SimulatedGitHub

GUARD = shipped_guard()


@pytest.mark.parametrize(
    "operation", GUARD.operations, ids=lambda operation: f"{operation.method} {operation.template}"
)
def test_an_unknown_query_parameter_fails(operation: Operation) -> None:
    assert any("labls" in error for error in GUARD.check_request(operation, {"labls": "auto"}, None))


def test_an_unknown_property_of_a_request_fails() -> None:
    """GitHub would ignore `tittle` in silence; here the night fails on it."""
    operation = GUARD.find("PATCH", "/repos/o/r/issues/1")
    assert operation is not None
    assert GUARD.check_request(operation[0], {}, {"title": "x"}) == []
    assert GUARD.check_request(operation[0], {}, {"tittle": "x"})
    assert GUARD.check_request(operation[0], {}, {"title": {"a": 1}})


def test_a_query_parameter_of_another_type_fails() -> None:
    operation = GUARD.find("GET", "/repos/o/r/issues")
    assert operation is not None
    assert GUARD.check_request(operation[0], {"per_page": "100", "state": "all"}, None) == []
    assert GUARD.check_request(operation[0], {"per_page": "many"}, None)
    assert GUARD.check_request(operation[0], {"state": "opened"}, None)


def test_an_undocumented_error_needs_a_message() -> None:
    """GitHub answers with more error statuses than it documents; a success that it does not document is none."""
    operation = GUARD.find("GET", "/user")
    assert operation is not None
    assert GUARD.check_response(operation[0], 418, {"message": "I'm a teapot"}) == []
    assert GUARD.check_response(operation[0], 418, {"error": "?"})
    assert GUARD.check_response(operation[0], 202, {"message": "later"})


def test_a_webhook_that_github_does_not_have_fails() -> None:
    assert GUARD.check_webhook("issues", "vanished", {}) == [
        "webhook issues-vanished: the description does not know it"
    ]


def test_nullable_means_null_too() -> None:
    schema = as_json_schema({"type": "string", "nullable": True, "enum": ["a"]}, closed=False)
    assert schema == {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}


def test_the_overlay_leaves_the_shipped_description_alone() -> None:
    raw = shipped_description()
    Guard(raw)
    assert raw == shipped_description()


def test_the_server_refuses_and_remembers(careless_github: SimulatedGitHub, http: requests.Session) -> None:
    """Over HTTP: a request that the description does not allow is answered with 422 and is a violation."""
    url = f"{careless_github.api_url}/repos/octo/tools/issues"
    assert http.post(url, json={"title": "x", "labelz": ["auto"]}).status_code == 422
    assert http.get(url, params={"label": "auto"}).status_code == 422
    first, second = careless_github.violations
    assert "labelz" in first
    assert "'label'" in second
    assert careless_github.issues("octo/tools") == ()


def test_what_is_not_modelled_says_so(careless_github: SimulatedGitHub, http: requests.Session) -> None:
    answer = http.get(f"{careless_github.api_url}/repos/octo/tools/milestones")
    assert answer.status_code == 501
    assert "does not model GET /repos/octo/tools/milestones" in answer.json()["message"]
    assert careless_github.unmodelled == ("GET /repos/octo/tools/milestones",)
