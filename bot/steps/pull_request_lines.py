"""Shows in a pull request with which others it conflicts, and where it is in a stack: lines among its first ones, and
no comment, so that no person gets a mail for it."""

from __future__ import annotations

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core import messages
from bot.core.references import IssueRef
from bot.steps.stack_lines import place_of


def show_lines(store: Store, github: GitHub, pull: IssueRef) -> None:
    """Computed when it is sent; what else people or the bot wrote into the text stays. Raises GitHubFailed."""
    with store.read() as ledger:
        conflicts = ledger.pairs.of(pull.repository, pull.number)
        task = ledger.tasks.by_pull_request(pull.repository, pull.number)
        place = place_of(ledger, task, ledger.stacks.of(task.id)) if task is not None else None
    try:
        shown = github.pull_request(pull.repository, pull.number)
    except GitHubFailed as error:
        if error.gone:
            return
        raise
    body = messages.with_conflicts(shown.body, messages.conflict_line(conflicts, pull.number))
    body = messages.with_stack_line(body, messages.stack_line(place))
    if shown.is_open and body != shown.body:
        github.edit_pull_request(pull.repository, pull.number, title=None, body=body)
