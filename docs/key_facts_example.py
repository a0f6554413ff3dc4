"""The figures of a pull request, for `docs/messages.md`."""

from __future__ import annotations

from bot.core.change_size import ChangeSize
from bot.core.messages import KeyFacts
from bot.core.references import IssueRef

FACTS = KeyFacts(
    size=ChangeSize(files=3, added=41, removed=7),
    base=("main", "4f1c2a9b7d" * 4),
    merge_first=[(IssueRef("octo/clock", 12), IssueRef("octo/clock", 3))],
)
