"""Links from our pages to Temporal's own."""

from __future__ import annotations

from urllib.parse import quote

from bot.core.execution import name_attempt
from bot.core.references import IssueRef


def link_to_workflows(workflows: str, issue: IssueRef, attempt: int | None = None) -> str:
    """`workflows`: the address of Temporal's list. It shows those of the issue, or of one attempt: of each claim that
    started it."""
    return f"{workflows}?query={quote(query_workflows(issue, attempt), safe='')}"


def query_workflows(issue: IssueRef, attempt: int | None = None) -> str:
    """By the beginning of the name: its end is the fence, which the page need not know."""
    of_issue = name_attempt(issue, attempt=0, fence=0).removesuffix("0-0")
    begins = of_issue if attempt is None else f"{of_issue}{attempt}-"
    return f'WorkflowId STARTS_WITH "{begins}"'
