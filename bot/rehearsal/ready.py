"""When people act: once a task is in a state, once the bot has said something, and for the merge of a pull request that
is part of a stack, once its page shows that it is the next one."""

from __future__ import annotations

from bot.core.references import IssueRef
from bot.core.tasks import State, Task
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.scenario import When
from bot.rehearsal.watch import View


def has_come(github: SimulatedGitHub, issue: IssueRef, when: When, view: View, *, bot: str) -> bool:
    """Whether the task of the issue is in that state, or the bot says that there."""
    if when.says is None:
        return view.state_of(issue) is when.state
    said = github.comments(issue.repository, issue.number)
    return any(each.author == bot and when.says in each.body for each in said)


def is_ready(github: SimulatedGitHub, issue: IssueRef, view: View, *, calm: bool) -> bool:
    """Whether the pull request of an issue is in review and open on the default branch, and GitHub says that it closes
    the issue. `calm`: Nightshift is not at work in that repository, since all that is built on it has followed the
    merge before."""
    here = [task for task in view.tasks if task.issue.repository == issue.repository]
    if view.state_of(issue) is not State.IN_REVIEW or (calm and (not view.quiet or any(map(_is_at_work, here)))):
        return False
    default = github.world.repository(issue.repository).default_branch
    return any(
        (pull.state, pull.head, pull.base) == ("open", branch_of(issue.number), default) and issue.number in pull.closes
        for pull in github.pull_requests(issue.repository)
    )


def _is_at_work(task: Task) -> bool:
    """Also where it is about to be."""
    return task.state is State.RUNNING or (task.state is State.QUEUED and not task.unmet)
