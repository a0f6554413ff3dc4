"""What a session reads of a branch that holds commits already, which it continues from."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.material import material
from bot.core.visible import without_invisible

_OURS = "Nightshift's commits of an earlier attempt"
_PEOPLES = "commits that people with write permission made, beside any of Nightshift's"


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentChange:
    """The commits that the branch holds. `stat`: the lines that they change in each file. `by_people`: not all of them
    are Nightshift's."""

    by_people: bool
    stat: str


def describe_present(present: PresentChange | None, *, branch: str, base_branch: str) -> str:
    if present is None:
        return ""
    whose = _PEOPLES if present.by_people else _OURS
    heading = (
        f"# What the branch holds\n`{branch}` is ahead of `{base_branch}` by {whose}. "
        "They are in this workspace and stay: build on them, add commits, and neither rewrite nor revert them unless "
        "that is asked for. So far the branch changes:"
    )
    return "\n\n".join([heading, material("files that the branch changes", without_invisible(present.stat))])
