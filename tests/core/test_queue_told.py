"""Which issues are updated after a change of what keeps the queue from going on."""

from __future__ import annotations

import pytest

from bot.core.pauses import find_changed, shown_to, tell_queue

NOTHING = tell_queue("", ())
A, B, PAUSED = (
    tell_queue("", ["o/a is wrong"]),
    tell_queue("", ["o/b is full"]),
    tell_queue("A\nrest", ["o/a is wrong"]),
)


@pytest.mark.parametrize(
    ("known", "is_walking", "told", "changed"),
    [
        (NOTHING, False, A, {"o/a"}),
        (A, False, NOTHING, {"o/a"}),
        (A, False, B, {"o/a", "o/b"}),
        (A, False, tell_queue("", ["o/a is full"]), {"o/a"}),
        (A, False, tell_queue("", ["o/b is full", "o/a is wrong"]), {"o/b"}),
        (A, False, PAUSED, None),
        (PAUSED, False, A, None),
        (PAUSED, True, PAUSED, None),
        (PAUSED, True, tell_queue("A rest", ()), None),
        (shown_to(A, {"o/a"}), True, A, {"o/a"}),
        (shown_to(A, {"o/a"}), True, NOTHING, {"o/a"}),
        (shown_to(A, {"o/a"}), True, tell_queue("", ["o/a is wrong", "o/b is full"]), {"o/a", "o/b"}),
        (shown_to(A, {"o/a"}), True, PAUSED, None),
        ("", False, "", set()),
    ],
)
def test_a_change_of_one_repository_updates_its_issues(
    known: str, is_walking: bool, told: str, changed: set[str] | None
) -> None:
    """A walk that a change interrupts begins anew with all that it was about."""
    assert find_changed(known, told, is_walking=is_walking) == changed


def test_a_reason_of_several_lines_names_no_repository() -> None:
    assert tell_queue("A\nrest\nonly: o/a", []) == "A rest only: o/a"
    assert find_changed(tell_queue("x\no/a y", []), tell_queue("z", []), is_walking=False) is None
