"""What the status comment says of a task that runs or has ended: the headline, and the next step."""

from __future__ import annotations

from bot.core.messages.quoting import code
from bot.core.tasks import MergeReach, State, Task

# States whose texts do not depend on the task: the headline, and the next step.
_FIXED = {
    State.RUNNING: ("at work", "Nothing to do for now. `/cancel` stops it."),
    State.DONE: ("done, the pull request is merged", "Nothing is left to do."),
    State.CLOSED: (
        "the pull request was closed without merging",
        "To try again, describe in a comment what should be different; a maintainer then comments `/retry`.",
    ),
    State.NO_CHANGE: (
        "nothing needed to change",
        "If something should change, describe it in a comment; a maintainer then comments `/retry`.",
    ),
}


def ended_texts(task: Task) -> tuple[str, str]:
    """One that was merged into the branch of another part says where its work is, and what GitHub leaves to people."""
    if task.state is not State.DONE or task.merged_into is None:
        return _FIXED[task.state]
    lower = f"#{task.merged_into.issue.number}"
    headline = f"done, the pull request is merged into the branch of {lower}"
    open_issue = "GitHub closed no issue for this merge"
    match task.merged_into.reached:
        case MergeReach.BRANCH:
            step = f"close this one once {lower} is merged. What waits for it waits until then."
            return headline, f"{open_issue}: {step}"
        case MergeReach.DEFAULT:
            return headline, f"That is merged, too. {open_issue}: close this one, if it is still open."
        case MergeReach.LATE:
            return (
                f"{headline}, which had been merged before",
                f"{open_issue}. {_what_is_left('that branch', task.issue.number)}",
            )


def merged_late(branch: str, issue: int) -> str:
    """On a pull request. `branch`: that it was merged into."""
    return (
        f"This was merged into {code(branch)}, whose own pull request had been merged before: this work is not in the "
        f"default branch.\n\n{_what_is_left(code(branch), issue)}"
    )


def _what_is_left(source: str, issue: int) -> str:
    return (
        f"**Next** (a maintainer): open a pull request from {source} into the default branch, with `Closes #{issue}`, "
        "or comment `/retry` on the issue. What waits for the issue waits until then."
    )
