"""The key that an answer carries: it is read back, and only from its place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import (
    add_marker,
    read_reply_key,
    reply_marker,
)


@given(st.text(min_size=1, max_size=60))
def test_the_key_of_an_answer_is_read_back(key: str) -> None:
    assert read_reply_key(add_marker("Hello.", reply_marker(key))) == key


def test_a_key_inside_of_an_answer_is_none() -> None:
    assert read_reply_key(f"{reply_marker('a')}\n\nmore") is None
