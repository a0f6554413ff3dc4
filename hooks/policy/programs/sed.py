"""What sed's words say: its scripts, its files, and whether it writes them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hooks.policy.options import parse
from hooks.policy.tables import value_options


def read_sed(words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The scripts and the files; without `-e` and `-f` the first operand is the script."""
    options = parse(words, value_options("sed"))
    scripts, operands = options.values("-e", "--expression"), options.operands
    if scripts or options.values("-f", "--file"):
        return scripts, operands
    return operands[:1], operands[1:]


SWITCHES = re.compile(r"-[acdlnpstuvwSTUWX0-9]*i").match
"""Only letters without a value before it: `-Ilib`, `-rminitest` and `-Mstrict` are none."""


def edits_in_place_by_option(words: Sequence[str]) -> bool:
    """Whether perl or ruby writes the files that it reads: `-i`, `-pi.bak`."""
    return any(map(SWITCHES, words))


def edits_in_place(words: Sequence[str]) -> bool:
    """Whether the files are written: `-i`, `-ni.bak`, `--in-place`."""
    return any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in words)
