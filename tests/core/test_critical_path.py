"""How long the work takes that begins with an issue, by all ways through what waits for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.critical_path import critical_paths
from bot.core.references import IssueRef

SECONDS = {1: 60.0, 2: 600.0, 3: 60.0, 4: 3600.0, 5: 60.0, 6: 60.0}


def ref(number: int, repository: str = "octo/clock") -> IssueRef:
    return IssueRef(repository, number)


def seconds(issue: IssueRef) -> float:
    return SECONDS.get(issue.number, 60.0)


@pytest.mark.parametrize(
    ("waits", "paths"),
    [
        ([], {}),
        ([(1, 2)], {1: 660}),
        ([(1, 2), (2, 3)], {1: 720, 2: 660}),
        ([(1, 2), (1, 3)], {1: 660}),  # a fork: the longer arm counts
        ([(1, 2), (1, 3), (2, 4), (3, 4)], {1: 4260, 2: 4200, 3: 3660}),  # a diamond
        ([(1, 5), (5, 4), (1, 2)], {1: 3720, 5: 3660}),  # two short ones before a long one
        ([(1, 2), (1, 2)], {1: 660}),
        ([(1, 1)], {1: 60}),
        ([(1, 2), (2, 1), (2, 3)], {1: 60, 2: 660}),  # in a cycle: what it keeps back besides
    ],
)
def test_the_longest_chain_counts(waits: list[tuple[int, int]], paths: dict[int, float]) -> None:
    found = critical_paths([(ref(one), ref(other)) for one, other in waits], seconds)
    assert {issue.number: path for issue, path in found.items()} == paths


def test_a_chain_goes_through_repositories() -> None:
    waits = [(ref(1), ref(1, "octo/shop")), (ref(1, "octo/shop"), ref(4))]
    assert critical_paths(waits, seconds)[ref(1)] == 60 + 60 + 3600


@given(
    edges=st.sets(st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda each: each[0] < each[1]), max_size=20)
)
def test_no_way_is_longer_than_the_path(edges: set[tuple[int, int]]) -> None:
    """Against all ways, each walked for itself."""

    def longest(number: int) -> float:
        ways = [longest(other) for one, other in edges if one == number]
        return seconds(ref(number)) + max(ways, default=0.0)

    found = critical_paths([(ref(one), ref(other)) for one, other in edges], seconds)

    assert found == {ref(one): longest(one) for one, _ in edges}


def test_each_wait_is_looked_at_once() -> None:
    """The number of ways through these has two hundred digits."""
    waits = [(ref(each - back), ref(each)) for each in range(3, 1001) for back in (1, 2)]
    assert critical_paths(waits, lambda _: 1.0)[ref(1)] == 1000 - 1
