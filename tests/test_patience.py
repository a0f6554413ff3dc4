"""Time limits are longer on a busy machine, within bounds."""

from __future__ import annotations

from bot.rehearsal.load import MOST
from tests.patience import within


def test_a_limit_is_never_shorter_and_never_without_end() -> None:
    assert 60 <= within(60) <= 60 * MOST
