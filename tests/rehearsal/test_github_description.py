"""The shipped part of GitHub's description is what its package says, and it is all that the simulation answers."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from bot.rehearsal.github.describe import LICENCE, REDUCED, as_text, main, reduced_from, references, without_prose
from bot.rehearsal.github.guard import shipped_guard
from bot.rehearsal.github.routes import ROUTES, Route

PACKAGE = Path(__file__).parents[2] / "node_modules/@octokit/openapi"


def test_the_shipped_description_is_made_from_the_package() -> None:
    """Made anew from the pinned package it has the same text, so it was not edited by hand."""
    assert gzip.decompress(REDUCED.read_bytes()).decode() == as_text(reduced_from(PACKAGE))
    assert LICENCE.read_text() == (PACKAGE / "LICENSE").read_text()


def test_making_it_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the package the command says so and touches nothing."""
    before = REDUCED.read_bytes()
    assert main([str(tmp_path)]) == 2
    assert "npm ci" in capsys.readouterr().err
    assert REDUCED.read_bytes() == before


def test_prose_goes_and_properties_of_that_name_stay() -> None:
    """A property may be called `description`; only the keyword is prose."""
    schema = {"description": "x", "properties": {"description": {"type": "string", "example": 1}}}
    assert without_prose(schema) == {"properties": {"description": {"type": "string"}}}


def test_every_reference_leads_somewhere() -> None:
    description = shipped_guard().description
    for reference in set(references(description)):
        _, _, kind, name = reference.split("/")
        assert name in description["components"][kind]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.template}")
def test_each_route_is_one_operation(route: Route) -> None:
    """Every simulated route answers exactly one operation of GitHub's, and no other route answers the same."""
    path = re.sub(r"\{\w+\}", "1", route.template)
    found = shipped_guard().find(route.method, path)
    assert found is not None
    assert found[0].template == route.template
    assert sum((other.method, other.template) == (route.method, route.template) for other in ROUTES) == 1


def test_the_description_holds_no_operation_that_is_not_simulated() -> None:
    described = {(operation.method, operation.template) for operation in shipped_guard().operations}
    assert described == {(route.method, route.template) for route in ROUTES}


def test_a_branch_with_a_slash_is_one_parameter() -> None:
    """`heads/auto/1` is a ref, and `commits/auto/1/statuses` is not a commit called so."""
    guard = shipped_guard()
    found = guard.find("GET", "/repos/o/r/git/ref/heads/auto/1")
    assert found is not None
    assert found[1] == {"owner": "o", "repo": "r", "ref": "heads/auto/1"}
    statuses = guard.find("GET", "/repos/o/r/commits/auto/1/statuses")
    assert statuses is not None
    assert statuses[0].template.endswith("/statuses")
    assert guard.find("GET", "/repos/o/r/issues/1/2") is None


def test_the_text_is_deterministic() -> None:
    text = gzip.decompress(REDUCED.read_bytes()).decode()
    assert as_text(json.loads(text)) == text
