"""What `make mutation` changes and runs is there: a pattern that matches nothing would score nothing."""

from __future__ import annotations

import pytest

from tests.mutation.run import AREAS, ROOT, Score, find_survivors, is_too_low


@pytest.mark.parametrize("name", AREAS)
def test_an_area_names_code_and_tests_that_exist(name: str) -> None:
    area = AREAS[name]

    assert all(list(ROOT.glob(pattern)) for pattern in area.code)
    assert all((ROOT / test).exists() for test in area.tests if not test.startswith("--"))


@pytest.mark.parametrize("option", [test for area in AREAS.values() for test in area.tests if test.startswith("--")])
def test_a_test_that_is_left_out_exists(option: str) -> None:
    path, _, name = option.removeprefix("--deselect=").partition("::")

    assert f"def {name}(" in (ROOT / path).read_text()


def test_a_change_that_no_test_reaches_has_survived() -> None:
    """33 is mutmut's code for it, 0 that of tests that passed, 1 that of tests that failed."""
    assert find_survivors(["b", "a", "c"], {"a": 33, "b": 0, "c": 1}) == ("a", "b")


def test_the_score_counts_what_was_drawn() -> None:
    assert Score(area="core", all=9, drawn=4, survivors=("bot.core.x",)).percent == 75


def test_a_run_can_fail_without_being_asked_to() -> None:
    """The weekly one names no score."""
    least = AREAS["core"].least
    weak, good = (Score(area="core", all=900, drawn=100, survivors=("bot.core.x",) * lost) for lost in (40, 10))

    assert 60 < least < 90
    assert is_too_low(weak, None)
    assert not is_too_low(good, None)
    assert is_too_low(good, 95.0)
    assert not is_too_low(weak, 50.0)
