"""What workers did with a ledger, as each of them wrote it down, and the small model that it has to agree with.

An event has the moments before and after its call, by a clock that all processes of a host share. A call that failed
may have had its effect or not. So only calls that were answered count, and one came after another only if it began
after the other was answered.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`kind`: claim, heartbeat or finish, each of which was answered with yes."""

    kind: str
    task: int
    fence: int
    began: float
    ended: float


def write(path: Path, event: Event) -> None:
    """Also the last one of a process that is killed is whole or missing."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(event)) + "\n")


def read(paths: Iterable[Path]) -> list[Event]:
    lines = [line for path in paths if path.exists() for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    return sorted((Event(**json.loads(line)) for line in lines), key=lambda event: event.ended)


def find_violations(history: Sequence[Event]) -> list[str]:
    return [*_fences_that_do_not_increase(history), *_two_valid_fences(history), *_finished_twice(history)]


def _fences_that_do_not_increase(history: Sequence[Event]) -> Iterator[str]:
    """Whatever the task: the ledger counts its claims."""
    claims = [event for event in history if event.kind == "claim"]
    for earlier, later in pairwise(sorted(claims, key=lambda claim: claim.fence)):
        if earlier.fence == later.fence:
            yield f"tasks {earlier.task} and {later.task} were both claimed under fence {later.fence}"
        elif later.ended < earlier.began:
            yield f"fence {later.fence} was given before fence {earlier.fence}"


def _two_valid_fences(history: Sequence[Event]) -> Iterator[str]:
    """Once a task was claimed again, no call under an earlier fence succeeds any more."""
    for claim in (event for event in history if event.kind == "claim"):
        for other in history:
            if other.task == claim.task and other.fence < claim.fence and other.began > claim.ended:
                yield f"{other.kind} of task {other.task} under fence {other.fence} after the claim of {claim.fence}"


def _finished_twice(history: Sequence[Event]) -> Iterator[str]:
    ends: dict[int, int] = {}
    for event in history:
        if event.kind == "finish" and ends.setdefault(event.task, event.fence) != event.fence:
            yield f"task {event.task} was finished under fences {ends[event.task]} and {event.fence}"
        if event.kind != "finish" and event.task in ends and event.fence > ends[event.task]:
            yield f"task {event.task} had a {event.kind} under fence {event.fence} after it was finished"
