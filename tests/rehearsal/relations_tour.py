"""The parts of the tour through the simulation that relate two issues and move things, and take that back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.rehearsal.github.server import SimulatedGitHub


def see_relations(walk: Callable[..., Any], repository: str) -> None:
    issue, other = (walk("POST", f"{repository}/issues", {"title": title}) for title in ("Whole", "Part"))
    place, child = (f"{repository}/issues/{each['number']}" for each in (issue, other))
    walk("POST", f"{place}/dependencies/blocked_by", {"issue_id": other["id"]})
    walk("GET", f"{place}/dependencies/blocked_by")
    walk("GET", f"{child}/dependencies/blocking")
    walk("POST", f"{place}/sub_issues", {"sub_issue_id": other["id"]})
    walk("GET", f"{place}/sub_issues")
    walk("GET", f"{child}/parent")
    for path in ("events", "timeline"):
        walk("GET", f"{place}/{path}")
    walk("DELETE", f"{place}/dependencies/blocked_by/{other['id']}")
    walk("DELETE", f"{place}/sub_issue", {"sub_issue_id": other["id"]})


def see_moves(github: SimulatedGitHub) -> None:
    """All of it goes back to where it was."""
    github.add_repository("octo/other")
    number = github.open_issue("octo/tools", title="y", author="maria").number
    github.transfer_issue("octo/tools", number, "octo/other", by="maria")
    for branch in ("trunk", "main"):
        github.rename_default_branch("octo/tools", branch)
    for name, then in (("octo/tools", "maria/kit"), ("maria/kit", "maria/tools"), ("maria/tools", "octo/tools")):
        github.rename_repository(name, then)
