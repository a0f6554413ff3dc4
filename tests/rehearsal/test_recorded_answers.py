"""The simulation's answers have what GitHub's real ones have, property by property: those that PyGithub's own tests
replay. GitHub's description alone lets an answer lack much."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rehearsal.recorded_shapes import find_differences, read_shapes
from tests.rehearsal.tour import Seen, tour

SHAPES = read_shapes()
_OF_ITS_ACCOUNT = ("/app/permissions/", "/permissions/", "/resources/")
"""Which permissions an App has, and which limits there are, depends on whom was recorded."""
_NOT_MODELLED = frozenset(
    {
        ("GET /repos/{owner}/{repo}/branches/{branch} 200", "/protection/required_status_checks is missing"),
        ("GET /repos/{owner}/{repo}/commits/{ref} 200", "/files is missing"),
        ("GET /repos/{owner}/{repo}/commits/{ref} 200", "/stats is missing"),
    }
)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, app_key: str) -> Seen:
    return tour(tmp_path_factory.mktemp("tour"), app_key)


def name_of(answer: tuple[Any, int, Any]) -> str:
    operation, status, _ = answer
    return f"{operation.method} {operation.template} {status}"


def test_each_answer_has_what_the_recorded_ones_have(seen: Seen) -> None:
    recorded = [answer for answer in seen.answers if name_of(answer) in SHAPES]
    found = {(name_of(each), told) for each in recorded for told in find_differences(SHAPES[name_of(each)], each[2])}
    assert len({name_of(each) for each in recorded}) > 80
    assert {(name, told) for name, told in found if not told.startswith(_OF_ITS_ACCOUNT)} == _NOT_MODELLED


def test_each_answer_has_a_status_that_was_recorded(seen: Seen) -> None:
    """Where the description has several."""
    operations = {name.rpartition(" ")[0] for name in SHAPES}
    others = {name_of(each) for each in seen.answers if name_of(each).rpartition(" ")[0] in operations} - SHAPES.keys()
    # The description has 200 alone, and the recording of 2017 is of a preview.
    assert others == {"DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers 200"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"login": "ada"}, "/id is missing"),
        ({"id": "7"}, "/id is of type string, not number"),
        ({"plan": {"name": "free"}}, None),
    ],
)
def test_a_difference_is_found(body: dict[str, Any], told: str | None) -> None:
    found = list(find_differences(SHAPES["GET /user 200"], body))
    assert (told in found) if told is not None else not [each for each in found if each.startswith("/plan")]
