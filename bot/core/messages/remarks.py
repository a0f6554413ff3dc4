"""What Nightshift remarks on an issue before it runs (`bot.core.lint`), in the status comment and in a notice."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.counted import join_words
from bot.core.lint import Remark, RemarkKind, Risk
from bot.core.messages.quoting import code
from bot.core.tasks import State

_MOST, _LONGEST = 5, 120  # tasks that are named, and characters of one
_OPEN = frozenset({State.QUEUED, State.RUNNING, State.FAILED})


def remarks_section(remarks: Sequence[Remark], *, state: State, waits: bool) -> str:
    """A list, and what to do. Folded once there is a result to look at."""
    if not remarks:
        return ""
    lines = "\n".join(f"- {_line(remark)}" for remark in remarks)
    if state not in _OPEN:
        return f"<details><summary>Remarks on this issue</summary>\n\n{lines}\n\n</details>"
    title = "Remarks on this issue" if state is State.FAILED else "Before it runs unattended"
    return f"{title}:\n\n{lines}\n\n{_what_to_do(state, waits=waits)}"


def remarks_clause(remarks: Sequence[Remark]) -> str:
    """The remarks as the end of a sentence: "it …, and it …"."""
    return ", and ".join(_clause(remark) for remark in remarks) or "it has not been accepted yet"


def _what_to_do(state: State, *, waits: bool) -> str:
    if waits:
        return (
            "**Next** (a maintainer): edit the issue so that they no longer hold, or comment `/go` to run it as it was "
            "approved. After an edit by an author without write permission, comment `/retry`."
        )
    if state is State.FAILED:
        return "`/retry` of a maintainer reads the issue again, as it is then."
    return (
        "Nightshift does not wait for that. A maintainer's edit of the issue counts until it starts; their `/go` ends "
        "these remarks."
    )


def _line(remark: Remark) -> str:
    match remark.kind:
        case RemarkKind.CRITERIA:
            return (
                "**When is it done?** The issue does not say. Add what should be different afterwards, such as an "
                "example, an output or a test that passes."
            )
        case RemarkKind.SEVERAL:
            return f"**Several tasks in one**: {_named(remark)}. Changes can be merged apart if each has its issue."
        case RemarkKind.RISK:
            return (
                f"**Work on {join_words(remark.risks)}** should not run unattended. Say how far Nightshift may go, or "
                f"let a person do it: {_outcome(remark.risks)}"
            )


def _outcome(risks: Sequence[Risk]) -> str:
    """Whether there will be a pull request: what GitHub runs is not published."""
    if Risk.WORKFLOWS not in risks:
        return "its pull request needs a careful review."
    return "Nightshift publishes no change of workflow files, but shows it as a patch."


def _clause(remark: Remark) -> str:
    match remark.kind:
        case RemarkKind.CRITERIA:
            return "it does not say when it is done"
        case RemarkKind.SEVERAL:
            return "it has several tasks in one"
        case RemarkKind.RISK:
            return f"it asks for work on {join_words(remark.risks)}"


def _named(remark: Remark) -> str:
    shown = [code(each if len(each) <= _LONGEST else f"{each[: _LONGEST - 1]}…") for each in remark.tasks[:_MOST]]
    more = len(remark.tasks) - len(shown)
    return ", ".join([*shown, *([f"{more} more"] if more > 0 else [])])
