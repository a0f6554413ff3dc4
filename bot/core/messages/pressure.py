"""What a queued task waits for although nothing blocks or pauses it: its turn, reviews, or another task that runs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.core.messages.quoting import code
from bot.core.pressure import Conflict, Hold, SharesFile, TooManyOpen

_LONGEST = 120  # characters of a file's name
_MOST_PAIRS, _MOST_FILES = 5, 3
_LONGEST_BODY = 65_000  # GitHub takes 65,536 characters
CONFLICTS_MARKER = "<!-- nightshift:conflicts -->"
# A person who edits the text in a browser gives it the line ends of Windows.
_CONFLICT_LINE = re.compile(
    rf"^- \*\*Conflicts with\*\*: [^\n]*{re.escape(CONFLICTS_MARKER)}(?:\r?\n|\Z)", re.MULTILINE
)
_BASE_LINE = re.compile(r"^- \*\*Base\*\*: [^\r\n]*(\r?\n)", re.MULTILINE)


def place_in_queue(position: int | None, busy: int) -> str:
    """`position`: in the queue of its repository, from 1, None where it is not known. `busy`: how many tasks run, if
    one of them has to end before any other starts."""
    if position == 1 and not busy:
        return "next in the queue"
    behind = f", behind {busy} that {'run' if busy > 1 else 'runs'}" if busy else ""
    return f"queued{f', number {position}' if position else ''}{behind}"


def held_headline(hold: Hold) -> str:
    """It begins with "waits", since the label is `waiting`."""
    match hold:
        case TooManyOpen():
            return "waits for reviews"
        case SharesFile():
            return f"waits for #{hold.issue.number}"


def held_back(hold: Hold, shown: str = "") -> str:
    """`shown`: the issue of the other task, as a link."""
    match hold:
        case TooManyOpen(limit):
            most = "one pull request" if limit == 1 else f"{limit:,} pull requests"
            return (
                f"Nightshift keeps at most {most} open in this repository (`max_open_pull_requests`), and counts the "
                f"tasks at work. This one starts once one of them is merged or closed."
            )
        case SharesFile():
            name = code(hold.file, _LONGEST)
            return (
                f"{shown or f'#{hold.issue.number}'} runs now and names {name} too: the two changes would conflict. "
                f"This one starts when that attempt has ended."
            )


def conflict_line(conflicts: Sequence[Conflict], number: int) -> str:
    """A line of the key facts of the pull request with this number; empty without conflicts."""
    if not conflicts:
        return ""
    pairs = [_pair(each, number) for each in conflicts[:_MOST_PAIRS]]
    more = f" and {len(conflicts) - _MOST_PAIRS} more" if len(conflicts) > _MOST_PAIRS else ""
    rest = "Once one is merged, the other has to be changed"
    return f"- **Conflicts with**: {', '.join(pairs)}{more}. {rest} {CONFLICTS_MARKER}"


def with_conflicts(body: str, line: str) -> str:
    """The text of a pull request with this line in place of an earlier one. As it is where it would become too long, or
    where people removed the lines that it belongs to."""
    rest = _CONFLICT_LINE.sub("", body)
    base = _BASE_LINE.search(rest)
    if not line or base is None or len(rest) + len(line) >= _LONGEST_BODY:
        return rest
    return f"{rest[: base.end()]}{line}{base[1]}{rest[base.end() :]}"


def _pair(conflict: Conflict, number: int) -> str:
    other = conflict.one if conflict.other == number else conflict.other
    named = ", ".join(code(path, _LONGEST) for path in conflict.files[:_MOST_FILES])
    more = f" and {len(conflict.files) - _MOST_FILES} more" if len(conflict.files) > _MOST_FILES else ""
    return f"#{other} ({named}{more})"
