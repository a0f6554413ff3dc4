"""Which chains GitHub is asked to keep as native stacks: what is linear, and what people did not decide otherwise."""

from __future__ import annotations

import pytest

from bot.core.native_stacks import Add, Create, NativeStack, NoteMade, StackMembership, find_line, may_change, plan
from bot.core.references import IssueRef


def refs(*numbers: int) -> tuple[IssueRef, ...]:
    return tuple(IssueRef("octo/clock", number) for number in numbers)


@pytest.mark.parametrize(
    ("stands_on", "issue", "line"),
    [
        ({}, 1, ()),
        ({2: 1}, 2, (1, 2)),
        ({2: 1}, 1, (1, 2)),
        ({2: 1, 3: 2, 4: 3}, 3, (1, 2, 3, 4)),
        ({2: 1, 3: 1}, 1, ()),  # two children: GitHub's stacks have one
        ({2: 1, 3: 1}, 3, ()),
        ({2: 1, 3: 2, 4: 2}, 1, (1, 2)),  # up to the fork
        ({2: 1, 3: 2, 4: 2}, 2, (1, 2)),
        ({2: 1, 3: 2, 4: 2}, 4, ()),
        ({2: 1, 3: 1, 4: 3}, 4, ()),
        ({1: 2, 2: 1}, 1, ()),  # a loop
    ],
)
def test_a_line_ends_at_a_fork(stands_on: dict[int, int], issue: int, line: tuple[int, ...]) -> None:
    below = dict(zip(refs(*stands_on), refs(*stands_on.values()), strict=True))
    (start,) = refs(issue)
    found = find_line(start, below.get, lambda each: [upper for upper, lower in below.items() if lower == each])
    assert found == refs(*line)


def test_a_line_is_no_longer_than_a_request_of_github() -> None:
    below = dict(zip(refs(*range(2, 300)), refs(*range(1, 299)), strict=True))
    above = {lower: [upper] for upper, lower in below.items()}
    assert len(find_line(refs(1)[0], below.get, lambda each: above.get(each, []))) == 100


def stack(*pulls: int) -> NativeStack:
    return NativeStack(number=7, pulls=pulls)


def ours(*pulls: int, stack: int | None = 7, refused: bool = False) -> dict[int, StackMembership]:
    return {pull: StackMembership(pull=pull, stack=stack, refused=refused) for pull in pulls}


LINE = (11, 12, 13)


@pytest.mark.parametrize(
    ("shown", "known", "expected"),
    [
        (None, {}, Create(pulls=LINE)),
        (None, ours(*LINE, stack=None), Create(pulls=LINE)),  # killed before the request
        (stack(*LINE), ours(*LINE, stack=None), NoteMade(stack=7, pulls=LINE)),  # killed after it
        (stack(*LINE), ours(*LINE), None),
        (stack(11, 12), ours(11, 12), Add(stack=7, pulls=(13,))),
        (stack(11, 12), {}, None),  # a person's
        (stack(11, 12), ours(11), None),  # a person went on with it
        (stack(11, 12), ours(11, 12, stack=6), None),  # dissolved, and another one made
        (stack(11, 13), ours(11, 13), None),
        (stack(10, 11), ours(11, 12), None),
        (None, ours(11, 12), None),  # people dissolved it
    ],
)
def test_what_is_asked_for(
    shown: NativeStack | None, known: dict[int, StackMembership], expected: Create | Add | NoteMade | None
) -> None:
    assert plan(LINE, shown, known) == expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, True),
        (ours(11, 12), True),
        (ours(*LINE), False),
        (ours(*LINE, stack=None), True),
        (ours(12, stack=None, refused=True), False),
        ({**ours(11, 12), **ours(13, stack=None, refused=True)}, False),
    ],
)
def test_what_is_registered_or_refused_costs_no_request(known: dict[int, StackMembership], expected: bool) -> None:
    assert may_change(LINE, known) is expected
    assert not may_change((), known)
