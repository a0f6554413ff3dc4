"""Which task queue an order waits in, and which ones a host reads: one for each set of tags that it carries.

A queue has one name and a host has several tags, so a host reads the queue of each subset of them. That a host has all
tags that an order asks for then needs no filter, which an engine would have to offer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import combinations

MOST_TAGS = 4  # a host reads 2^n queues
TAG = "[a-z0-9][a-z0-9_.-]{0,29}"


def is_tag(text: str) -> bool:
    return re.fullmatch(TAG, text) is not None


def name_queue(prefix: str, tags: Collection[str]) -> str:
    """`nightshift` for what any host may take, `nightshift+big+gpu` for what needs both tags."""
    return "+".join((prefix, *sorted(tags)))


def queues_of_host(prefix: str, tags: Collection[str]) -> list[str]:
    """The queue that any host reads comes first."""
    ordered = sorted(set(tags))
    return [name_queue(prefix, each) for size in range(len(ordered) + 1) for each in combinations(ordered, size)]
