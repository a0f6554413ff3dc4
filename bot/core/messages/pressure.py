"""What a queued task waits for although nothing blocks or pauses it: reviews, or another task that runs."""

from __future__ import annotations

from bot.core.messages.quoting import code
from bot.core.pressure import Hold, SharesFile, TooManyOpen

_LONGEST = 120  # characters of a file's name


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
