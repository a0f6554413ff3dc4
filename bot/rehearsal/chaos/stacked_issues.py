"""The kinds of issues in a night with chaos that wait for each other, so that their pull requests are stacked, and what
people do with these: they merge each as soon as its page shows that it is next, by any method."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.tasks import State
from bot.rehearsal.chaos.issues import MERGED, PUBLISHED, Case, Ending, Json, make_issue

METHODS = ("merge", "squash", "rebase")
Choose = Callable[[], str]
"""Draws the method of a merge."""


def _make_part(key: str, blockers: Sequence[str] = (), *below: str, **more: str) -> Json:
    """An issue whose branch holds what the parts below wrote, too. `more`: files that people push to it."""
    body = f"blocked by {' and '.join(f'#{{{each}}}' for each in blockers)}" if blockers else "Please."
    files = {f"{each}.txt": f"{each}\n" for each in (*below, *blockers, key)}
    return make_issue(
        key, body=body, expect={"files": {**files, **{f"{name}.txt": text for name, text in more.items()}}}
    )


def _merge(key: str, choose: Choose, *, calm: bool = False) -> Json:
    merge = {"issue": key, "by": "ada", "method": choose()}
    return {"when": {"ready": key, "calm": calm}, "merge": merge}


def _chain(choose: Choose, *, calm: bool = False) -> Case:
    """Three, one on the other."""
    keys = ("one", "two", "three")
    issues = (_make_part("one"), _make_part("two", ["one"]), _make_part("three", ["two"], "one"))
    moments = tuple(_merge(key, choose, calm=calm) for key in keys)
    return Case(issues=issues, endings=frozenset({MERGED}), moments=moments, may_follow=True)


def _calm_chain(choose: Choose) -> Case:
    """Each is merged once all above it has followed, so that the first thing that is put on top is the second part."""
    return _chain(choose, calm=True)


def _diamond(choose: Choose) -> Case:
    """Two side by side, and one that waits for both."""
    issues = (
        _make_part("bottom"),
        _make_part("left", ["bottom"]),
        _make_part("right", ["bottom"]),
        _make_part("top", ["left", "right"], "bottom"),
    )
    moments = tuple(_merge(str(issue["key"]), choose) for issue in issues)
    return Case(issues=issues, endings=frozenset({MERGED}), moments=moments, may_follow=True)


def _close_below(_: Choose) -> Case:
    """The lower one is closed: what is built on it stays."""
    close = {"when": {"issue": "upper", "state": "in_review"}, "close_pull_request": {"issue": "lower", "by": "ada"}}
    return Case(
        issues=(_make_part("lower"), _make_part("upper", ["lower"])),
        endings=frozenset({Ending(State.CLOSED)}),
        others={"upper": frozenset({PUBLISHED})},
        moments=(close,),
        may_follow=True,
    )


def _push_above(choose: Choose) -> Case:
    """A person's commit is on the upper one when the lower one is merged, and stays."""
    push = {"issue": "roof", "by": "ada", "files": {"hers.txt": "hers\n"}}
    return Case(
        issues=(_make_part("wall"), _make_part("roof", ["wall"], hers="hers\n")),
        endings=frozenset({MERGED}),
        others={"roof": frozenset({PUBLISHED})},
        moments=(
            {"key": "pushed", "when": {"issue": "roof", "state": "in_review"}, "push": push},
            {"when": {"moment": "pushed"}, "merge": {"issue": "wall", "by": "ada", "method": choose()}},
        ),
        may_follow=True,
    )


CALM_CHAIN = "calm chain"
STACKS: dict[str, Callable[[Choose], Case]] = {
    "chain": _chain,
    "diamond": _diamond,
    "closed below": _close_below,
    "pushed above": _push_above,
}
KINDS_OF_STACKS = {**STACKS, CALM_CHAIN: _calm_chain}
