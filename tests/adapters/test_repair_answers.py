"""What is said on a pull request that follows its base: nothing that people see there anyway."""

from __future__ import annotations

import pytest

from bot.adapters.git.rebase import Rebase
from bot.core.attempts import Purpose
from bot.steps.repair_reading import Repair

CLEAN = Rebase(commit="a" * 40, conflicts=())
REPAIR = Repair(purpose=Purpose.REBASE, key="rebase:1", base="main", rebase=CLEAN)


@pytest.mark.parametrize(
    ("repair", "by_session", "said"),
    [
        (REPAIR, False, []),
        (REPAIR, True, ["rebased this onto `main`: c. Checks failed on that, and Claude repaired it.", "> It counts."]),
        (Repair(purpose=Purpose.REBASE, key="k", base="main", by_github=True), False, []),
        (Repair(purpose=Purpose.REBASE, key="k", base="main", by_github=True), True, ["Claude repaired it."]),
        (
            Repair(purpose=Purpose.REBASE, key="k", base="main", rebase=CLEAN, is_added=True),
            False,
            ["merged `main` into this: c. Git found no conflict in it."],
        ),
    ],
)
def test_only_what_people_do_not_see_anyway_is_said(repair: Repair, by_session: bool, said: list[str]) -> None:
    """The summary is that of the change before where no session ran."""
    texts = [each.text for each in repair.answers("It counts.", "c", by_session=by_session)]

    assert len(texts) == bool(said)
    assert all(words in texts[0] for words in said)
    assert by_session or not any("It counts" in text for text in texts)
