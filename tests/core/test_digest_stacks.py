"""A digest lists each stack in the order in which it can be merged, one link each, and draws what waits for what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from bot.core.digest import Digest, NightView, make_digest
from bot.core.digest_rows import digest_json
from bot.core.messages.digest import digest_body, digest_lines
from bot.core.messages.digest_form import TERMINAL
from bot.core.tasks import State, Task
from tests.core.nights import DURING, MORNING, NIGHT, a_task, an_attempt, failed, in_review, shop

WEB = "https://github.com"


def stacked(*tasks: Task, on: Mapping[int, int | tuple[int, ...]]) -> Digest:
    """`on`: for the number of an issue, that of the one which its work stands on, or those of several."""
    several = {above: (below,) if isinstance(below, int) else below for above, below in on.items()}
    return make_digest(
        NightView(
            night=NIGHT,
            now=MORNING,
            tasks=tasks,
            moved={task.id: DURING for task in tasks},
            attempts=[an_attempt(task.id) for task in tasks],
            stands_on={shop(above): list(map(shop, below)) for above, below in several.items()},
        )
    )


def chain_of_five(**more: Any) -> Digest:
    """Whose smallest part is the last one; and one pull request that stands alone, the smallest of all."""
    parts = [in_review(each, lines=60 - 10 * each, blocked_by=[shop(each - 1)]) for each in range(1, 6)]
    return stacked(in_review(9, lines=1), *reversed(parts), on={each: each - 1 for each in range(2, 6)}, **more)


def orders(digest: Digest) -> list[list[int]]:
    return [[part.pull_request.number - 100 for part in stack] for stack in digest.stacks]


def test_the_chain_of_five_can_be_merged_from_the_digest_alone() -> None:
    """Each line has one link, to its pull request, and each comes after the one that it is built on."""
    body = digest_body(chain_of_five(), WEB)
    listed = body.partition("### Merge from top to bottom")[2].partition("###")[0]
    lines = [line for line in listed.splitlines() if re.match(r"  \d\. ", line)]

    assert [re.findall(r"\((https?://[^)]*)\)", line) for line in lines] == [
        [f"{WEB}/octo/shop/pull/{each}"] for each in (101, 102, 103, 104, 105)
    ]
    assert "109" not in listed
    assert [line.split(".")[0].strip() for line in lines] == ["1", "2", "3", "4", "5"]
    assert "Then, in this order" in body


@pytest.mark.parametrize(
    ("on", "order"),
    [
        ({}, []),
        ({2: 1}, [[1, 2]]),
        ({2: 1, 3: 1}, [[1, 2, 3]]),  # a fork
        ({2: 1, 3: 2, 5: 4}, [[1, 2, 3], [4, 5]]),
        ({4: 1, 5: 4, 2: 1, 3: 2}, [[1, 2, 3, 4, 5]]),  # an arm stays together
        ({1: 5, 2: 1, 3: 2, 4: 3}, [[5, 1, 2, 3, 4]]),  # the number says nothing
        ({2: 1, 3: 1, 4: (2, 3)}, [[1, 2, 3, 4]]),  # a diamond: the last one after both arms
        ({4: 1, 2: 1, 3: (4, 2), 5: 3}, [[1, 2, 4, 3, 5]]),
        ({3: (1, 2)}, [[1, 2, 3]]),
        ({1: 1}, []),
        ({1: 2, 2: 1}, [[1, 2]]),  # a record that leads back to itself has an end
    ],
)
def test_each_comes_after_what_it_is_built_on(on: dict[int, int | tuple[int, ...]], order: list[list[int]]) -> None:
    assert orders(stacked(*(in_review(each) for each in range(1, 6)), on=on)) == order


def test_a_merged_part_is_no_part_any_more() -> None:
    done = a_task(1, State.DONE, pull_request=101)
    assert orders(stacked(done, in_review(2), in_review(3), on={2: 1, 3: 2})) == [[2, 3]]
    assert orders(stacked(done, in_review(2), on={2: 1})) == []


@pytest.mark.parametrize(
    ("lower", "says"),
    [
        (a_task(1, State.RUNNING, pull_request=101), "“Issue 1” is being worked on: wait for it."),
        (a_task(1, State.QUEUED, pull_request=101), "“Issue 1” is being worked on: wait for it."),
        (a_task(1, State.CLOSED, pull_request=101), "“Issue 1” was closed without merging"),
        (failed(1, pull_request=101), "“Issue 1” failed: decide on it first."),
    ],
)
def test_a_part_that_is_not_to_be_merged_now_says_so(lower: Task, says: str) -> None:
    found = stacked(lower, in_review(2), on={2: 1})
    assert says in "\n".join(digest_lines(found, TERMINAL))
    assert [part["is_ready"] for part in digest_json(found, [])["stacks"][0]] == [False, True]


def test_the_drawing_is_of_the_stacks_alone_and_for_pages_that_show_it() -> None:
    other = [a_task(20, State.QUEUED, blocked_by=[shop(21)]), a_task(21, State.RUNNING)]
    waits = a_task(3, State.QUEUED, blocked_by=[shop(2)])
    found = stacked(in_review(1), in_review(2, blocked_by=[shop(1)]), waits, *other, on={2: 1})
    body = digest_body(found, WEB)
    drawn = body.partition("```mermaid\n")[2].partition("```")[0]

    assert [text in drawn for text in ("#35;1 in review", "#35;2 in review", "#35;3 queued", "#35;20", "#35;21")] == [
        *(True, True, True),
        *(False, False),
    ]
    assert "mermaid" not in "\n".join(digest_lines(found, TERMINAL))
    assert "mermaid" not in digest_body(stacked(*other, in_review(1), on={}), WEB)


def test_a_large_stack_is_cut_and_fits_into_an_issue() -> None:
    many = [in_review(each, title="x" * 300, blocked_by=[shop(each - 1)] if each > 1 else []) for each in range(1, 300)]
    body = digest_body(stacked(*many, on={each: each - 1 for each in range(2, 300)}), WEB)
    assert "  - and 279 more" in body
    assert 'more["and 259 more"]' in body
    assert len(body) < 60_000
