"""A status comment, and which parts of it GitHub would act on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from bot.core.markdown import tokens
from bot.core.messages import STATUS_MARKER, StatusView, status_comment
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.QUEUED,
    snapshot=Snapshot(title="Fix the clock", body="It is late.", approved_by="ada", approved_at=NOW),
    created_at=NOW,
    updated_at=NOW,
)
VIEW = StatusView(task=TASK, web_url="https://github.com")


def said(view: StatusView) -> str:
    """The comment without its hidden record."""
    return status_comment(view).split(STATUS_MARKER)[0].strip()


def with_task(**changes: object) -> StatusView:
    return replace(VIEW, task=replace(TASK, **changes))  # type: ignore[arg-type]  # the fields differ in type


def active_parts(body: str) -> list[str]:
    """What GitHub would act on in the visible part: mentions, references, images, HTML."""
    found: list[str] = []
    for token in tokens(body.rsplit("<!--", 1)[0]):
        found += [token.content] if token.type == "html_block" else []
        for child in token.children or []:
            found += [child.content] if child.type in ("image", "html_inline") else []
            found += re.findall(r"@\w+|#\d+|gh-\d+", child.content, re.IGNORECASE) if child.type == "text" else []
    return found
