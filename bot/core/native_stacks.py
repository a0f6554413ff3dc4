"""Which pull requests GitHub is asked to show as one of its native stacks: chains, from the bottom to the top.

A native stack is linear: one parent and at most one child each. What cannot be expressed so is kept up by Nightshift.
https://docs.github.com/en/pull-requests/reference/stacked-pull-requests-apis-and-webhooks
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.core.references import IssueRef

ASK_AGAIN_AFTER_ABSENCE = timedelta(days=1)
ASK_AGAIN_AFTER_REFUSAL = timedelta(days=7)
MOST = 100  # pull requests in one request: GitHub's limit
_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeStack:
    """A stack as GitHub shows it. `pulls`: the numbers of its open pull requests, from the bottom to the top."""

    number: int
    pulls: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StackMembership:
    """What Nightshift did with a pull request: `stack` is the native stack that it put it into, None while that is not
    known. `refused`: GitHub did not take it."""

    pull: int
    stack: int | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Make a native stack of these, from the bottom to the top."""

    pulls: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Add:
    """Put these on top of the native stack with this number."""

    stack: int
    pulls: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteMade:
    """These are in the native stack with this number already: an answer was lost."""

    stack: int
    pulls: tuple[int, ...]


def find_line(
    issue: IssueRef,
    below: Callable[[IssueRef], IssueRef | None],
    above: Callable[[IssueRef], Sequence[IssueRef]],
) -> tuple[IssueRef, ...]:
    """The chain that holds `issue`, from the bottom up to its end or to a fork; empty where there is none. `below`:
    what the work of an issue stands on, None: the default branch; `above`: whose open pull requests stand on it."""
    bottom, seen = issue, {issue}
    while (lower := below(bottom)) is not None:
        if lower in seen:
            return ()
        seen.add(lower)
        bottom = lower
    line = [bottom]
    while len(line) < MOST and len(upper := above(line[-1])) == 1 and upper[0] not in line:
        line.append(upper[0])
    return tuple(line) if issue in line and len(line) >= _FEWEST else ()


def may_change(line: Sequence[int], known: Mapping[int, StackMembership]) -> bool:
    """Whether GitHub has to be asked about a chain: not once all of it is registered, or GitHub refused a part."""
    is_refused = any(each.refused for each in known.values())
    return not is_refused and any(pull not in known or known[pull].stack is None for pull in line)


def plan(
    line: Sequence[int], shown: NativeStack | None, known: Mapping[int, StackMembership]
) -> Create | Add | NoteMade | None:
    """`line`: the pull requests of a chain; `shown`: the native stack of its lowest one; `known`: what was done with
    each. None where nothing has to be done, and where people did otherwise: a stack that they made is never changed,
    and one that they dissolved is not made again."""
    if shown is None:
        was_made = any(each.stack is not None for each in known.values())
        return None if was_made else Create(pulls=tuple(line))
    size = len(shown.pulls)
    if tuple(line[:size]) != shown.pulls or not _is_ours(shown, known):
        return None
    if any(known[pull].stack is None for pull in shown.pulls):
        return NoteMade(stack=shown.number, pulls=shown.pulls)
    rest = tuple(line[size:])
    return Add(stack=shown.number, pulls=rest) if rest else None


def _is_ours(shown: NativeStack, known: Mapping[int, StackMembership]) -> bool:
    """Whether Nightshift put each of them there, or was about to when it was killed."""
    return all(pull in known and known[pull].stack in {None, shown.number} for pull in shown.pulls)
