"""Compiled patterns of the tables.

Python's own cache holds 512 patterns, fewer than the tables have: every third call compiled some of them again.
"""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=8192)  # some are made of a session's words
def compile_once(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """The pattern, compiled once."""
    return re.compile(pattern, flags)
