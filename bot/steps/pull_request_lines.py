"""Shows in a pull request with which others it conflicts, and where it is in a stack: lines among its first ones, and
no comment, so that no person gets a mail for it."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Ledger, Store
from bot.core import messages
from bot.core.facts import PullRequestFacts
from bot.core.messages.stack_line import StackPlace
from bot.core.references import IssueRef, OwnBranches
from bot.core.tasks import State, Task
from bot.steps.stack_lines import place_of


def show_lines(store: Store, github: GitHub, pull: IssueRef) -> None:
    """Computed when it is sent; what else people or the bot wrote into the text stays. Raises GitHubFailed."""
    try:
        shown = github.pull_request(pull.repository, pull.number)
    except GitHubFailed as error:
        if error.gone:
            return
        raise
    with store.read() as ledger:
        conflicts = ledger.pairs.of(pull.repository, pull.number)
        task = ledger.tasks.by_pull_request(pull.repository, pull.number)
        place = _find_place(ledger, github.branches, task, shown) if task is not None else None
    body = messages.with_conflicts(shown.body, messages.conflict_line(conflicts, pull.number))
    body = messages.with_stack_line(body, messages.stack_line(place))
    if shown.is_open and body != shown.body:
        github.edit_pull_request(pull.repository, pull.number, title=None, body=body)


def _find_place(ledger: Ledger, branches: OwnBranches, task: Task, shown: PullRequestFacts) -> StackPlace | None:
    """In the ledger, and whether GitHub shows it on the branch of a part that was merged."""
    place = place_of(ledger, task, ledger.stacks.of(task.id))
    issue = branches.issue_of(task.issue.repository, shown.base)
    base = ledger.tasks.find(issue) if issue is not None else None
    if base is None or base.state is not State.DONE:
        return place
    made = ledger.native_stacks.of(task.id, shown.number)
    by_people = shown.is_stacked and (made is None or made.stack is None)
    return replace(place or StackPlace(part=1, parts=1), left_on=shown.base, by_people=by_people)
