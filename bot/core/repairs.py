"""Repairs that Nightshift starts on its open pull requests: checks that fail on GitHub, and conflicts with the base.

Only where the head is the bot's own last commit: a person who pushed is at work there. What conflicts with the base is
reported on their commit as well, with the names of the files. Each head is taken up once. At most two repairs of
checks, and one session for conflicts, follow what a person last asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.core import messages
from bot.core.attempts import Purpose
from bot.core.ci_results import CiResult
from bot.core.effects import Effect, NoteRepaired, QueueRepair, Reply, ShowStatus
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.revision import Repairs
from bot.core.tasks import State, Task

MOST_REPAIRS = 2
GITHUBS = "github"
"""What a head is put on that GitHub made, as the key of a repair."""
_NAMED = 12  # characters of a commit in a key


def is_in_review(task: Task, pull: PullRequestFacts) -> bool:
    return task.state is State.IN_REVIEW and pull.is_open and bool(pull.head)


def is_repairable(task: Task, pull: PullRequestFacts) -> bool:
    return is_in_review(task, pull) and pull.head == task.pushed


def resolve_conflict(task: Task, pull: PullRequestFacts, known: Repairs) -> list[Effect]:
    """What follows from what GitHub says of a merge into the base branch. A person's commit is never rebased: then the
    attempt ends with the names of the files, before any session."""
    if not is_in_review(task, pull) or pull.mergeable is not False or known.conflicted == pull.head:
        return []
    return _start(task, pull, Purpose.REBASE)


def follow_stack(task: Task, pull: PullRequestFacts) -> list[Effect]:
    """In a native stack GitHub puts commits on others. A head that it may have made is compared with the bot's commits
    by an attempt, whose checks run again; each head once."""
    if not (pull.is_stacked and is_in_review(task, pull)) or pull.head == task.pushed:
        return []
    return _start(task, pull, Purpose.REBASE, onto=GITHUBS)


def repair_checks(
    task: Task, pull: PullRequestFacts, failing: Sequence[CiResult] | None, known: Repairs
) -> list[Effect]:
    """`failing`: on the head and not on the base; None while that is not known."""
    if not failing or not is_repairable(task, pull) or known.checked == pull.head:
        return []
    if known.checks < MOST_REPAIRS:
        return _start(task, pull, Purpose.REPAIR)
    place = IssueRef(task.issue.repository, pull.number)
    why = messages.repairs_are_used_up([each.name for each in failing], branch=pull.head_branch)
    key = f"repairs-used-up:{task.issue}:{pull.head[:_NAMED]}"
    return [NoteRepaired(issue=task.issue, head=pull.head), Reply(place, key, why)]


def repair_key(task: Task) -> str:
    """Of the answer on the pull request, for an attempt."""
    return f"repaired:{task.issue}:{task.attempts}"


def _start(task: Task, pull: PullRequestFacts, purpose: Purpose, *, onto: str = "") -> list[Effect]:
    repair = QueueRepair(issue=task.issue, pull_request=pull.number, purpose=purpose, head=pull.head, onto=onto)
    return [repair, ShowStatus(task.issue)]
