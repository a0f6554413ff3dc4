"""The texts for those who review: what to type for changes, and whom GitHub did not let Nightshift ask, or assign."""

from __future__ import annotations

from bot.core.messages.quoting import code
from bot.core.reviewers import AskedReviewers

_SHOWN = 10
FOR_CHANGES = (
    "For changes comment `/revise` and what to change, or request them in a review. "
    "For another attempt comment `/retry`."
)
"""Holds on the issue and on its pull request."""


def not_accepted(asked: AskedReviewers | None) -> str:
    """Empty where all of them were accepted."""
    if asked is None or not (asked.refused or asked.unassigned):
        return ""
    parts = []
    if asked.refused:
        parts.append(f"No review could be requested from {_names(asked.refused)}.")
    if asked.unassigned:
        parts.append(f"GitHub did not assign {_names(asked.unassigned)}.")
    parts.append("GitHub accepts people and teams with access to this repository, and not a pull request's own author.")
    return " ".join(parts)


def _names(names: tuple[str, ...]) -> str:
    shown = [code(name) for name in names[:_SHOWN]]
    more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    *first, last = [*shown, *more]
    return f"{', '.join(first)} and {last}" if first else last
