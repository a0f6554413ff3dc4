"""What is said on a pull request of a repair that Nightshift started: checks that fail on GitHub, or a conflict."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.messages.quoting import code, fence, quote_text

_SUMMARY, _DETAIL = 4000, 3000
_MOST_NAMED = 20


def commit_link(repository_url: str, commit: str | None) -> str:
    """Empty for no commit."""
    return f"[`{commit[:7]}`]({repository_url}/commit/{commit})" if commit else ""


def repaired(commit: str, summary: str, *, checks: Sequence[str]) -> str:
    """`commit`: a link to it, empty if nothing changed."""
    done = f"repaired this: {commit}" if commit else "looked at the failing checks and changed nothing"
    failed = f"On GitHub {_names(checks)} failed, and not on the base branch."
    return f"**Nightshift** {done}. {failed} What was done, in Claude's words:\n\n{_said(summary)}"


def rebased(commit: str, summary: str, *, base: str, files: Sequence[str], is_added: bool = False) -> str:
    """`is_added`: the base was merged into the branch, since a person's commit is on it. `files`: those in which Claude
    resolved conflicts; where git found none, Claude has repaired checks, or `summary` is empty."""
    begins = f"**Nightshift** {f'merged {code(base)} into this' if is_added else f'rebased this onto {code(base)}'}"
    if not files and not summary:
        return f"{begins}: {commit}. Git found no conflict in it."
    if not files:
        return f"{begins}: {commit}. Checks failed on that, and Claude repaired it. In its words:\n\n{_said(summary)}"
    done = f": {commit}" if commit else ", and nothing was left of the change"
    return f"{begins}{done}. Claude resolved conflicts in {_names(files)}. In its words:\n\n{_said(summary)}"


def repair_failed(kind: FailureKind, detail: str, *, checks: Sequence[str], branch: str) -> str:
    """Why checks still fail. The pull request is as it was."""
    begins = f"**Nightshift** could not repair {_names(checks)}, {code(kind.value)}. The pull request is as it was."
    return _with_reason(begins, kind, detail, f"push a fix to {code(branch)}, or comment `/revise` and say how")


def conflict_remains(kind: FailureKind, detail: str, *, files: Sequence[str], branch: str) -> str:
    """What stands in the way of a merge: a conflict, or what kept the branch from being put on top of its base. The
    base may have been moved before."""
    conflicts = bool(files) or kind is FailureKind.BRANCH_CONFLICT
    where = f" in {_names(files)}" if files else ""
    why = f": it conflicts with the base branch{where}" if conflicts else ""
    named = f", {code(kind.value)}" if kind is FailureKind.BRANCH_CONFLICT else ""
    begins = f"**Nightshift** could not rebase this{named}{why}. Its commits are as they were."
    what = "resolve the conflicts on" if conflicts else "bring the base branch into"
    step = f"{what} {code(branch)} and push; Nightshift builds on what you push"
    if kind is FailureKind.BRANCH_CONFLICT:
        return f"{begins}\n\n**Next** (a maintainer): {step}."
    return _with_reason(begins, kind, detail, step)


def repairs_are_used_up(checks: Sequence[str], *, branch: str) -> str:
    return (
        f"**Nightshift** has repaired this twice, and on GitHub {_names(checks)} still "
        f"{'fails' if len(checks) == 1 else 'fail'}. It does not try again by itself.\n\n"
        f"**Next** (a maintainer): push a fix to {code(branch)}, or comment `/revise` and say how."
    )


def _with_reason(begins: str, kind: FailureKind, detail: str, step: str) -> str:
    shown = (quote_text if policy(kind).in_claudes_words else fence)(detail, _DETAIL)
    parts = [begins, policy(kind).sentence, shown, f"**Next** (a maintainer): {step}."]
    return "\n\n".join(part for part in parts if part)


def _said(summary: str) -> str:
    return quote_text(summary, _SUMMARY) or "> Claude left no summary."


def _names(names: Sequence[str]) -> str:
    """Names of checks or files, which the change can choose."""
    shown = ", ".join(code(name) for name in names[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown
