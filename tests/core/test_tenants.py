"""Organisations that share one Nightshift: the one that has had least of the night goes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.tenants import find_later, owner_of, sum_by_owner

_REPOSITORIES = st.sampled_from(["octo/a", "octo/b", "acme/a", "acme/b", "globex/a"])


@pytest.mark.parametrize(
    ("ready", "taken", "later"),
    [
        ((), {}, ()),
        (("octo/a", "octo/b"), {"octo/a": 9.0}, ()),  # an owner does not wait for itself
        (("octo/a", "acme/a"), {}, ()),
        (("octo/a", "acme/a"), {"octo/a": 1.0}, ("octo/a",)),
        (("octo/b", "acme/a"), {"octo/a": 1.0}, ("octo/b",)),  # what its other repository has had counts
        (("octo/a", "acme/a"), {"octo/a": 1.0, "acme/b": 2.0}, ("acme/a",)),
        (("octo/a",), {"octo/a": 5.0, "acme/a": 1.0}, ()),  # the other one has no work
    ],
)
def test_who_lets_others_go_first(ready: tuple[str, ...], taken: dict[str, float], later: tuple[str, ...]) -> None:
    assert find_later(ready, taken) == frozenset(later)


@given(st.frozensets(_REPOSITORIES, min_size=1), st.dictionaries(_REPOSITORIES, st.floats(0, 100)))
def test_somebody_always_goes_first(ready: frozenset[str], taken: dict[str, float]) -> None:
    later = find_later(ready, taken)

    first = ready - later
    assert first
    had = sum_by_owner(taken)
    most = max(had.get(owner_of(name), 0.0) for name in first)
    assert all(had.get(owner_of(name), 0.0) > most for name in later)
