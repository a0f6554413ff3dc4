"""A host reads exactly the queues of the orders that it may take."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.task_queues import MOST_TAGS, is_tag, name_queue, queues_of_host

TAGS = st.frozensets(st.sampled_from(["gpu", "macos", "big", "arm64", "ssd"]), max_size=MOST_TAGS)


@given(asked=TAGS, has=TAGS)
def test_a_host_reads_a_queue_if_it_has_all_tags_that_it_asks_for(asked: frozenset[str], has: frozenset[str]) -> None:
    queues = queues_of_host("nightshift", has)

    assert (name_queue("nightshift", asked) in queues) == (asked <= has)
    assert queues[0] == "nightshift"
    assert len(queues) == len(set(queues)) <= 16


def test_a_tag_cannot_look_like_two() -> None:
    assert [each for each in ("gpu", "a+b", "", "-x", "GPU", "x" * 31, "a.b_c-1") if is_tag(each)] == ["gpu", "a.b_c-1"]
