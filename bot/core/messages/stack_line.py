"""The first line of a pull request that is part of a stack: which part it is, and what has to be merged before it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.counted import join_words
from bot.core.messages.markers import add_marker
from bot.core.messages.quoting import code, fence
from bot.core.stacking import Apart

_MOST = 10
_MOST_SAID = 1000  # characters
_LONGEST_BODY = 65_000  # GitHub takes 65,536 characters
STACK_MARKER = "<!-- nightshift:stack -->"
_BASE = re.compile(r"^- \*\*Base\*\*: [^\r\n]*", re.MULTILINE)
_NOTE = re.compile(r"^(- \*\*Base\*\*: `[^`\r\n]*`)[^\r\n]*?(, moved here from `[^`\r\n]*`)", re.MULTILINE)
# A person who edits the text in a browser gives it the line ends of Windows.
_LINE = re.compile(rf"^\*\*Part [^\n]*{re.escape(STACK_MARKER)}(?:\r?\n)+", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackPlace:
    """`part` of `parts`, 1 for the one that stands on the default branch. `below`: the numbers of the open pull
    requests that it stands on; `closed`: of those that were closed without merging. `above`: those that stand on it.
    `parts` counts tasks that wait, too. `apart`: why it is not on the newest of what it stands on. `left_on`: its base,
    where that is the branch of a part that was merged; `by_people`: in a native stack that people made, in which
    Nightshift moves no base."""

    part: int
    parts: int
    below: Sequence[int] = ()
    above: Sequence[int] = ()
    closed: Sequence[int] = ()
    apart: str = ""
    left_on: str = ""
    by_people: bool = False


def stack_line(place: StackPlace | None) -> str:
    """Empty for a pull request that is no part of a stack."""
    if place is None or (place.parts < 2 and not place.left_on):  # noqa: PLR2004 - one part is no stack
        return ""
    first = [_wait_for_base(place)] if place.left_on else []
    first += [f"merge {_name(place.below)} first"] if place.below else []
    if place.closed:
        are = "was" if len(place.closed) == 1 else "were"
        first.append(f"built on {_name(place.closed)}, which {are} closed without merging")
    built = ", ".join(f"#{number}" for number in place.above[:_MOST])
    more = f" and {len(place.above) - _MOST} more" if len(place.above) > _MOST else ""
    after = f" Built on it: {built}{more}." if built else ""
    apart = f" It follows once one of them is merged or changes: {place.apart}." if place.apart else ""
    said = "; ".join(first or ["merge this one first"])
    return f"**Part {place.part} of {place.parts}**, {said}.{apart}{after} {STACK_MARKER}"


def _wait_for_base(place: StackPlace) -> str:
    """What is merged now goes into that branch, and never to the default one."""
    press = "; if that stays so, press **Rebase stack**" if place.by_people else ""
    return f"wait: its base is still {code(place.left_on)}, which was merged{press}"


def describe_apart(apart: Apart, pulls: Mapping[int, int]) -> str:
    """A clause. `pulls`: the pull requests of the branches, by the numbers of their issues."""
    names = [f"#{pulls.get(number, number)}" for number in apart.between]
    if apart.checks:
        return f"a merge of {join_words(names)} fails {join_words([code(each) for each in apart.checks[:_MOST]])}"
    other = "" if len(names) > 1 else " and the default branch"
    return f"{join_words(names)}{other} conflict in {join_words([code(each) for each in apart.files[:_MOST]])}"


def _name(numbers: Sequence[int]) -> str:
    return join_words([f"#{number}" for number in numbers])


def with_base_moved(body: str, *, source: str, target: str) -> str:
    """The text of a pull request whose base is moved. It always differs: GitHub reads closing keywords when a text is
    changed, and those of a pull request on another branch than the default one have no effect yet."""
    changed = _BASE.sub(lambda _: _moved(source, target), body, count=1)
    return changed if changed != body else add_marker(body, _moved_marker(target))


def reopened(source: str) -> str:
    return (
        f"GitHub closed this, since its base branch {code(source)} was deleted. **Nightshift** opened it again, and "
        "moves it to where that was merged."
    )


def closed_again(source: str) -> str:
    return (
        f"GitHub closed this once more, since its base branch {code(source)} was deleted. Nightshift has opened it "
        f"before, and leaves it now.\n\n{_open_by_hand(source)}"
    )


def not_reopened(source: str, said: str) -> str:
    """`said`: by GitHub."""
    return (
        f"GitHub closed this, since its base branch {code(source)} was deleted, and did not let Nightshift open it "
        f"again:\n\n{fence(said, _MOST_SAID)}\n\n{_open_by_hand(source)}"
    )


def _open_by_hand(source: str) -> str:
    step = f"restore {code(source)}, reopen this and change its base, or comment `/retry` on the issue"
    return f"**Next** (a maintainer): {step}."


def keep_base_moved(body: str, before: str) -> str:
    """A new text with the note of the earlier one `before`, unless the base is another one by now."""
    noted, line = _NOTE.search(before), _BASE.search(body)
    if noted is None or line is None or not line[0].startswith(noted[1]) or _NOTE.search(body) is not None:
        return body
    return f"{body[: line.end()]}{noted[2]}{body[line.end() :]}"


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


def read_stack_line(body: str) -> str:
    """The line in a text; empty if it has none."""
    found = _LINE.search(body)
    return found[0].rstrip() if found is not None else ""
