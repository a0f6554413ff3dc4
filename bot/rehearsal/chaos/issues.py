"""The kinds of issues in a night with chaos: what the model does, what people do, and in which ways each may end.

How it may end is written down here by hand, from the documentation; the bot is not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.core.failures import FailureKind
from bot.core.tasks import State

OPERATOR = "ops"  # retries what failed because of a fault; the others retry because the plan says so
MAIN, OTHER = "octo/clock", "octo/watch"
UNAPPROVED = "zyzzyva"  # a word that a stranger adds to an issue after it was approved
SECRET = "AKIA" + "2E0A8F3B244C9986"  # in two parts, so that this file does not hold what looks like a secret
_SESSIONS = 30  # more than any night needs: a session that was cut short is played again
_FEW_TURNS = 5

Json = dict[str, Any]
At = Callable[[], float]
"""Draws a moment, in seconds."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A state in which an issue may end, and with which failure."""

    state: State
    failure: FailureKind | None = None


MERGED = Ending(State.DONE)
PUBLISHED = Ending(State.IN_REVIEW)
_STOPPED = Ending(State.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a person comments `seconds` after an issue's task has come into one of these `states`, with this `failure`
    if one is named. Each is made once."""

    issue: str
    states: frozenset[State]
    text: str
    failure: FailureKind | None = None
    by: str = "ada"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`issues` and `moments` are those of a scenario. `endings`: several where people race the bot; None where they may
    be faster than the news that there is a task; `others`: of those of its issues that end otherwise, by their keys.
    `optional_reply`: a text of a reply that the bot may or may not make; `may_follow`: whether it may say on pull
    requests that it merged another base into them, as often as that was so.
    """

    issues: tuple[Json, ...]
    endings: frozenset[Ending | None]
    others: Mapping[str, frozenset[Ending | None]] = field(default_factory=dict)
    moments: tuple[Json, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    optional_reply: str | None = None
    may_follow: bool = False


def make_issue(key: str, *, repository: str = MAIN, **more: Any) -> Json:
    return {
        "key": key,
        "repository": repository,
        "title": f"Issue {key}",
        "author": "ada",
        "labeled_by": "ada",
        "attempts": [_write_and_finish(key)] * _SESSIONS,
        "expect": {"files": {f"{key}.txt": f"{key}\n"}},
        **more,
    }


def _write_and_finish(key: str, content: str = "") -> list[Json]:
    return [
        {"tools": [{"Write": {"file_path": f"{key}.txt", "content": content or f"{key}\n"}}]},
        {"finish": {"status": "complete", "summary": f"{key} is done."}},
    ]


def _look_and_finish(status: str, **more: Any) -> list[list[Json]]:
    """Sessions that change nothing."""
    finish = {"finish": {"status": status, "summary": "Nothing was changed.", **more}}
    return [[{"tools": [{"Bash": {"command": "ls"}}]}, finish]] * _SESSIONS


def _fix(_: At) -> Case:
    """It is done, and merged."""
    merge = {"when": {"issue": "fix", "state": "in_review"}, "merge": {"issue": "fix", "by": "ada"}}
    return Case(issues=(make_issue("fix"),), endings=frozenset({MERGED}), moments=(merge,))


def _after(_: At) -> Case:
    """It waits for another to be merged."""
    return Case(issues=(make_issue("after", body="blocked by #{fix}"),), endings=frozenset({PUBLISHED}))


def _across(_: At) -> Case:
    """It waits for an issue of another repository to be merged."""
    issue = make_issue("across", repository=OTHER, body=f"blocked by {MAIN}#{{fix}}")
    return Case(issues=(issue,), endings=frozenset({PUBLISHED}))


def _elsewhere(_: At) -> Case:
    """It is an issue of another repository."""
    return Case(issues=(make_issue("elsewhere", repository=OTHER),), endings=frozenset({PUBLISHED}))


def _asks(_: At) -> Case:
    """It needs an answer, and is asked to try again once."""
    issue = make_issue("asks", attempts=_look_and_finish("needs_info", questions=["Which?"]), expect={})
    asked = Ending(State.FAILED, FailureKind.NEEDS_INFO)
    retry = Reaction(issue="asks", states=frozenset({State.FAILED}), failure=asked.failure, text="/retry")
    return Case(
        issues=({**issue, "labels": ["auto"], "labeled_by": None},), endings=frozenset({asked}), reactions=(retry,)
    )


def _changes_nothing(_: At) -> Case:
    issue = make_issue("nothing", attempts=_look_and_finish("complete"), expect={})
    return Case(issues=(issue,), endings=frozenset({Ending(State.NO_CHANGE)}))


def _unlabel(at: At) -> Case:
    """The label is taken off, before it is done or after."""
    off = {"when": {"seconds": at()}, "unlabel": {"issue": "unlabelled", "by": "ada"}}
    return Case(issues=(make_issue("unlabelled"),), endings=frozenset({_STOPPED, PUBLISHED, None}), moments=(off,))


def _close(at: At) -> Case:
    """The issue is closed, before it is done or after."""
    close = {"when": {"seconds": at()}, "close": {"issue": "closed", "by": "ada", "reason": "not_planned"}}
    return Case(issues=(make_issue("closed"),), endings=frozenset({_STOPPED, PUBLISHED, None}), moments=(close,))


def _cancel(at: At) -> Case:
    """`/cancel`, while it runs or after. The bot says so if there is nothing to cancel any more."""
    cancel = Reaction(
        issue="cancelled",
        states=frozenset({State.RUNNING, State.IN_REVIEW}),
        text="/cancel",
        seconds=round(at() / 2, 3),
    )
    return Case(
        issues=(make_issue("cancelled"),),
        endings=frozenset({_STOPPED, PUBLISHED}),
        reactions=(cancel,),
        optional_reply="cancel",
    )


def _strange(at: At) -> Case:
    """A stranger comments what only others may ask for."""
    word = {"when": {"seconds": at()}, "comment": {"issue": "strange", "by": "sam", "text": "/cancel"}}
    issue = make_issue("strange")
    replies = {**issue["expect"], "replies": ["permission"]}
    return Case(issues=({**issue, "expect": replies},), endings=frozenset({PUBLISHED}), moments=(word,))


def _edit(at: At) -> Case:
    """A stranger opened it, and changes it after it was approved: the session sees what was approved, or there is none.

    Without its webhook it cannot be known what the text was (`snapshot_stale`).
    """
    edit = {"issue": "edited", "by": "sam", "body": f"As before, and {UNAPPROVED}."}
    return Case(
        issues=(make_issue("edited", author="sam", body="As before."),),
        endings=frozenset({PUBLISHED, Ending(State.FAILED, FailureKind.SNAPSHOT_STALE)}),
        moments=({"when": {"seconds": at()}, "edit": edit},),
    )


def _priorities(_: At) -> Case:
    """One that is urgent, and one that can wait, for one worker: the urgent one is not kept waiting for the other."""
    low = make_issue("low", labels=["auto", "auto:low"], labeled_by=None)
    high = make_issue("high", labels=["auto", "auto:high"], labeled_by=None)
    return Case(issues=(low, high), endings=frozenset({PUBLISHED}), settings={"WORKERS": "1", "PER_REPOSITORY": "1"})


def _keep(_: At) -> Case:
    """Its turns are used up. `/retry` with more goes on from what was kept, which its last session finds in its folder:
    only then it writes `carried.txt`. It is in the repository where nothing is merged: what was kept holds only as long
    as the default branch stays where it is."""
    carry = {"tools": [{"Bash": {"command": "if [ -f kept.txt ]; then echo carried > carried.txt; fi"}}]}
    look = {"tools": [{"Bash": {"command": "ls"}}], "times": _FEW_TURNS}
    write, finish = _write_and_finish("kept")
    issue = make_issue("kept", repository=OTHER, attempts=[[carry, write, look, finish]] * _SESSIONS)
    files = {**issue["expect"]["files"], "carried.txt": "carried\n"}
    used_up = FailureKind.SESSION_TIMEOUT
    retry = Reaction(issue="kept", states=frozenset({State.FAILED}), failure=used_up, text="/retry turns=40")
    return Case(
        issues=({**issue, "expect": {"files": files}},),
        endings=frozenset({PUBLISHED}),
        reactions=(retry,),
        settings={"MAX_TURNS": str(_FEW_TURNS)},
    )


def _leaks(_: At) -> Case:
    """The session writes what looks like a secret."""
    issue = make_issue("leaks", attempts=[_write_and_finish("leaks", f"key = {SECRET}\n")] * _SESSIONS, expect={})
    return Case(issues=(issue,), endings=frozenset({Ending(State.FAILED, FailureKind.SECRET_DETECTED)}))


KINDS: dict[str, Callable[[At], Case]] = {
    "fix": _fix,
    "after": _after,
    "across": _across,
    "elsewhere": _elsewhere,
    "asks": _asks,
    "nothing": _changes_nothing,
    "unlabelled": _unlabel,
    "closed": _close,
    "cancelled": _cancel,
    "strange": _strange,
    "edited": _edit,
    "priorities": _priorities,
    "kept": _keep,
    "leaks": _leaks,
}
