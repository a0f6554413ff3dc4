"""The judge's literals for answers to reviews are written by hand, and compared with the bot's."""

from __future__ import annotations

import pytest

from bot.core import messages
from bot.rehearsal import documented, documented_pull


@pytest.mark.parametrize(
    "reply", [messages.revising("ada"), messages.cannot_revise("It is closed."), messages.status_reply(None)]
)
def test_an_answer_names_the_review_that_it_answers(reply: str) -> None:
    assert documented.find_answered_review(messages.add_marker(reply, messages.reply_marker("review:12"))) == 12
    for key in ("comment:12", "line:12", "thread:12:13", "review:12:13", "not-permitted:octo/clock#12"):
        assert documented.find_answered_review(messages.add_marker(reply, messages.reply_marker(key))) is None
    quoted = f"{messages.add_marker(reply, messages.reply_marker('review:12'))}\n\nThat was it."
    assert documented.find_answered_review(quoted) is None


def test_that_a_base_was_merged_in_is_said_as_documented() -> None:
    """Not where Claude resolved conflicts."""
    assert documented_pull.says_it_follows(messages.rebased("`1234567`", "", base="main", files=[], is_added=True))
    assert not documented_pull.says_it_follows(messages.rebased("`1234567`", "Done.", base="main", files=["a.py"]))
