"""The first line of a pull request that is part of a stack: which part it is, and what has to be merged before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.messages.markers import add_marker
from bot.core.messages.quoting import code

_MOST = 10
_LONGEST_BODY = 65_000  # GitHub takes 65,536 characters
STACK_MARKER = "<!-- nightshift:stack -->"
_BASE = re.compile(r"^- \*\*Base\*\*: [^\r\n]*", re.MULTILINE)
# A person who edits the text in a browser gives it the line ends of Windows.
_LINE = re.compile(rf"^\*\*Part [^\n]*{re.escape(STACK_MARKER)}(?:\r?\n)+", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlace:
    """`part` of `parts`, 1 for the one that stands on the default branch. `below`: the number of the pull request that
    it stands on, None if there is none; `is_below_open`: it was not closed. `above`: those that stand on it. `parts`
    counts tasks that wait, too."""

    part: int
    parts: int
    below: int | None
    above: Sequence[int] = ()
    is_below_open: bool = True


def stack_line(place: StackPlace | None) -> str:
    """Empty for a pull request that is no part of a stack."""
    if place is None or place.parts < 2:  # noqa: PLR2004 - one part is no stack
        return ""
    first = f"merge #{place.below} first" if place.below is not None else "merge this one first"
    if place.below is not None and not place.is_below_open:
        first = f"built on #{place.below}, which was closed without merging"
    built = ", ".join(f"#{number}" for number in place.above[:_MOST])
    more = f" and {len(place.above) - _MOST} more" if len(place.above) > _MOST else ""
    after = f" Built on it: {built}{more}." if built else ""
    return f"**Part {place.part} of {place.parts}**, {first}.{after} {STACK_MARKER}"


def with_base_moved(body: str, *, source: str, target: str) -> str:
    """The text of a pull request whose base is moved. It always differs: GitHub reads closing keywords when a text is
    changed, and those of a pull request on another branch than the default one have no effect yet."""
    changed = _BASE.sub(lambda _: _moved(source, target), body, count=1)
    return changed if changed != body else add_marker(body, _moved_marker(target))


def shows_base_moved(body: str, *, source: str, target: str) -> bool:
    """Whether the text was saved with `with_base_moved`, in its present form."""
    return _moved(source, target) in body or _moved_marker(target) in body


def _moved(source: str, target: str) -> str:
    return f"- **Base**: {code(target)}, moved here from {code(source)}"


def _moved_marker(target: str) -> str:
    return f"<!-- nightshift:base {target} -->"


def with_stack_line(body: str, line: str) -> str:
    """The text of a pull request with this line as its first one, in place of an earlier one. As it is where it would
    become too long."""
    rest = _LINE.sub("", body)
    if not line or len(rest) + len(line) >= _LONGEST_BODY:
        return rest
    return f"{line}\n\n{rest}"
