"""What the status comment says of a pull request that was merged into the branch of another part."""

from __future__ import annotations

import pytest

from bot.core.messages import merged_late, status_comment
from bot.core.references import IssueRef
from bot.core.tasks import MergedInto, MergeReach, State
from tests.core.status_texts import TASK, with_task

LOWER = IssueRef(TASK.issue.repository, 2)


@pytest.mark.parametrize(
    ("reached", "headline", "step"),
    [
        (
            MergeReach.BRANCH,
            "into the branch of #2",
            "GitHub closed no issue for this merge: close this one once #2",
        ),
        (MergeReach.DEFAULT, "into the branch of #2", "That is merged, too. GitHub closed no issue for this merge"),
        (MergeReach.LATE, "of #2, which had been merged before", "open a pull request from that branch into the"),
    ],
)
def test_it_says_where_the_work_is_and_that_github_closed_no_issue(
    reached: MergeReach, headline: str, step: str
) -> None:
    said = status_comment(with_task(state=State.DONE, merged_into=MergedInto(LOWER, reached)))
    assert headline in said.partition("\n")[0]
    assert step in said
    assert "Nothing is left to do." not in said


def test_a_comment_names_the_branch_and_what_to_do() -> None:
    said = merged_late("auto/2", 3)
    assert said.startswith("This was merged into `auto/2`, whose own pull request had been merged before")
    assert "open a pull request from `auto/2` into the default branch, with `Closes #3`, or comment `/retry`" in said
