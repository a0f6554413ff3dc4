"""Time limits are longer on a busy machine, within bounds."""

from __future__ import annotations

import pytest

from bot.rehearsal.load import MOST, factor, load_factor
from tests.patience import within


@pytest.mark.parametrize(
    ("waiting", "processors", "expected"),
    [(0.0, 1, 1.0), (2.0, 2, 1.0), (2.1, 2, 1.05), (6.0, 2, 3.0), (6.0, 8, 1.0), (20.0, 2, MOST), (1e9, 2, MOST)],
)
def test_a_limit_grows_with_what_waits_for_each_processor(waiting: float, processors: int, expected: float) -> None:
    """Never shorter than on an idle machine, and never without end."""
    assert factor(waiting, processors) == pytest.approx(expected)


def test_a_limit_is_multiplied_by_the_load_of_this_machine() -> None:
    before = load_factor()
    waited = within(60)
    after = load_factor()
    assert 60 * min(before, after) <= waited <= 60 * max(before, after)
