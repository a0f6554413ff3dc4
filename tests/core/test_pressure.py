"""How many pull requests may be open at once, and what a task waits for because of it."""

from __future__ import annotations

import pytest

from bot.core.pressure import MAX_OPEN_PULL_REQUESTS, OpenPulls


@pytest.mark.parametrize(
    ("pulls", "running", "limit", "left"),
    [
        (0, 0, 10, 10),
        (9, 0, 10, 1),
        (10, 0, 10, 0),
        (9, 1, 10, 0),  # what runs may open the tenth
        (12, 0, 10, 0),  # the limit was lowered
        (0, 0, 1, 1),
        (0, 1, 1, 0),
        (MAX_OPEN_PULL_REQUESTS, 0, None, 0),
        (0, 0, None, 1),  # the first attempt reads the limit, and no second one starts before
        (0, 1, None, 0),
        (3, 1, None, 0),
    ],
)
def test_each_task_that_starts_may_open_a_pull_request(pulls: int, running: int, limit: int | None, left: int) -> None:
    assert OpenPulls(pulls=pulls, running=running, limit=limit).left == left


@pytest.mark.parametrize(
    ("pulls", "position", "waits"),
    [
        (10, 1, True),
        (10, 40, True),
        (9, 1, False),
        (9, 2, True),
        (8, 3, False),  # two may start: the third waits for its turn, and may find that one of them changed nothing
        (0, 11, False),
        (10, None, False),
    ],
)
def test_a_task_waits_for_reviews_once_its_turn_would_not_start_it(
    pulls: int, position: int | None, waits: bool
) -> None:
    assert OpenPulls(pulls=pulls, limit=10).holds(position) is waits


def test_a_first_attempt_that_reads_the_limit_holds_nothing_back_in_words() -> None:
    """Two tasks in an unknown repository: the second waits for its turn."""
    assert not OpenPulls(running=1).holds(1)
