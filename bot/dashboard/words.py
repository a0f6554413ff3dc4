"""How the pages spell things: addresses, times, sums, and text that may name what the viewer must not see."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from bot.core.references import IssueRef
from bot.core.task_history import address, moment, span, state_words
from bot.core.tasks import State, Task
from bot.core.temporal_pages import link_to_workflows
from bot.dashboard.viewer import Viewer

HIDDEN_ISSUE = "an issue that you may not see"
_NAMED = re.compile(r"[A-Za-z0-9_.-]+/([A-Za-z0-9_.-]+)#[0-9]+")
_IN_BACKTICKS = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageWords:
    """For one viewer, at one moment."""

    viewer: Viewer
    now: datetime
    web_url: str
    workflows: str | None = None

    def hide(self, text: str) -> str:
        """The text without the names of issues that the viewer may not read."""
        return _NAMED.sub(lambda match: match[0] if self._may_name(match[0]) else HIDDEN_ISSUE, text)

    def may_name(self, issue: IssueRef) -> bool:
        return not issue.is_hidden and self.viewer.may_read(issue.repository)

    def _may_name(self, issue: str) -> bool:
        return self.viewer.may_read(issue.rpartition("#")[0])

    def code(self, text: str) -> Markup:
        """Our own sentence, with what stands in backticks as code."""
        parts = _IN_BACKTICKS.split(self.hide(text))
        code = Markup("<code>{}</code>")
        return Markup().join(code.format(part) if at % 2 else part for at, part in enumerate(parts))

    def issue(self, issue: IssueRef) -> Markup:
        """A link to the page of its task."""
        if not self.may_name(issue):
            return escape(HIDDEN_ISSUE)
        return Markup('<a href="{}">{}</a>').format(task_path(issue), str(issue))

    def github(self, issue: IssueRef, kind: str = "issues") -> str:
        """The address of GitHub's own page, of an issue or a `pull` request."""
        return address(self.web_url.rstrip("/"), issue, kind)

    def github_pull(self, task: Task) -> str:
        return self.github(IssueRef(task.issue.repository, task.pull_request or 0), "pull")

    def temporal(self, issue: IssueRef, attempt: int | None = None) -> Markup:
        """A link to Temporal's own page, where there is one, behind a separator."""
        if self.workflows is None:
            return Markup()
        return Markup(' · <a href="{}">Temporal</a>').format(link_to_workflows(self.workflows, issue, attempt))

    def ago(self, at: datetime) -> Markup:
        """How long ago, with the exact time behind it."""
        passed = max((self.now - at).total_seconds(), 0.0)
        exact = at.isoformat(timespec="seconds")
        return Markup('<time datetime="{}" title="{}">{}</time>').format(exact, moment(at), f"{span(passed)} ago")

    def at(self, at: datetime) -> Markup:
        """The exact time, with how long ago that was behind it."""
        passed = span(max((self.now - at).total_seconds(), 0.0))
        exact = at.isoformat(timespec="seconds")
        return Markup('<time datetime="{}" title="{} ago">{}</time>').format(exact, passed, moment(at))

    def since(self, at: datetime) -> str:
        return span(max((self.now - at).total_seconds(), 0.0))

    def names(self) -> Mapping[str, Callable[..., object]]:
        """What templates call."""
        return {
            "code": self.code,
            "issue_link": self.issue,
            "may_name": self.may_name,
            "github": self.github,
            "github_pull": self.github_pull,
            "temporal": self.temporal,
            "ago": self.ago,
            "at": self.at,
            "since": self.since,
            "hide": self.hide,
            "task_path": task_path,
            "usd": usd,
            "span": span,
            "moment": moment,
            "state": lambda state: state_words(State(state)),
            "line_of": line_of,
        }


def task_path(issue: IssueRef) -> str:
    return f"/tasks/{issue.repository}/{issue.number}"


def usd(amount: float) -> str:
    return f"${amount:,.2f}"


def line_of(next_step: str) -> str:
    """The command that a next step names, for a comment on the issue; empty where it names none."""
    found = re.search(r"`(/[^`]+)`", next_step)
    return found[1] if found else ""
