"""The branch that shows from the start of an attempt that an issue is worked on."""

from __future__ import annotations

from bot.core.messages.quoting import code
from bot.core.tasks import State, Task


def claim_line(task: Task, branch: str, web_url: str) -> str:
    """While there is nothing to see on the branch but that it is there; else empty."""
    if not branch or task.claimed is None or task.state is not State.RUNNING:
        return ""
    return f"Its branch is [{code(branch)}]({web_url.rstrip('/')}/{task.issue.repository}/tree/{branch})."
