"""A walk through every operation and every webhook of the simulation: all of them are as GitHub describes them, and the
guard that says so is not vacuous: it notices each required property that is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot.rehearsal.github.events import webhook_name
from tests.rehearsal.tour import GUARD, Seen, tour


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, app_key: str) -> Seen:
    """Good answers of every operation, and one webhook of every kind."""
    return tour(tmp_path_factory.mktemp("tour"), app_key)


def test_the_tour_leaves_nothing_out(seen: Seen) -> None:
    """So that what follows speaks of every operation and of every webhook."""
    walked = {(operation.method, operation.template) for operation, _, _ in seen.answers}
    assert walked == {(operation.method, operation.template) for operation in GUARD.operations}
    sent = {webhook_name(event, action) for event, action, _ in seen.webhooks}
    assert sent == GUARD.description["x-webhooks"].keys()


def test_an_answer_without_a_required_property_fails(seen: Seen) -> None:
    """For every operation, each property that is required is missed when it is not there, at any depth."""
    tried = 0
    for operation, status, body in seen.answers:
        assert GUARD.check_response(operation, status, body) == []
        schema = _schema_of(operation.definition["responses"][str(status)])
        for name, broken in _without_each_required(schema, body):
            tried += 1
            assert GUARD.check_response(operation, status, broken), f"{operation.method} {operation.template}: {name}"
    assert tried > 1000


def test_a_webhook_without_a_required_property_fails(seen: Seen) -> None:
    tried = 0
    for event, action, payload in seen.webhooks:
        assert GUARD.check_webhook(event, action, payload) == []
        definition = GUARD.description["x-webhooks"][webhook_name(event, action)]
        for name, broken in _without_each_required(_schema_of(definition["post"]["requestBody"]), payload):
            tried += 1
            assert GUARD.check_webhook(event, action, broken), f"{event} {action}: {name}"
    assert tried > 1000


def test_an_answer_of_another_type_fails(seen: Seen) -> None:
    for operation, status, body in seen.answers:
        if body is not None:
            assert GUARD.check_response(operation, status, "text" if isinstance(body, dict) else {"a": 1})


def _schema_of(definition: Any) -> Any:
    return _resolved(definition).get("content", {}).get("application/json", {}).get("schema", {})


def _without_each_required(schema: Any, value: Any) -> Iterator[tuple[str, Any]]:
    """`value` with each property that its schema requires taken out, one at a time. Alternatives are not followed."""
    schema = _resolved(schema)
    for part in schema.get("allOf", []):
        yield from _without_each_required(part, value)
    if isinstance(value, list) and value:
        for name, broken in _without_each_required(schema.get("items", {}), value[0]):
            yield f"0/{name}", [broken, *value[1:]]
    if isinstance(value, dict):
        yield from _without_one(schema, value)


def _without_one(schema: Any, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in schema.get("required", []):
        yield name, {key: item for key, item in value.items() if key != name}
    for name, below in schema.get("properties", {}).items():
        for path, broken in _without_each_required(below, value.get(name)):
            yield f"{name}/{path}", {**value, name: broken}


def _resolved(schema: Any) -> Any:
    while "$ref" in schema:
        _, _, kind, name = schema["$ref"].split("/")
        schema = GUARD.description["components"][kind][name]
    return schema
