"""Rewrites Ruby, PHP, Perl and Lua before patterns are matched: lists of words, joined texts, variables for a text."""

from __future__ import annotations

import re

WORDS = re.compile(r"\*?%[wW](?:\[([^\]]*)\]|\(([^)]*)\)|\{([^}]*)\}|<([^>]*)>|([^\w\s])(.*?)\5)")


_SUM = re.compile(r"(?:(['\"])([^'\"\\\n$]*)\1)\s*(?:\.\.?|\+)\s*(?:(['\"])([^'\"\\\n$]*)\3)")
_ROUNDS = 4
_NAMES = 40


_TEXT = re.compile(r"(?<![\w$@.>])(?:my\s+)?([$]?[a-z_]\w*)\s*=\s*(\"[^\"\\\n$#]*\"|'[^'\\\n]*')\s*(?=[;\n]|$)")
_PROGRAM_BEFORE = re.compile(r"\b(exec|system)\s*\{[^{}\n]*\}\s*(?=['\"(])")
"""Perl's `exec {"git"} "git", "push"`."""


def join_texts(code: str) -> str:
    """The code with texts that are joined as one text, and such a text where its variable is an argument alone."""
    for _ in range(_ROUNDS):
        code = _SUM.sub(lambda found: f"{found[1]}{found[2]}{found[4]}{found[1]}", code)
    for name, text in _TEXT.findall(code)[:_NAMES]:
        if len(re.findall(rf"(?<![\w$]){re.escape(name)}\s*(?:[.+]|<<)?=(?!=)", code)) == 1:
            code = text.join(re.split(rf"(?<=\()\s*{re.escape(name)}\s*(?=\))", code))
    return _PROGRAM_BEFORE.sub(r"\1 ", code)


def spell_out_lists(code: str) -> str:
    """The code with each list of words as a list of texts."""
    return WORDS.sub(_spell_out, join_texts(code))


def _spell_out(match: re.Match[str]) -> str:
    words = next((group for group in (*match.groups()[:4], match[6]) if group), "").split()
    listed = ", ".join(f'"{word}"' for word in words)
    return listed if match[0].startswith("*") else f"[{listed}]"
