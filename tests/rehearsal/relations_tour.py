"""The part of the tour through the simulation that relates two issues, and takes that back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


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
