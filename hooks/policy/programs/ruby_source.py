"""Rewrites Ruby before patterns are matched: `%w[git push]` is `["git", "push"]`."""

from __future__ import annotations

import re

WORDS = re.compile(r"\*?%[wW](?:\[([^\]]*)\]|\(([^)]*)\)|\{([^}]*)\}|<([^>]*)>|([^\w\s])(.*?)\5)")


def spell_out_lists(code: str) -> str:
    """The code with each list of words as a list of texts."""
    return WORDS.sub(_spell_out, code)


def _spell_out(match: re.Match[str]) -> str:
    words = next((group for group in (*match.groups()[:4], match[6]) if group), "").split()
    listed = ", ".join(f'"{word}"' for word in words)
    return listed if match[0].startswith("*") else f"[{listed}]"
