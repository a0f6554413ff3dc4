"""Holds every exchange and every webhook against GitHub's own description of them.

The description is open (unknown properties pass), so what a client sends is checked against closed copies: a
misspelt property or query parameter is an error here, as it would be silently ignored by GitHub. Where the
description is known to err, `_overlay` says so, each with its reason.
"""

from __future__ import annotations

import functools
import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_rs

from bot.rehearsal.github.events import webhook_name

Json = dict[str, Any]

_ERRORS = 400  # the first status that is an error
_LABEL_LISTS = "/repos/{owner}/{repo}/issues/{issue_number}/labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the description: `template` is its path with `{names}`."""

    method: str
    template: str
    definition: Json
    pattern: re.Pattern[str]

    @property
    def literals(self) -> int:
        return sum(not part.startswith("{") for part in self.template.split("/"))


class Guard:
    """Checks return what is wrong as sentences; an empty list means that GitHub's description allows it."""

    def __init__(self, description: Json) -> None:
        self.description = _overlay(description)
        self.operations = tuple(_operations(self.description))
        self._validators: dict[tuple[str, ...], jsonschema_rs.Draft4Validator] = {}

    def find(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation that answers `path`, with its path parameters. More literal segments win."""
        for operation in self.operations:
            match = operation.pattern.fullmatch(path) if operation.method == method else None
            if match is not None:
                return operation, match.groupdict()
        return None

    def check_request(self, operation: Operation, query: Mapping[str, str], body: Any) -> list[str]:
        return [*self._check_query(operation, query), *self._check_body(operation, body)]

    def check_response(self, operation: Operation, status: int, body: Any) -> list[str]:
        responses = operation.definition["responses"]
        if str(status) not in responses:
            return self._check_undocumented(operation, status, body)
        schema = _json_schema_of(_resolve(self.description, responses[str(status)]))
        if schema is None or (body is None and status >= _ERRORS):
            return []
        return self._errors((operation.method, operation.template, str(status)), schema, body, closed=False)

    def check_webhook(self, event: str, action: str | None, payload: Any) -> list[str]:
        name = webhook_name(event, action)
        definition = self.description["x-webhooks"].get(name)
        if definition is None:
            return [f"webhook {name}: the description does not know it"]
        schema = _json_schema_of(definition["post"]["requestBody"])
        assert schema is not None, f"webhook {name} has a body"  # noqa: S101 - a fact of the description
        return self._errors(("webhook", name), schema, payload, closed=False)

    def _check_undocumented(self, operation: Operation, status: int, body: Any) -> list[str]:
        """GitHub answers with more error statuses than it documents; each of them has a `message`."""
        if status >= _ERRORS and isinstance(body, dict) and isinstance(body.get("message"), str):
            return []
        return [f"{operation.method} {operation.template} {status}: a status that the description does not name"]

    def _check_query(self, operation: Operation, query: Mapping[str, str]) -> Iterator[str]:
        parameters = [_resolve(self.description, item) for item in operation.definition.get("parameters", [])]
        known = {item["name"]: item.get("schema", {}) for item in parameters if item["in"] == "query"}
        where = f"{operation.method} {operation.template}"
        for name, value in query.items():
            if name not in known:
                yield f"{where}: there is no query parameter {name!r}"
            elif known[name].get("type") == "integer" and not value.isdecimal():
                yield f"{where}: query parameter {name!r} is {value!r}, no number"
            elif "enum" in known[name] and value not in known[name]["enum"]:
                yield f"{where}: query parameter {name!r} is {value!r}, none of {known[name]['enum']}"

    def _check_body(self, operation: Operation, body: Any) -> list[str]:
        definition = _resolve(self.description, operation.definition.get("requestBody") or {})
        schema = _json_schema_of(definition)
        where = f"{operation.method} {operation.template}"
        if body is None:
            return [f"{where}: a body is required"] if definition.get("required") else []
        if schema is None:
            return [f"{where}: takes no body"]
        return self._errors((operation.method, operation.template, "request"), schema, body, closed=True)

    def _errors(self, key: tuple[str, ...], schema: Json, value: Any, *, closed: bool) -> list[str]:
        if key not in self._validators:
            self._validators[key] = self._compile(schema, closed=closed)
        where = " ".join(key)
        return [f"{where}: {_describe(error)}" for error in self._validators[key].iter_errors(value)]

    def _compile(self, schema: Json, *, closed: bool) -> jsonschema_rs.Draft4Validator:
        components = self._closed_components if closed else self._open_components
        document = {**as_json_schema(schema, closed=closed), "components": components}
        return jsonschema_rs.Draft4Validator(document, validate_formats=True, ignore_unknown_formats=True)

    @functools.cached_property
    def _open_components(self) -> Json:
        return {"schemas": _convert(self.description["components"]["schemas"], closed=False)}

    @functools.cached_property
    def _closed_components(self) -> Json:
        return {"schemas": _convert(self.description["components"]["schemas"], closed=True)}


def shipped_description() -> Json:
    """The description that lies beside this module, without the overlay."""
    description: Json = json.loads(gzip.decompress((Path(__file__).parent / "description.json.gz").read_bytes()))
    return description


@functools.cache
def shipped_guard() -> Guard:
    return Guard(shipped_description())


def as_json_schema(node: Any, *, closed: bool) -> Any:
    """An OpenAPI 3.0 schema as JSON Schema draft 4. `closed` forbids properties that are not named."""
    if isinstance(node, list):
        return [as_json_schema(item, closed=closed) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {key: _converted_keyword(key, value, closed=closed) for key, value in node.items() if key != "nullable"}
    if schema.get("format") in ("uri", "email"):
        del schema["format"]  # GitHub itself sends "" and `[bot]` where the description promises a URI or an address
    if closed and "properties" in schema:
        schema.setdefault("additionalProperties", False)
    return _nullable(schema) if node.get("nullable") else schema


def _converted_keyword(key: str, value: Any, *, closed: bool) -> Any:
    if key in {"properties", "patternProperties"}:
        return _convert(value, closed=closed)
    if key in {"enum", "required", "default"}:
        return value
    return as_json_schema(value, closed=closed)


def _convert(named: Json, *, closed: bool) -> Json:
    return {name: as_json_schema(schema, closed=closed) for name, schema in named.items()}


def _nullable(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _describe(error: Any) -> str:
    place = "/".join(str(part) for part in error.instance_path)
    return f"{place or 'the body'}: {error.message[:300]}"


def _json_schema_of(definition: Json) -> Json | None:
    schema: Json | None = definition.get("content", {}).get("application/json", {}).get("schema")
    return schema


def _operations(description: Json) -> list[Operation]:
    found = [
        Operation(
            method=method.upper(),
            template=template,
            definition=definition,
            pattern=_pattern(template, _multi_segment(description, definition)),
        )
        for template, methods in description["paths"].items()
        for method, definition in methods.items()
    ]
    return sorted(found, key=lambda operation: -operation.literals)


def _multi_segment(description: Json, definition: Json) -> set[str]:
    """The parameters that may hold slashes, such as `heads/auto/1` in `{ref}`."""
    parameters = (_resolve(description, item) for item in definition.get("parameters", []))
    return {item["name"] for item in parameters if item.get("x-multi-segment")}


def _resolve(description: Json, node: Json) -> Json:
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = description["components"][kind][name]
    return node


def _pattern(template: str, multi_segment: set[str]) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    names = (f"(?P<{name}>{'.*' if name in multi_segment else '[^/]+'})" for name in parts[1::2])
    literals = [re.escape(part) for part in parts[::2]]
    return re.compile("".join(piece for pair in zip(literals, [*names, ""], strict=True) for piece in pair))


def _overlay(description: Json) -> Json:
    """The description with its known errors corrected."""
    corrected: Json = json.loads(json.dumps(description))
    _let_labels_be_a_list(corrected["paths"].get(_LABEL_LISTS, {}))
    _let_an_installation_have_one_account(corrected["paths"].get("/app/installations", {}))
    _let_schemas_lack_what_recordings_lack(corrected["components"].get("schemas", {}))
    return corrected


def _let_labels_be_a_list(operations: Json) -> None:
    """The description allows only {"labels": [...]}; GitHub also takes the bare list that PyGithub sends."""
    for method in operations.keys() & {"post", "put"}:
        schema = operations[method]["requestBody"]["content"]["application/json"]["schema"]
        schema["oneOf"].append({"type": "array", "items": {"type": "string"}})


def _let_an_installation_have_one_account(operations: Json) -> None:
    """It asks for an account that is a user and an enterprise at once."""
    for operation in operations.values():
        listed = operation["responses"]["200"]["content"]["application/json"]["schema"]
        account = listed["items"]["properties"]["account"]
        account["anyOf"] = account.pop("allOf")


def _let_schemas_lack_what_recordings_lack(schemas: Json) -> None:
    if "team" in schemas:
        schemas["team"]["required"].remove("type")
    for name in schemas.keys() & {"pull-request", "pull-request-simple"}:
        head = schemas[name]["properties"]["head"]["properties"]  # null after an account or a fork is deleted
        head.update({key: {"anyOf": [head[key]], "nullable": True} for key in ("label", "repo", "user")})
    if "pull-request-simple" in schemas:  # a label that came into being by its use has none, as `label` says
        label = schemas["pull-request-simple"]["properties"]["labels"]["items"]["properties"]
        label["description"] = {**label["description"], "nullable": True}
    for name in schemas.keys() & {"pull-request-review-comment", "review-comment"}:
        place = schemas[name]["properties"]  # null once the file has changed; the webhooks' schemas say so
        place.update({key: {**place[key], "nullable": True} for key in ("line", "position")})
