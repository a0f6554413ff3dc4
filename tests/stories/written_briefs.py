"""The brief that the next session of a task would get, written by what writes it for a session, and whose words are in
it."""

from __future__ import annotations

import re
from pathlib import Path

from bot.adapters.git import SubmoduleSeeds, Workspace
from bot.core.attempts import Base
from bot.core.references import IssueRef
from bot.steps.first_brief import write_first_brief
from bot.steps.review_reading import ReviewReader, with_review
from bot.steps.workspaces import Checkout
from tests.stories.ledgers import Bot

WORDS = "paint it violet"
MATERIAL = re.compile(r"^===== (?!end of)(.+) \((\w+)\) =====\n(.*?)\n===== end of \1 \(\2\) =====$", re.S | re.M)


def read(bot: Bot, issue: IssueRef) -> str:
    """The brief of the next session."""
    task = bot.task(issue)
    assert task is not None
    with bot.store.read() as ledger:
        previous = ledger.attempts.of(task.id)
    made = Checkout(branch="auto/1", workspace=Workspace(Path()), kept=None, submodules=SubmoduleSeeds(), notes=())
    first = write_first_brief(task, previous, Base(branch="main", commit=""), 30, made, present=None)
    return with_review(first, ReviewReader(reader=bot.intake.approver.reader).read(task))


def whose_words(text: str, name: str = "") -> set[str]:
    """The names of the marked texts in which the words stand; of those within each other the innermost. An empty name:
    they stand outside of all marks."""
    found = {name} if WORDS in MATERIAL.sub("", text) else set()
    return found.union(*(whose_words(inner, inner_name) for inner_name, _, inner in MATERIAL.findall(text)))
